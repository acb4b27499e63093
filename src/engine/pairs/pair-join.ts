import { bucketEnd, type Timeframe } from '../../timeframe.js';
import type { ClosedCloses } from './closed-closes.js';
import { PairSeries } from './pair-series.js';

/**
 * Joins the closed candles of an asset and its reference, of one timeframe, by their buckets: a candle is taken once
 * both have closed it, whichever came first. One that the other side never had is left out, and the chain of returns is
 * interrupted there.
 */
export class PairJoin {
  readonly series: PairSeries;
  readonly #timeframe: Timeframe;
  readonly #asset: ClosedCloses;
  readonly #reference: ClosedCloses;
  #nextAsset = 0;
  #nextReference = 0;
  #time = Number.NaN;
  /** End of the newest bucket that both closed: where the one that follows it begins. */
  #end = Number.NaN;

  constructor(timeframe: Timeframe, asset: ClosedCloses, reference: ClosedCloses, period: number) {
    this.#timeframe = timeframe;
    this.#asset = asset;
    this.#reference = reference;
    this.series = new PairSeries(period);
    this.advance();
  }

  /** Start of the newest bucket that both closed, ms; NaN before the first. */
  get time(): number {
    return this.#time;
  }

  /** Takes in what both have closed by now. */
  advance(): void {
    const asset = this.#asset;
    const reference = this.#reference;
    let a = Math.max(this.#nextAsset, asset.oldest);
    let r = Math.max(this.#nextReference, reference.oldest);
    while (a < asset.count && r < reference.count) {
      const assetTime = asset.time(a);
      const referenceTime = reference.time(r);
      if (assetTime === referenceTime) this.#take(assetTime, asset.close(a), reference.close(r));
      if (assetTime <= referenceTime) a += 1;
      if (referenceTime <= assetTime) r += 1;
    }
    this.#nextAsset = a;
    this.#nextReference = r;
  }

  /** Computes the forming values if both forming candles are of the bucket after the newest joined one. */
  peek(assetTime: number, asset: number, referenceTime: number, reference: number): void {
    if (assetTime === this.#end && referenceTime === this.#end) this.series.peek(asset, reference);
    else this.series.forget();
  }

  #take(time: number, asset: number, reference: number): void {
    if (time !== this.#end) this.series.interrupt();
    this.series.commit(asset, reference);
    this.#time = time;
    this.#end = bucketEnd(this.#timeframe, time);
  }
}
