import type { ClosedCandle } from '../../src/engine/analysis/candle-ring.js';
import { columnOf } from '../../src/engine/analysis/columns.js';
import type { Contexts } from '../../src/engine/analysis/contexts.js';
import { AnalysisMarket } from '../../src/engine/analysis/market.js';
import { SeriesBook } from '../../src/engine/analysis/series-book.js';
import type { SignalChange, SignalDraft, SignalSink } from '../../src/engine/analysis/signals/signal.js';
import { SignalModel } from '../../src/engine/analysis/signals/signal-model.js';
import type { SignalOptions } from '../../src/engine/analysis/signals/signal-options.js';
import { StructureBook } from '../../src/engine/analysis/structure/structure-book.js';
import { bucketEnd, bucketStart, TIMEFRAMES, type Timeframe, timeframeIndex } from '../../src/timeframe.js';

/** What the sink heard. */
export type SignalEvent =
  | { readonly type: 'opened'; readonly asset: number; readonly signal: SignalDraft }
  | {
      readonly type: 'changed';
      readonly asset: number;
      readonly signal: SignalDraft;
      readonly change: SignalChange;
    };

/** A sink that keeps what it hears, in order. */
export class RecordingSignals implements SignalSink {
  readonly events: SignalEvent[] = [];

  opened(asset: number, signal: SignalDraft): void {
    this.events.push({ type: 'opened', asset, signal });
  }

  changed(asset: number, signal: SignalDraft, change: SignalChange): void {
    this.events.push({ type: 'changed', asset, signal, change });
  }

  get opens(): readonly SignalDraft[] {
    return this.events.flatMap((event) => (event.type === 'opened' ? [event.signal] : []));
  }
}

/** Nothing is known of regimes and sectors. */
export const NO_CONTEXTS: Contexts = { regimeBefore: () => null, sectorBefore: () => null };

const ATR = columnOf('atr_14');
const RSI = columnOf('rsi_14');

/** A closed candle of a series, as it is played. */
export interface PlayedCandle {
  readonly asset: number;
  readonly timeframe: number;
  readonly candle: ClosedCandle;
}

/** Series, structures and signals of assets, played by closed candles. */
export class SignalMarket {
  readonly market = new AnalysisMarket();
  readonly series = new SeriesBook();
  readonly structures = new StructureBook();
  readonly sink = new RecordingSignals();
  readonly model: SignalModel;
  contexts: Contexts = NO_CONTEXTS;
  /** Told of each close, after the model. */
  onClosed: ((played: PlayedCandle, time: number) => void) | undefined;
  /** By asset: whose candles tell what the price did. */
  readonly #finest: readonly number[];

  /** @param bases coins, quoted in USDT, in the order of their numbers; `finest` by asset */
  constructor(
    bases: readonly string[],
    finest: readonly Timeframe[],
    options: Partial<SignalOptions> = {},
    sectorId: number | null = null,
  ) {
    this.#finest = finest.map(timeframeIndex);
    this.market.setAssets(
      bases.map((base, asset) => ({
        asset,
        assetId: 100 + asset,
        symbol: `${base}/USDT`,
        base,
        quote: 'USDT',
        sectorId,
        simulated: false,
      })),
    );
    for (let asset = 0; asset < bases.length; asset++) {
      this.series.add(asset);
      this.structures.add(asset);
    }
    this.model = new SignalModel(this.market, this.sink, options);
  }

  /** Says whether the candles of a series tell what the price of their asset did. */
  isFinest(asset: number, timeframe: number): boolean {
    return this.#finest[asset] === timeframe;
  }

  /** Plays a closed candle; `isHistory`: without looking for signals. */
  play(played: PlayedCandle, isHistory = false): void {
    const { asset, timeframe, candle } = played;
    const { open, high, low, close, time } = candle;
    if (this.isFinest(asset, timeframe)) this.model.ranged(asset, open, high, low, close, time, true);
    const { series, structures, model } = this;
    // Its own volume is none of the mean that it is held against.
    let sum = 0;
    for (let back = 0; back < 20; back++) sum += series.volume(asset, timeframe, back);
    series.push(asset, timeframe, candle);
    structures.push(asset, timeframe, {
      ...candle,
      atr: series.value(asset, timeframe, ATR),
      rsi: series.value(asset, timeframe, RSI),
      meanVolume: sum / 20,
    });
    const end = bucketEnd(TIMEFRAMES[timeframe] as Timeframe, time);
    if (isHistory) model.observe(asset, timeframe, series);
    else model.closed(asset, timeframe, series, structures, this.contexts, end);
    this.onClosed?.(played, end);
  }
}

/** Puts series in the order in which they close: by end, then asset, then timeframe, shortest first. */
export function inOrder(played: readonly PlayedCandle[]): readonly PlayedCandle[] {
  return played
    .map((each) => ({ each, end: bucketEnd(TIMEFRAMES[each.timeframe] as Timeframe, each.candle.time) }))
    .sort((a, b) => a.end - b.end || a.each.asset - b.each.asset || a.each.timeframe - b.each.timeframe)
    .map(({ each }) => each);
}

/** Adds candles up to those of a longer timeframe; the last one only if its end was reached. */
export function rollUpCandles(
  candles: readonly ClosedCandle[],
  from: Timeframe,
  to: Timeframe,
): ClosedCandle[] {
  const made: { time: number; open: number; high: number; low: number; close: number; volume: number }[] = [];
  for (const { time, open, high, low, close, volume } of candles) {
    const start = bucketStart(to, time);
    const last = made.at(-1);
    if (last === undefined || last.time !== start) {
      made.push({ time: start, open, high, low, close, volume });
      continue;
    }
    last.high = Math.max(last.high, high);
    last.low = Math.min(last.low, low);
    last.close = close;
    last.volume += volume;
  }
  const end = candles.at(-1);
  const last = made.at(-1);
  if (end !== undefined && last !== undefined && bucketEnd(from, end.time) < bucketEnd(to, last.time)) {
    made.pop();
  }
  return made;
}
