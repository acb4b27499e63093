import { DAY_MS, MINUTE_MS } from '../../../timeframe.js';
import type { Liquidation } from '../external-book.js';
import type { LiquidationZone } from './snapshot.js';

/** ln of the ratio of a zone's ends. */
const ZONE_WIDTH = Math.log(1.005);

/** What was liquidated in one minute, at one zone of prices. */
interface Cell {
  readonly minute: number;
  readonly base: 'BTC' | 'ETH';
  readonly zone: number;
  /** Base units. */
  long: number;
  short: number;
  /** Price · amount. */
  longValue: number;
  shortValue: number;
}

/** What was liquidated in 24 h. */
export interface LiquidationDay {
  /** BTC. */
  readonly long: number;
  readonly short: number;
  /** BTC and ETH, US dollars. */
  readonly longValue: number;
  readonly shortValue: number;
  /** Of BTC, cheapest first; those in which nothing happened are left out. */
  readonly zones: readonly LiquidationZone[];
}

/** Liquidations of the last 24 h, added up by minute and zone of prices. */
export class LiquidationBook {
  readonly #cells = new Map<string, Cell>();

  /** Takes in a liquidation. */
  add({ base, side, price, amount, time }: Liquidation): void {
    if (!(price > 0 && price < Infinity && amount > 0 && amount < Infinity)) return;
    const minute = Math.floor(time / MINUTE_MS) * MINUTE_MS;
    const zone = Math.floor(Math.log(price) / ZONE_WIDTH);
    const key = `${base} ${minute} ${zone}`;
    let cell = this.#cells.get(key);
    if (cell === undefined) {
      cell = { minute, base, zone, long: 0, short: 0, longValue: 0, shortValue: 0 };
      this.#cells.set(key, cell);
    }
    cell[side] += amount;
    cell[`${side}Value`] += price * amount;
  }

  /** Adds up the 24 h before `time`, ms, to the minute: what is known of them. */
  day(time: number): LiquidationDay {
    const zones = new Map<number, { long: number; short: number }>();
    const total = { long: 0, short: 0, longValue: 0, shortValue: 0 };
    for (const cell of this.#cells.values()) {
      if (cell.minute < time - DAY_MS || cell.minute >= time) continue;
      total.longValue += cell.longValue;
      total.shortValue += cell.shortValue;
      if (cell.base !== 'BTC') continue;
      total.long += cell.long;
      total.short += cell.short;
      const zone = zones.get(cell.zone) ?? { long: 0, short: 0 };
      zone.long += cell.long;
      zone.short += cell.short;
      zones.set(cell.zone, zone);
    }
    return {
      ...total,
      zones: [...zones]
        .toSorted(([a], [b]) => a - b)
        .map(([zone, { long, short }]) => ({
          bin_low: Math.exp(zone * ZONE_WIDTH),
          bin_high: Math.exp((zone + 1) * ZONE_WIDTH),
          long_vol: long,
          short_vol: short,
        })),
    };
  }

  /** Forgets what no day from `time` on, ms, has in it. */
  forget(time: number): void {
    for (const [key, cell] of this.#cells) if (cell.minute < time - DAY_MS) this.#cells.delete(key);
  }
}
