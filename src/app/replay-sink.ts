import type { Alert, Firing } from '../engine/alerts/alert.js';
import type { Engine } from '../engine/engine.js';
import type { CandleView, EngineSink } from '../engine/views.js';
import { TIMEFRAME_COUNT } from '../timeframe.js';
import type { ClosedDigest } from './closed-digest.js';

/** What is done with a candle that has just closed. */
export type OnClosed = (asset: number, timeframeIndex: number, view: CandleView) => void;

/** Counts what closes in a replay, adds it to the digest and hands it on; tells another sink all there is to tell, and the analyses last. */
export class ReplaySink implements EngineSink {
  /** Closed candles, by series. */
  readonly counts: Float64Array;

  constructor(
    private readonly engine: Engine,
    assets: number,
    private readonly digest: ClosedDigest,
    private readonly onClosed: OnClosed,
    private readonly next: EngineSink | null = null,
    private readonly analyses: Pick<EngineSink, 'closed' | 'ticked'> | null = null,
  ) {
    this.counts = new Float64Array(assets * TIMEFRAME_COUNT);
  }

  closed(asset: number, timeframeIndex: number): void {
    const series = asset * TIMEFRAME_COUNT + timeframeIndex;
    const view = this.engine.lastClosed(series);
    if (view === null) throw new RangeError(`series ${series} closed no candle`);
    this.counts[series] = (this.counts[series] as number) + 1;
    this.digest.add(asset, timeframeIndex, view);
    this.onClosed(asset, timeframeIndex, view);
    this.next?.closed(asset, timeframeIndex);
    this.analyses?.closed(asset, timeframeIndex);
  }

  moved(asset: number): void {
    this.next?.moved(asset);
  }

  ticked(asset: number): void {
    this.next?.ticked(asset);
    this.analyses?.ticked(asset);
  }

  fired(alert: Alert, firing: Firing): void {
    this.next?.fired(alert, firing);
  }

  expired(alert: Alert): void {
    this.next?.expired(alert);
  }

  dropped(asset: number, reason: 'late' | 'invalid'): void {
    // The engine counts what it drops; the summary tells it.
    this.next?.dropped(asset, reason);
  }
}
