import { DAY_MS, MINUTE_MS } from '../../../timeframe.js';

const SLOT_MS = 5 * MINUTE_MS;
/** As far back as a figure of a day ago may be found that is up to two days late. */
const KEPT_MS = 3 * DAY_MS;
const KEPT_DAYS = 40;

interface Kept {
  readonly asOf: number;
  readonly value: number;
}

/** What a figure was lately: at most one value in five minutes, of three days. */
export class ReadingHistory {
  readonly #kept: Kept[] = [];

  /** Takes a value, as of a moment, ms; one that is not newer than the last is passed over. */
  add(value: number, asOf: number): void {
    const last = this.#kept.at(-1);
    if (last !== undefined && Math.floor(asOf / SLOT_MS) <= Math.floor(last.asOf / SLOT_MS)) return;
    this.#kept.push({ asOf, value });
    const old = this.#kept.findIndex((kept) => kept.asOf >= asOf - KEPT_MS);
    if (old > 0) this.#kept.splice(0, old);
  }

  /** Gives the value as of a day before `moment`, ms, or up to `lateMs` earlier; NaN: none is known. */
  dayBefore(moment: number, lateMs: number): number {
    const kept = this.#kept.findLast(({ asOf }) => asOf <= moment - DAY_MS);
    return kept !== undefined && kept.asOf >= moment - DAY_MS - lateMs ? kept.value : Number.NaN;
  }
}

/** The last value of each of the newest 40 UTC days. */
export class DailyHistory {
  readonly #days = new Map<number, number>();

  /** Takes the value that is known at a moment, ms; it counts for the day that goes on or ends then. */
  add(value: number, time: number): void {
    const day = Math.floor((time - 1) / DAY_MS) * DAY_MS;
    this.#days.set(day, value);
    for (const known of this.#days.keys()) if (known <= day - KEPT_DAYS * DAY_MS) this.#days.delete(known);
  }

  /** By the start of the day, ms. */
  get days(): ReadonlyMap<number, number> {
    return this.#days;
  }
}
