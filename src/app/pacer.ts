import { setTimeout as delay } from 'node:timers/promises';

/** Waiting for less than this costs more than it gives. */
const WORTH_MS = 2;

/** Lets recorded time pass as fast as is asked for. */
export class Pacer {
  #first = Number.NaN;
  #started = Number.NaN;

  /**
   * @param factor recorded ms per ms of ours; Infinity: as fast as it goes
   * @param now our clock, ms; default: monotonic
   */
  constructor(
    private readonly factor: number,
    private readonly signal: AbortSignal,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /**
   * Gives a promise that resolves when the recorded moment has come; undefined if it is there already.
   *
   * @param moment ms; the first one is now
   */
  until(moment: number): Promise<void> | undefined {
    if (this.factor === Number.POSITIVE_INFINITY) return undefined;
    if (Number.isNaN(this.#first)) {
      this.#first = moment;
      this.#started = this.now();
    }
    const wait = this.waitMs(moment);
    return wait < WORTH_MS ? undefined : delay(wait, undefined, { signal: this.signal });
  }

  /** Gives the time until the recorded moment has come, ms; 0 or less if it has. */
  waitMs(moment: number): number {
    return this.#started + (moment - this.#first) / this.factor - this.now();
  }
}
