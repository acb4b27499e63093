import { DAY_MS } from '../../../timeframe.js';
import { noise } from './noise.js';
import type { OutsideMarket } from './outside-market.js';

/** 2017-01-01, in days since the epoch. */
const FIRST_DAY = 17_167;

interface Walk {
  readonly level: number;
  /** Usual deviation of a day's return, a fraction. */
  readonly volatility: number;
  /** Share of bitcoin's return that it takes along. */
  readonly beta: number;
  readonly decimals: number;
}

const WALKS = {
  sp500: { level: 5_300, volatility: 0.009, beta: 0.08, decimals: 2 },
  gold: { level: 2_350, volatility: 0.008, beta: 0.02, decimals: 2 },
  dxy: { level: 104, volatility: 0.004, beta: -0.03, decimals: 3 },
  vix: { level: 16, volatility: 0.05, beta: -0.3, decimals: 2 },
  us_10y: { level: 4.2, volatility: 0.012, beta: 0.02, decimals: 3 },
} as const satisfies Readonly<Record<string, Walk>>;
export type MacroName = keyof typeof WALKS;

/** A trading day of a made-up index. */
export interface MacroDay {
  /** ISO date. */
  readonly date: string;
  readonly close: string;
}

/** Made-up daily closes of stocks, gold, dollar, volatility and yields, which take some of bitcoin's returns along. */
export class MacroWalk {
  readonly #market: OutsideMarket;
  /** Sums of what is their own, by day from the first on. */
  readonly #own = new Map<MacroName, number[]>();

  constructor(market: OutsideMarket) {
    this.#market = market;
  }

  /** Gives the trading days from `from` to `to`, UTC days since the epoch, both included; that of `now` as it stands. */
  days(name: MacroName, from: number, to: number, now: number): readonly MacroDay[] {
    const days: MacroDay[] = [];
    for (let day = Math.max(from, FIRST_DAY); day <= Math.min(to, Math.floor(now / DAY_MS)); day++) {
      const weekday = (day + 4) % 7;
      if (weekday === 0 || weekday === 6) continue;
      const date = new Date(day * DAY_MS).toISOString().slice(0, 10);
      days.push({ date, close: this.#close(name, day, now) });
    }
    return days;
  }

  #close(name: MacroName, day: number, now: number): string {
    const { level, beta, decimals } = WALKS[name];
    const btc = this.#market.listingOf('BTC');
    const price = this.#market.dayClose(btc, day, now);
    const shared = price === null ? 0 : beta * Math.log(price / 64_000);
    return (level * Math.exp(this.#ownOf(name, day) + shared)).toFixed(decimals);
  }

  #ownOf(name: MacroName, day: number): number {
    let sums = this.#own.get(name);
    if (sums === undefined) {
      sums = [];
      this.#own.set(name, sums);
    }
    for (let next = FIRST_DAY + sums.length; next <= day; next++) {
      // Pulled back slowly, so that the level stays believable for decades.
      sums.push(0.995 * (sums.at(-1) ?? 0) + WALKS[name].volatility * noise(this.#market.seed, name, next));
    }
    return sums[day - FIRST_DAY] ?? 0;
  }
}
