import { bucketEnd, type Timeframe, timeframeIndex } from '../../timeframe.js';
import type { SeriesBook } from './series-book.js';
import type { SignalModel } from './signals/signal-model.js';

/** From the longest, of which most time is kept, to the shortest, which says most. */
const LADDER: readonly Timeframe[] = ['1d', '1h', '15m', '5m', '1m'];

/**
 * Holds signals that an earlier process gave against what the price has done since: of the time that is longest ago by
 * days, of the newest by minutes. A candle that holds both target and stop counts as a loss, as it does live.
 */
export class CatchUp {
  readonly #book: SeriesBook;
  readonly #signals: SignalModel;

  constructor(book: SeriesBook, signals: SignalModel) {
    this.#book = book;
    this.#signals = signals;
  }

  run(asset: number): void {
    const live = this.#signals.liveOf(asset);
    if (live.length === 0) return;
    let from = Math.min(...live.map(({ openedAt }) => openedAt));
    for (const [step, timeframe] of LADDER.entries()) {
      const finer = LADDER[step + 1];
      const to = finer === undefined ? Number.POSITIVE_INFINITY : this.#oldest(asset, finer);
      from = this.#tell(asset, timeframe, from, to);
    }
    this.#signals.elapsed(asset, from);
  }

  /**
   * Tells the candles that begin at `from` or later and before `to`, where shorter ones begin: the last of them reaches
   * into those, so that nothing between the two is left out. Gives the end of the last one, else `from`.
   */
  #tell(asset: number, timeframe: Timeframe, from: number, to: number): number {
    const ring = this.#book.ring(asset, timeframeIndex(timeframe));
    let told = from;
    for (let back = ring.length - 1; back >= 0; back--) {
      const time = ring.time(back);
      if (time < told || time >= to) continue;
      this.#signals.ranged(
        asset,
        ring.open(back),
        ring.high(back),
        ring.low(back),
        ring.close(back),
        time,
        true,
      );
      told = bucketEnd(timeframe, time);
    }
    return told;
  }

  #oldest(asset: number, timeframe: Timeframe): number {
    const ring = this.#book.ring(asset, timeframeIndex(timeframe));
    return ring.length === 0 ? Number.POSITIVE_INFINITY : ring.time(ring.length - 1);
  }
}
