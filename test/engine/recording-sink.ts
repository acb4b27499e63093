import type { Alert, Firing } from '../../src/engine/alerts/alert.js';
import type { CandleView, Engine, EngineSink } from '../../src/engine/engine.js';
import { TIMEFRAME_COUNT } from '../../src/timeframe.js';

/** A closed candle and its indicators, copied at the moment it was told of. */
export interface Recorded {
  readonly asset: number;
  readonly timeframeIndex: number;
  readonly candle: CandleView;
  readonly indicators: readonly number[];
}

/** Keeps what an engine tells, in order. */
export class RecordingSink implements EngineSink {
  readonly candles: Recorded[] = [];
  /** `closed 1m of 0`, `moved 0` … in order. */
  readonly calls: string[] = [];
  /** Fired alerts, in order. */
  readonly firings: (Firing & { readonly id: number })[] = [];
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  closed(asset: number, timeframeIndex: number): void {
    const series = asset * TIMEFRAME_COUNT + timeframeIndex;
    const candle = this.#engine.lastClosed(series);
    if (candle === null) throw new Error(`closed(${asset}, ${timeframeIndex}) without a candle`);
    this.calls.push(`closed ${timeframeIndex}`);
    this.candles.push({
      asset,
      timeframeIndex,
      candle: { ...candle },
      indicators: this.#engine.indicatorColumns.map((_, column) => this.#engine.closedValue(series, column)),
    });
  }

  moved(): void {
    this.calls.push('moved');
  }

  ticked(): void {
    this.calls.push('ticked');
  }

  fired({ id }: Alert, firing: Firing): void {
    this.calls.push(`fired ${id}`);
    this.firings.push({ id, ...firing });
  }

  expired({ id }: Alert): void {
    this.calls.push(`expired ${id}`);
  }

  dropped(_asset: number, reason: 'late' | 'invalid'): void {
    this.calls.push(`dropped ${reason}`);
  }

  /** Gives the calls since the last time this was asked. */
  takeCalls(): readonly string[] {
    return this.calls.splice(0);
  }

  /** Gives the closed candles of one series. */
  of(asset: number, timeframeIndex: number): readonly CandleView[] {
    return this.candles
      .filter((entry) => entry.asset === asset && entry.timeframeIndex === timeframeIndex)
      .map((entry) => entry.candle);
  }
}
