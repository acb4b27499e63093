import type { Shape, Shaped } from './shape.js';

/** What is saved of a feed's uptime. */
export const UPTIME_SHAPE = {
  fields: { spans: { list: 'number' }, upSince: 'number' },
} as const satisfies Shape;
export type SavedUptime = Shaped<typeof UPTIME_SHAPE>;

/** When an asset's feed was known to be up, as far back as open minutes reach. Times in ms of the exchange's clock. */
export class FeedUptime {
  /** Finished spans, ascending: start, end, start, end … */
  #spans: number[] = [];
  /** Since when it is up; NaN: down, or nothing was said yet. */
  #upSince = Number.NaN;

  /** Tells of a change; saying the same twice changes nothing. A time before the last change counts as that one. */
  set(up: boolean, time: number): void {
    const last = this.#spans.at(-1) ?? Number.NEGATIVE_INFINITY;
    if (up && Number.isNaN(this.#upSince)) {
      this.#upSince = Math.max(time, last);
    } else if (!up && !Number.isNaN(this.#upSince)) {
      if (time > this.#upSince) this.#spans.push(this.#upSince, time);
      this.#upSince = Number.NaN;
    }
  }

  /** Gives how many ms of `from` (inclusive) to `to` (exclusive) it was up. */
  within(from: number, to: number): number {
    let up = this.#upSince < to ? to - Math.max(from, this.#upSince) : 0;
    for (let i = 0; i < this.#spans.length; i += 2) {
      const start = Math.max(from, this.#spans[i] as number);
      const end = Math.min(to, this.#spans[i + 1] as number);
      if (end > start) up += end - start;
    }
    return up;
  }

  /** Gives the share of the span, 0–1; of an empty span whether it was up at that moment. */
  share(from: number, to: number): number {
    return to > from ? this.within(from, to) / (to - from) : this.within(from, from + 1);
  }

  save(): SavedUptime {
    return { spans: [...this.#spans], upSince: this.#upSince };
  }

  load({ spans, upSince }: SavedUptime): void {
    this.#spans = [...spans];
    this.#upSince = upSince;
  }

  /** Forgets what lies before `time`. */
  forgetBefore(time: number): void {
    if (this.#spans.length > 0 && (this.#spans[1] as number) <= time) {
      let ended = 0;
      while (ended < this.#spans.length && (this.#spans[ended + 1] as number) <= time) ended += 2;
      this.#spans = this.#spans.slice(ended);
    }
  }
}
