import { COINS, type Coin, syntheticCoin } from './coins.js';
import { DailyWalk, FIRST_DAY, SharedFactors } from './daily-walk.js';
import { Random, seedOf, textKey } from './random.js';
import { BAR_UNIT_MS, type Bar, type BarUnit, type DemoTrade, type MarketSource } from './source.js';
import { splitBar, splitIntoTrades } from './split.js';

/** Activity by hour of the day, UTC: quiet before Asia wakes, busiest when New York opens. Mean about 1. */
const SEASON = [
  1.05, 0.95, 0.85, 0.8, 0.75, 0.75, 0.8, 0.9, 1, 0.95, 0.9, 0.9, 1.05, 1.3, 1.6, 1.55, 1.35, 1.2, 1.1, 1,
  0.95, 0.85, 0.8, 0.9,
] as const;

/** Hours of minutes and minutes of trades kept per pair: enough for the present and a day of statistics. */
const KEPT = 64;

/**
 * A made-up market. A day's bar comes from the walk; its hours, their minutes and the minutes' trades are each cut
 * out of the bar above by seeded chance. So any moment can be asked for at once, everything agrees with everything,
 * and the same seed gives the same market at the same time in every process.
 */
export class Generator implements MarketSource {
  readonly listings: readonly Coin[];
  readonly start = FIRST_DAY * BAR_UNIT_MS.day;
  readonly end = Number.POSITIVE_INFINITY;
  readonly hasQuotes = true;
  readonly #markets: readonly GeneratedMarket[];

  /** `symbols`: pairs listed in all; the named ones first, then made-up ones `SIM001/USDT` …. */
  constructor(options: { seed: number; symbols?: number }) {
    const { seed, symbols = COINS.length } = options;
    const named = COINS.slice(0, symbols);
    const extra = Array.from({ length: symbols - named.length }, (_, i) => syntheticCoin(seed, i + 1));
    this.listings = [...named, ...extra];
    const shared = new SharedFactors(seed);
    this.#markets = this.listings.map((coin) => new GeneratedMarket(seed, coin, shared));
  }

  bar(listing: number, unit: BarUnit, index: number): Bar | null {
    return this.#market(listing).bar(unit, index);
  }

  trades(listing: number, minute: number): readonly DemoTrade[] {
    return this.#market(listing).trades(minute);
  }

  lastIdBefore(listing: number, minute: number): number {
    return this.#market(listing).lastIdBefore(minute);
  }

  minuteOfTrade(listing: number, id: number): number | null {
    return this.#market(listing).minuteOfTrade(id);
  }

  #market(listing: number): GeneratedMarket {
    const market = this.#markets[listing];
    if (market === undefined) throw new RangeError(`no listing ${listing}`);
    return market;
  }
}

class GeneratedMarket {
  readonly #coin: Coin;
  readonly #seed: number;
  readonly #key: number;
  readonly #walk: DailyWalk;
  /** Trades of an active minute in each hour of the day; the same every day, so ids can be counted. */
  readonly #perMinute: readonly number[];
  readonly #perHour: readonly number[];
  readonly #perDay: number;
  readonly #hours = new Map<number, readonly Bar[]>();
  readonly #minutes = new Map<number, readonly Bar[]>();
  readonly #trades = new Map<number, readonly DemoTrade[]>();

  constructor(seed: number, coin: Coin, shared: SharedFactors) {
    this.#coin = coin;
    this.#seed = seed;
    this.#key = textKey(coin.id);
    this.#walk = new DailyWalk(seed, coin, shared);
    this.#perMinute = SEASON.map((weight) => Math.max(4, Math.round(coin.tradesPerMinute * weight)));
    this.#perHour = this.#perMinute.map((count) => (count * 60) / coin.activeEvery);
    this.#perDay = this.#perHour.reduce((sum, count) => sum + count, 0);
  }

  bar(unit: BarUnit, index: number): Bar | null {
    if (unit === 'minute') return this.#minutesOf(Math.floor(index / 60))?.[index % 60] ?? null;
    if (unit === 'hour') return this.#hoursOf(Math.floor(index / 24))?.[index % 24] ?? null;
    const day = this.#walk.at(index);
    // The walk does not know how many trades there are; a day's lots must be enough for them.
    return day === null ? null : { ...day, lots: Math.max(day.lots, this.#perDay * 2), trades: this.#perDay };
  }

  trades(minute: number): readonly DemoTrade[] {
    return remember(this.#trades, minute, () => {
      const bar = this.bar('minute', minute);
      if (bar === null || bar.trades === 0) return [];
      const random = new Random(seedOf(this.#seed, this.#key, 4, minute));
      return splitIntoTrades(bar, this.lastIdBefore(minute) + 1, minute * BAR_UNIT_MS.minute, random);
    });
  }

  lastIdBefore(minute: number): number {
    const day = Math.floor(minute / 1_440);
    // A week may begin before the first day.
    if (day < FIRST_DAY) return 0;
    const hour = Math.floor(minute / 60) % 24;
    let count = (day - FIRST_DAY) * this.#perDay;
    for (let earlier = 0; earlier < hour; earlier++) count += this.#perHour[earlier] ?? 0;
    return count + Math.ceil((minute % 60) / this.#coin.activeEvery) * (this.#perMinute[hour] ?? 0);
  }

  minuteOfTrade(id: number): number | null {
    if (id < 1) return null;
    const day = FIRST_DAY + Math.floor((id - 1) / this.#perDay);
    let rest = (id - 1) % this.#perDay;
    for (const [hour, count] of this.#perHour.entries()) {
      if (rest < count) {
        const active = Math.floor(rest / (this.#perMinute[hour] ?? 1));
        return day * 1_440 + hour * 60 + active * this.#coin.activeEvery;
      }
      rest -= count;
    }
    return null;
  }

  #hoursOf(day: number): readonly Bar[] | null {
    const bar = this.bar('day', day);
    if (bar === null) return null;
    return remember(this.#hours, day, () =>
      splitBar(bar, this.#perHour, (hour) => SEASON[hour] ?? 1, this.#own(2, day), this.#common(2, day)),
    );
  }

  #minutesOf(hour: number): readonly Bar[] | null {
    const bar = this.bar('hour', hour);
    if (bar === null) return null;
    return remember(this.#minutes, hour, () => {
      const count = this.#perMinute[hour % 24] ?? 0;
      const trades = Array.from({ length: 60 }, (_, minute) =>
        minute % this.#coin.activeEvery === 0 ? count : 0,
      );
      return splitBar(bar, trades, () => 1, this.#own(3, hour), this.#common(3, hour));
    });
  }

  #own(level: number, index: number): Random {
    return new Random(seedOf(this.#seed, this.#key, level, index));
  }

  #common(level: number, index: number): Random {
    return new Random(seedOf(this.#seed, level, index));
  }
}

/** Gives the remembered value or makes it; forgets the one that was made first when there are too many. */
function remember<T>(map: Map<number, T>, key: number, make: () => T): T {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  if (map.size >= KEPT) {
    const [first] = map.keys();
    if (first !== undefined) map.delete(first);
  }
  map.set(key, made);
  return made;
}
