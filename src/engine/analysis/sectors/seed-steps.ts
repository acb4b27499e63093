import { timeframeIndex } from '../../../timeframe.js';
import { CANDLE_MS } from '../metrics/candle-lookup.js';
import type { SeriesReader } from '../series-reader.js';
import type { Coin } from './coin.js';

/** The timeframes by which the past is gone through, the finest first. */
const LADDER = (['1m', '5m', '15m', '1h', '4h', '1d'] as const).map(timeframeIndex);

/** A moment of the past at which all closes of a timeframe are known. */
export interface SeedStep {
  /** ms. */
  readonly moment: number;
  /** The finest timeframe that is kept of that time and has a candle that ends then. */
  readonly timeframe: number;
}

/** Gives the moments up to `until`, ms, at which history says what coins were worth: days, then finer as it is kept. */
export function seedSteps(coins: readonly Coin[], series: SeriesReader, until: number): readonly SeedStep[] {
  const grids = LADDER.map((timeframe) => {
    const length = CANDLE_MS[timeframe] as number;
    const oldest = coins.map(({ asset: { asset } }) => {
      const count = series.count(asset, timeframe);
      return count === 0 ? Number.POSITIVE_INFINITY : series.time(asset, timeframe, count - 1) + length;
    });
    return { timeframe, length, begin: oldest.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY) };
  });
  const steps: SeedStep[] = [];
  let moment = Number.NEGATIVE_INFINITY;
  for (;;) {
    let next = Number.POSITIVE_INFINITY;
    let timeframe = -1;
    for (const grid of grids) {
      const following = Math.max(Math.floor(moment / grid.length + 1) * grid.length, grid.begin);
      if (following < next) {
        next = following;
        timeframe = grid.timeframe;
      }
    }
    if (!(next <= until)) return steps;
    steps.push({ moment: next, timeframe });
    moment = next;
  }
}
