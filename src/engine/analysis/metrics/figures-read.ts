import { HOUR_MS } from '../../../timeframe.js';
import {
  EXTERNAL_FIGURES,
  type ExternalBook,
  type ExternalName,
  type ExternalReading,
  type ExternalSource,
} from '../external-book.js';
import type { Gaps } from '../gaps.js';

/** Sources whose figures move by the minute; the others speak of days. */
const LIVE_SOURCES: ReadonlySet<ExternalSource> = new Set(['derivatives', 'global_market']);

/** Reads figures from outside as of one moment, and remembers how good they were. */
export class FiguresRead {
  readonly errors: string[] = [];
  readonly #external: ExternalBook;
  readonly #time: number;
  readonly #simulated: boolean;
  readonly #gaps: Gaps;
  readonly #seen: ReadonlySet<ExternalName>;
  readonly #stale = new Set<ExternalSource>();
  readonly #read = new Map<ExternalName, ExternalReading>();
  #firstReceived = Number.POSITIVE_INFINITY;
  #lastReceived = Number.NEGATIVE_INFINITY;
  #oldestLive = 0;

  /**
   * @param simulated whether the prices are, beside which the figures will stand
   * @param seen names that were read before
   */
  constructor(
    external: ExternalBook,
    time: number,
    simulated: boolean,
    seen: ReadonlySet<ExternalName>,
    gaps: Gaps,
  ) {
    this.#external = external;
    this.#time = time;
    this.#simulated = simulated;
    this.#seen = seen;
    this.#gaps = gaps;
  }

  /**
   * Gives a figure, or null with its reason under `field`. One that is out of its bounds, or made up beside real prices,
   * is no figure, and an error.
   */
  figure(name: ExternalName, field: string): number | null {
    const { source, min, max } = EXTERNAL_FIGURES[name];
    const reading = this.#external.reading(name, this.#time);
    if (reading === null) {
      if (this.#seen.has(name)) this.#stale.add(source);
      return this.#refuse(field, source, this.#external.reason(name, this.#time));
    }
    const { value, asOf, receivedAt, simulated } = reading;
    if (!(value >= min && value <= max)) {
      this.errors.push(`${name} is ${value}, out of ${min} to ${max}`);
      return this.#refuse(field, source, `the source ${source} gave ${value}, out of ${min} to ${max}`);
    }
    if (simulated && !this.#simulated) {
      this.errors.push(`${name} is simulated, the prices are not`);
      return this.#refuse(field, source, `the source ${source} is simulated, the prices are not`);
    }
    this.#read.set(name, reading);
    this.#firstReceived = Math.min(this.#firstReceived, receivedAt);
    this.#lastReceived = Math.max(this.#lastReceived, receivedAt);
    if (LIVE_SOURCES.has(source)) this.#oldestLive = Math.max(this.#oldestLive, this.#time - asOf);
    return value;
  }

  /** All that `figure` has given. */
  get readings(): Iterable<ExternalReading> {
    return this.#read.values();
  }

  /** A reading that `figure` has given; null: it has not been asked for, or has not been given. */
  given(name: ExternalName): ExternalReading | null {
    return this.#read.get(name) ?? null;
  }

  /** Sources that have brought a figure before, which is too old now. */
  get stale(): readonly ExternalSource[] {
    return [...this.#stale].toSorted();
  }

  /** Age of the oldest figure of a live source that was read, minutes; 0: none was. */
  get oldestMinutes(): number {
    return (60 * this.#oldestLive) / HOUR_MS;
  }

  /** When the figures that were read came, our clock, ms; null: none was read. */
  get received(): { readonly first: number; readonly last: number } | null {
    if (this.#firstReceived > this.#lastReceived) return null;
    return { first: this.#firstReceived, last: this.#lastReceived };
  }

  #refuse(field: string, source: ExternalSource, reason: string): null {
    this.#gaps.source(source);
    return this.#gaps.value(field, null, reason);
  }
}
