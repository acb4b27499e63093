import { TIMEFRAME_COUNT } from '../../timeframe.js';
import { CLOSE, HIGH, LOW, OPEN, PART_TIME, TIME, VOLUME } from '../indicators/layout.js';
import { CandleRing, type ClosedCandle } from './candle-ring.js';
import { ANALYSIS_SET } from './columns.js';
import type { SeriesReader } from './series-reader.js';

/** Closed candles that are kept of each timeframe: 30 days of hours, a year of days, two years of weeks. */
export const HISTORY_DEPTH: readonly number[] = [120, 300, 400, 800, 500, 400, 120, 60];

/**
 * Closed candles and indicators of all analysed series. Advanced by closed candles only, however they came: as they close,
 * from history, or from a file; so the analyses of a replay are those of the live stream.
 */
export class SeriesBook implements SeriesReader {
  readonly isForming = false;
  readonly state = ANALYSIS_SET.createState(0, 1);
  /** Readers that were made, which peek into the same memory. */
  readers = 0;
  /** Candles that were pushed: what was read holds as long as it stays. */
  pushes = 0;
  readonly #rings: (CandleRing | undefined)[] = [];

  /** Makes the series of an asset, without any candle. */
  add(asset: number): void {
    const needed = (asset + 1) * TIMEFRAME_COUNT;
    if (needed > this.state.capacity) this.state.grow(Math.max(needed, 2 * this.state.capacity));
    for (const [timeframe, depth] of HISTORY_DEPTH.entries()) {
      const series = asset * TIMEFRAME_COUNT + timeframe;
      this.state.reset(series);
      this.#rings[series] = new CandleRing(depth);
    }
  }

  remove(asset: number): void {
    for (let timeframe = 0; timeframe < TIMEFRAME_COUNT; timeframe++) {
      this.#rings[asset * TIMEFRAME_COUNT + timeframe] = undefined;
    }
  }

  /** @throws RangeError if there is no such asset, or the candle does not follow the newest one */
  push(asset: number, timeframe: number, candle: ClosedCandle): void {
    const series = asset * TIMEFRAME_COUNT + timeframe;
    this.ring(asset, timeframe).push(candle);
    enter(this.state, series, candle);
    ANALYSIS_SET.commit(this.state, series);
    this.state.owner = -1;
    this.pushes += 1;
  }

  /** @throws RangeError if there is no such asset */
  ring(asset: number, timeframe: number): CandleRing {
    const ring = this.#rings[asset * TIMEFRAME_COUNT + timeframe];
    if (ring === undefined) throw new RangeError(`asset ${asset} is not analysed`);
    return ring;
  }

  count(asset: number, timeframe: number): number {
    return this.ring(asset, timeframe).length;
  }

  time(asset: number, timeframe: number, back: number): number {
    return this.ring(asset, timeframe).time(back);
  }

  open(asset: number, timeframe: number, back: number): number {
    return this.ring(asset, timeframe).open(back);
  }

  high(asset: number, timeframe: number, back: number): number {
    return this.ring(asset, timeframe).high(back);
  }

  low(asset: number, timeframe: number, back: number): number {
    return this.ring(asset, timeframe).low(back);
  }

  close(asset: number, timeframe: number, back: number): number {
    return this.ring(asset, timeframe).close(back);
  }

  volume(asset: number, timeframe: number, back: number): number {
    return this.ring(asset, timeframe).volume(back);
  }

  value(asset: number, timeframe: number, column: number): number {
    return ANALYSIS_SET.closedValue(this.state, asset * TIMEFRAME_COUNT + timeframe, column);
  }
}

/** Puts a candle where the indicators of a series read it. */
export function enter(state: SeriesBook['state'], series: number, candle: ClosedCandle): void {
  const { slab, input } = state;
  slab[series * ANALYSIS_SET.slabSize + PART_TIME] = candle.time;
  input[TIME] = candle.time;
  input[OPEN] = candle.open;
  input[HIGH] = candle.high;
  input[LOW] = candle.low;
  input[CLOSE] = candle.close;
  input[VOLUME] = candle.volume;
}
