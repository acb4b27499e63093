import { bucketEnd, bucketStart, TIMEFRAMES, timeframeIndex } from '../../../timeframe.js';
import type { ExternalBook } from '../external-book.js';
import type { Frame } from '../frame.js';
import type { AnalysisSector } from '../market.js';
import type { SeriesReader } from '../series-reader.js';
import { ChainIndex } from './chain-index.js';
import { type Coin, Coins } from './coin.js';
import { IndexCandles } from './index-candles.js';
import { seedSteps } from './seed-steps.js';

const HOUR = timeframeIndex('1h');
const DAY = timeframeIndex('1d');

/** Slots that are there from the beginning: all coins but dollars, and the two that others are compared with. */
export const MARKET_SLOT = 0;
export const BTC_SLOT = 1;
export const ETH_SLOT = 2;

/** Coins whose volumes are read in one step. */
const FILLED_A_STEP = 20;

/** An index, and the place of its candles. */
export interface IndexSlot {
  readonly slot: number;
  readonly index: ChainIndex;
  /** Null: the market, BTC or ETH. */
  readonly sectorId: number | null;
}

/** What the indices are rebuilt from. */
export type SeedInput = Pick<Frame, 'market' | 'series' | 'external'> & {
  /** Only candles that ended by then are read, ms. */
  readonly until: number;
};

/** The indices of the market, of BTC and ETH, and of each sector, moved on by the closes of all coins at once. */
export class SectorIndices {
  readonly coins = new Coins();
  readonly candles = new IndexCandles();
  readonly #bases: ReadonlyMap<number, number>;
  readonly #slots: IndexSlot[] = [];
  readonly #bySector = new Map<number, IndexSlot>();
  /** Moment of the newest sample, ms. */
  #sampledAt = Number.NEGATIVE_INFINITY;

  /** @param bases what the indices of sectors begin with, by the sector's id; others begin with 1000 */
  constructor(bases: ReadonlyMap<number, number> = new Map()) {
    this.#bases = bases;
    for (const _ of [MARKET_SLOT, BTC_SLOT, ETH_SLOT]) this.#add(null);
  }

  /** Sectors that are followed now, by ascending id. */
  get sectors(): readonly (AnalysisSector & IndexSlot)[] {
    return this.coins.sectors.flatMap((sector) => {
      const slot = this.#bySector.get(sector.id);
      return slot === undefined ? [] : [{ ...sector, ...slot }];
    });
  }

  /** The slots that do not stand for a sector have one each as well. @throws RangeError if there is no such slot */
  at(slot: number): IndexSlot {
    const found = this.#slots[slot];
    if (found === undefined) throw new RangeError(`there is no index ${slot}`);
    return found;
  }

  coinsOf({ slot, sectorId }: Pick<IndexSlot, 'slot' | 'sectorId'>): readonly Coin[] {
    if (sectorId !== null) return this.coins.ofSector(sectorId);
    if (slot === MARKET_SLOT) return this.coins.moving;
    const coin = this.coins.ofBase(slot === BTC_SLOT ? 'BTC' : 'ETH');
    return coin === undefined ? [] : [coin];
  }

  /**
   * Takes in a closed frame of any timeframe: the first one of a moment samples the indices, and each closes the candles
   * of its timeframe. Gives the slots whose candle has closed.
   */
  advance(frame: Frame): readonly IndexSlot[] {
    this.#follow(frame, frame.time);
    const { series, timeframe, time, candleTime } = frame;
    if (time > this.#sampledAt && timeframe <= DAY) {
      for (const coin of this.coins.all) coin.update(series, timeframe, time);
      this.#sample(time, frame.external);
    }
    // At an hour's close a day that ends with it may have closed for some and not yet for others.
    if (timeframe === HOUR) this.#fill(series, time, time - 1);
    if (timeframe === DAY) this.#fill(series, time, time);
    return this.#close(series, timeframe, candleTime);
  }

  /**
   * Rebuilds the indices from history, step by step, as if the closes that are kept had just come: days, then hours and
   * shorter ones as far as they are kept. Into empty indices only; it is done when the generator is.
   */
  *seed({ market, series, external, until }: SeedInput): Generator<void, void> {
    this.#follow({ market, series }, until);
    yield;
    for (const [place, coin] of this.coins.all.entries()) {
      coin.volumes.fill(series, coin.asset.asset, until, until);
      if (place % FILLED_A_STEP === FILLED_A_STEP - 1) yield;
    }
    for (const { moment, timeframe } of seedSteps(this.coins.all, series, until)) {
      const ending = TIMEFRAMES.flatMap((name, index) => {
        const candleTime = bucketStart(name, moment - 1);
        return index >= timeframe && bucketEnd(name, candleTime) === moment ? [{ index, candleTime }] : [];
      });
      for (const coin of this.coins.all) {
        for (const { index } of ending) if (index <= DAY) coin.update(series, index, moment);
      }
      this.#sample(moment, external);
      for (const { index, candleTime } of ending) this.#close(series, index, candleTime);
      yield;
    }
  }

  #follow({ market, series }: Pick<Frame, 'market' | 'series'>, moment: number): void {
    const before = this.coins.all;
    this.coins.update(market);
    if (this.coins.all === before) return;
    for (const coin of this.coins.all) {
      if (!before.includes(coin)) coin.volumes.fill(series, coin.asset.asset, moment - 1, moment - 1);
    }
    for (const { id } of market.sectors) if (!this.#bySector.has(id)) this.#bySector.set(id, this.#add(id));
  }

  #fill(series: SeriesReader, hours: number, days: number): void {
    for (const coin of this.coins.all) coin.volumes.fill(series, coin.asset.asset, hours, days);
  }

  #sample(moment: number, external: ExternalBook): void {
    this.#sampledAt = moment;
    this.candles.at(moment);
    for (const slot of this.#slots) {
      const value = slot.index.advance(this.coinsOf(slot), external, moment);
      if (!Number.isNaN(value)) this.candles.sample(slot.slot, moment, value);
    }
  }

  #close(series: SeriesReader, timeframe: number, candleTime: number): readonly IndexSlot[] {
    return this.#slots.filter((slot) => {
      const volume = quoteVolume(this.coinsOf(slot), series, timeframe, candleTime);
      return this.candles.close(slot.slot, timeframe, candleTime, volume);
    });
  }

  #add(sectorId: number | null): IndexSlot {
    const base = sectorId === null ? undefined : this.#bases.get(sectorId);
    const slot = { slot: this.candles.add(), index: new ChainIndex(base), sectorId };
    this.#slots.push(slot);
    return slot;
  }
}

/** Gives what was traded of coins in one candle of each, close × volume, US dollars. */
export function quoteVolume(
  coins: readonly Coin[],
  series: SeriesReader,
  timeframe: number,
  candleTime: number,
): number {
  let sum = 0;
  for (const coin of coins) {
    const back = coin.backOf(series, timeframe, candleTime);
    if (back === -1) continue;
    const { asset } = coin.asset;
    sum += series.close(asset, timeframe, back) * series.volume(asset, timeframe, back);
  }
  return sum;
}
