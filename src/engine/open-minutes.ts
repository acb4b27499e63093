import { MINUTE_MS } from '../timeframe.js';
import { CandleBuilder, MINUTE_SHAPE } from './candle-builder.js';
import type { Shape, Shaped } from './shape.js';

/** What is saved of the open minutes of an asset; `later` by ascending time. */
export const MINUTES_SHAPE = {
  fields: { head: MINUTE_SHAPE, later: { list: MINUTE_SHAPE } },
} as const satisfies Shape;
export type SavedMinutes = Shaped<typeof MINUTES_SHAPE>;

/**
 * The minutes of one asset that may still receive trades: the oldest, which is shown, and later ones that wait
 * unseen until it is closed. Later ones are few, except while the feed repairs a gap.
 */
export class OpenMinutes {
  /** The oldest open minute; its time is NaN before `start`. */
  head = new CandleBuilder();
  /** By ascending time. */
  readonly #later: CandleBuilder[] = [];
  readonly #spare: CandleBuilder[] = [];

  start(time: number): void {
    this.head.reset(time);
  }

  /** Number of minutes behind the head that have received something. */
  get waiting(): number {
    return this.#later.length;
  }

  /** Gives the open minute that begins at `time`, not before the head, made if need be. */
  at(time: number): CandleBuilder {
    if (time === this.head.time) return this.head;
    let place = this.#later.length;
    while (place > 0 && (this.#later[place - 1] as CandleBuilder).time >= time) place--;
    const found = this.#later[place];
    if (found !== undefined && found.time === time) return found;
    const made = this.#spare.pop() ?? new CandleBuilder();
    made.reset(time);
    this.#later.splice(place, 0, made);
    return made;
  }

  save(): SavedMinutes {
    return { head: this.head.save(), later: this.#later.map((minute) => minute.save()) };
  }

  /** Takes the place of `start`. */
  load({ head, later }: SavedMinutes): void {
    this.head.load(head);
    for (const saved of later) this.at(saved.time).load(saved);
  }

  /** Leaves the head behind; the next minute becomes the head, with what it received meanwhile. */
  advance(): void {
    const next = this.head.time + MINUTE_MS;
    if (this.#later[0]?.time === next) {
      this.#spare.push(this.head);
      this.head = this.#later.shift() as CandleBuilder;
    } else {
      this.head.reset(next);
    }
  }
}
