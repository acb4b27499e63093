import type { Coin } from './coins.js';
import { Random, seedOf, textKey } from './random.js';

/** First day of the made-up market, 2017-01-01, in days since the epoch. */
export const FIRST_DAY = 17_167;

/** One day of one pair: prices in ticks, volume in lots. */
export interface DayBar {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly lots: number;
}

/** A return that all who share it take along; its volatility comes in clusters. `volatility` is around 1. */
interface FactorDay {
  readonly move: number;
  readonly volatility: number;
}

/**
 * Standardised returns, day by day, whose variance follows GARCH(1,1) around 1: a wild day makes the next days
 * wilder. Kept from the first day on, so that any day has one value; a day costs some 100 ns once.
 */
class Factor {
  readonly #random: (day: number) => Random;
  readonly #days: FactorDay[] = [];
  #variance = 1;

  constructor(seed: number, name: string) {
    const key = textKey(name);
    this.#random = (day) => new Random(seedOf(seed, key, day));
  }

  at(day: number): FactorDay {
    for (let next = FIRST_DAY + this.#days.length; next <= day; next++) {
      const random = this.#random(next);
      const volatility = Math.sqrt(this.#variance);
      const isJump = random.next() < 0.02;
      const move = volatility * random.normal() * (isJump ? 2.5 : 1);
      this.#variance = Math.min(9, 0.05 + 0.85 * this.#variance + 0.1 * move * move);
      this.#days.push({ move, volatility });
    }
    const found = this.#days[day - FIRST_DAY];
    if (found === undefined) throw new RangeError(`no day ${day} before the first, ${FIRST_DAY}`);
    return found;
  }
}

/** The returns that pairs of one seed share: the market's and each sector's. */
export class SharedFactors {
  readonly #seed: number;
  readonly #factors = new Map<string, Factor>();

  constructor(seed: number) {
    this.#seed = seed;
  }

  get(name: string): Factor {
    let factor = this.#factors.get(name);
    if (factor === undefined) {
      factor = new Factor(this.#seed, name);
      this.#factors.set(name, factor);
    }
    return factor;
  }
}

/**
 * Daily bars of one pair from `FIRST_DAY` on. A day's return is the market's, the sector's and the pair's own,
 * each with clustered volatility and jumps, plus a trend that lasts weeks and a slow pull to the anchor price, so
 * that the price stays of a believable size for decades. A day opens at the close before.
 */
export class DailyWalk {
  readonly #coin: Coin;
  readonly #seed: number;
  readonly #market: Factor;
  readonly #sector: Factor;
  readonly #own: Factor;
  readonly #days: DayBar[] = [];

  constructor(seed: number, coin: Coin, shared: SharedFactors) {
    this.#coin = coin;
    this.#seed = seedOf(seed, textKey(coin.id));
    this.#market = shared.get('market');
    this.#sector = shared.get(`sector ${coin.sector}`);
    this.#own = new Factor(seed, coin.id);
  }

  /** Gives the bar of a day (number since the epoch); null before the first. */
  at(day: number): DayBar | null {
    if (day < FIRST_DAY) return null;
    for (let next = FIRST_DAY + this.#days.length; next <= day; next++) {
      this.#days.push(this.#make(next, this.#days.at(-1)?.close ?? this.#coin.anchorTicks));
    }
    return this.#days[day - FIRST_DAY] ?? null;
  }

  #make(day: number, open: number): DayBar {
    const { anchorTicks, beta, dailyLots, dailyVolatility, pull } = this.#coin;
    const random = new Random(seedOf(this.#seed, day));
    const market = this.#market.at(day);
    const sector = this.#sector.at(day);
    const own = this.#own.at(day);
    // Shares of variance: market half, sector a sixth, own the rest; beta scales the market's part.
    const shared = 0.7 * beta * market.move + 0.4 * (beta === 0 ? 0 : sector.move);
    const trend = new Random(seedOf(this.#seed, Math.floor(day / 37), 1)).next() - 0.5;
    const pulled = (-2 * pull * (open - anchorTicks)) / (open + anchorTicks);
    // Half the variance makes up for what ups and downs of equal size cost: +10 % and −10 % make −1 %.
    const drag = (dailyVolatility * dailyVolatility) / 2;
    const move = dailyVolatility * (shared + 0.58 * own.move + 0.15 * trend) + drag + pulled;
    const close = Math.max(20, Math.round(open * (1 + Math.min(0.45, Math.max(-0.35, move)))));

    const heat = 0.5 * market.volatility + 0.5 * own.volatility;
    const reach = dailyVolatility * heat * 0.9;
    const top = Math.max(open, close);
    const bottom = Math.min(open, close);
    const high = Math.round(top * (1 + reach * random.next() * (0.3 + random.next())));
    const low = Math.max(
      10,
      Math.round(bottom * (1 - Math.min(0.4, reach * random.next() * (0.3 + random.next())))),
    );
    const busy = (0.35 + 0.65 * heat * heat) * (0.75 + 0.5 * random.next());
    const lots = Math.round(
      dailyLots * busy * (1 + (3 * (high - low)) / (open * (0.02 + dailyVolatility)) / 4),
    );
    return { open, high, low: Math.min(low, bottom), close, lots };
  }
}
