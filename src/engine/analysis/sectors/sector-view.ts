import { DAY_MS, timeframeIndex } from '../../../timeframe.js';
import { FormingReader } from '../forming-reader.js';
import type { Frame } from '../frame.js';
import { closeBefore } from '../metrics/candle-lookup.js';
import type { SeriesReader } from '../series-reader.js';
import type { Coin } from './coin.js';
import type { ReturnGrid } from './periods.js';
import type { SectorIndices } from './sector-indices.js';

const HOUR = timeframeIndex('1h');
const DAY = timeframeIndex('1d');
/** Days before the newest one over which volume is compared, and how many have to be known. */
const VOLUME_DAYS = 30;
const LEAST_VOLUME_DAYS = 7;
/** A frame waits for two minutes: only the candle that forms and the one before can be news. */
const NOT_TAKEN_IN = 2;

/** The indices and their coins as of a frame, closed or forming. Reading changes nothing. */
export class SectorView {
  readonly frame: Frame;
  /** Candles and indicators of the indices, by their slots. */
  readonly candles: SeriesReader;
  readonly #indices: SectorIndices;
  readonly #now = new Map<number, number>();
  readonly #volumes = new Map<Coin, number>();
  readonly #means = new Map<Coin, number>();
  readonly #returns = new Map<string, Float64Array>();
  readonly #caps = new Map<Coin, number>();

  constructor(indices: SectorIndices, frame: Frame) {
    this.frame = frame;
    this.#indices = indices;
    const { book } = indices.candles;
    this.candles = frame.isForming
      ? new FormingReader(book, (slot, timeframe) => this.#forming(slot, timeframe))
      : book;
  }

  /** Newest price of a coin, US dollars; NaN: none. */
  price(coin: Coin): number {
    const { series, timeframe, candleTime } = this.frame;
    const back = coin.backOf(series, timeframe, candleTime);
    return back === -1 ? coin.price : series.close(coin.asset.asset, timeframe, back);
  }

  /** Says whether the candle of the frame is not there. */
  isLate(coin: Coin): boolean {
    return coin.backOf(this.frame.series, this.frame.timeframe, this.frame.candleTime) === -1;
  }

  /** Value of an index; NaN: none of its coins has a price. */
  now(slot: number): number {
    const known = this.#now.get(slot);
    if (known !== undefined) return known;
    const { isForming, timeframe, candleTime } = this.frame;
    const value = isForming
      ? this.#indices.at(slot).index.worth((coin) => this.price(coin))
      : this.#indices.candles.closeOf(slot, timeframe, candleTime);
    this.#now.set(slot, value);
    return value;
  }

  /**
   * Log return of an index over a span up to now, ms, from the newest value then. NaN: that was older than a quarter of
   * the span, or history does not reach back.
   */
  logReturn(slot: number, span: number): number {
    const before = this.#indices.candles.asOf(slot, this.frame.time - span, span / 4);
    return Math.log(this.now(slot) / before);
  }

  /** The newest log returns of an index, the one up to now first; NaN: not known. */
  returns(slot: number, grid: ReturnGrid): Float64Array {
    const name = `${slot} ${grid.timeframe}`;
    const found = this.#returns.get(name) ?? this.#findReturns(slot, grid);
    this.#returns.set(name, found);
    return found;
  }

  #findReturns(slot: number, { timeframe, length, count }: ReturnGrid): Float64Array {
    const grid = timeframeIndex(timeframe);
    const end = Math.ceil(this.frame.time / length) * length;
    const found = new Float64Array(count);
    let newer = this.now(slot);
    for (let i = 0; i < count; i++) {
      const older = this.#indices.candles.endingAt(slot, grid, end - (i + 1) * length);
      found[i] = Math.log(newer / older);
      newer = older;
    }
    return found;
  }

  /** Traded volume of a coin in the 24 hours up to now, US dollars; NaN: nothing is known. */
  volume24h(coin: Coin): number {
    return kept(this.#volumes, coin, () => this.volume(coin, DAY_MS));
  }

  /** Its mean a day, over the 30 days before these; NaN: fewer than 7 are known. */
  meanVolume(coin: Coin): number {
    return kept(this.#means, coin, () => {
      const day = this.frame.time - DAY_MS;
      return coin.volumes.meanDaily(day - VOLUME_DAYS * DAY_MS, day, LEAST_VOLUME_DAYS);
    });
  }

  /** Circulating supply × price, US dollars; NaN: one of the two is not known. */
  marketCap(coin: Coin): number {
    return kept(this.#caps, coin, () => this.supply(coin) * this.price(coin));
  }

  /** Coins in circulation; NaN: not known. */
  supply({ asset }: Coin): number {
    return this.frame.external.coin(asset.base, this.frame.time)?.circulatingSupply ?? Number.NaN;
  }

  /** What a coin has risen in 24 hours, US dollars; NaN: its price then is not kept. */
  rise24h(coin: Coin): number {
    return this.price(coin) - closeBefore(this.frame, coin.asset.asset, DAY_MS);
  }

  /**
   * Traded volume of a coin from so long ago up to now, US dollars; the hour that forms is in it. NaN: nothing is known.
   */
  volume(coin: Coin, span: number): number {
    const { time, isForming } = this.frame;
    const closed = coin.volumes.over(time - span, time);
    if (!isForming) return closed;
    const forming = this.#formingVolume(coin);
    if (Number.isNaN(closed)) return forming > 0 ? forming : Number.NaN;
    return closed + (forming > 0 ? forming : 0);
  }

  /** Of the candle that forms, and of such that have closed while the frame that takes them in waits for others. */
  #formingVolume(coin: Coin): number {
    const { series } = this.frame;
    const { asset } = coin.asset;
    const timeframe = series.count(asset, HOUR) > 0 ? HOUR : DAY;
    const newest = coin.volumes.newest(timeframe === HOUR);
    let sum = 0;
    for (let back = 0; back < NOT_TAKEN_IN && series.time(asset, timeframe, back) > newest; back++) {
      sum += series.close(asset, timeframe, back) * series.volume(asset, timeframe, back);
    }
    return sum;
  }

  #forming(slot: number, timeframe: number): ReturnType<ConstructorParameters<typeof FormingReader>[1]> {
    const value = this.now(slot);
    if (timeframe !== this.frame.timeframe || !(value > 0)) return null;
    const time = this.frame.candleTime;
    // No formula of the analyses reads an index' forming volume.
    return { time, volume: 0, ...this.#indices.candles.forming(slot, timeframe, time, value) };
  }
}

function kept(known: Map<Coin, number>, coin: Coin, find: () => number): number {
  const found = known.get(coin) ?? find();
  known.set(coin, found);
  return found;
}
