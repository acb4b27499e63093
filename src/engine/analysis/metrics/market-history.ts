import { EXTERNAL_FIGURES, type ExternalName, type ExternalReading } from '../external-book.js';
import { DailyHistory, ReadingHistory } from './reading-history.js';

/** Of which figures it is kept what they were a day ago. */
const KEPT = ['open_interest_btc', 'funding_rate_btc', 'fear_greed_index'] as const;
type KeptName = (typeof KEPT)[number];

/** What the figures from outside were, as far as snapshots are made of it. */
export class MarketHistory {
  readonly #readings = new Map<ExternalName, ReadingHistory>(
    KEPT.map((name) => [name, new ReadingHistory()]),
  );
  readonly #total2 = new DailyHistory();
  readonly #seen = new Set<ExternalName>();

  /** Takes a figure that was read, or one of an earlier run, oldest first. */
  add({ name, value, asOf }: Pick<ExternalReading, 'name' | 'value' | 'asOf'>): void {
    this.#seen.add(name);
    this.#readings.get(name)?.add(value, asOf);
  }

  /**
   * Takes what all coins but Bitcoin were worth at a moment, US dollars and ms.
   */
  addTotal2(value: number, time: number): void {
    if (value > 0) this.#total2.add(value, time);
  }

  /** Names of the figures that were ever read. */
  get seen(): ReadonlySet<ExternalName> {
    return this.#seen;
  }

  /** By the start of the UTC day, ms. */
  get total2(): ReadonlyMap<number, number> {
    return this.#total2.days;
  }

  /** Gives what a figure was a day before `moment`, ms, or as much earlier as it may be old; NaN: not known. */
  dayBefore(name: KeptName, moment: number): number {
    const history = this.#readings.get(name);
    return history?.dayBefore(moment, EXTERNAL_FIGURES[name].maxAgeMs) ?? Number.NaN;
  }
}
