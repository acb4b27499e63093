import { MINUTE_MS } from '../timeframe.js';

/**
 * Says which minutes have been over for long enough that a trade of a later minute should have come. Both clocks must
 * have passed the grace: while a recording is played at a high speed, the exchange's time runs ahead of what can
 * have arrived.
 */
export class DueMinutes {
  private readonly samples: { readonly boundary: number; readonly at: number }[] = [];
  private due = Number.NEGATIVE_INFINITY;

  constructor(private readonly graceMs: number) {}

  /**
   * Gives the minute boundary up to which minutes are due; −Infinity at first, never less than before. To be called
   * some times a second.
   *
   * @param exchangeNow exchange time, ms
   * @param at our clock, ms
   */
  sample(exchangeNow: number, at: number): number {
    const boundary = Math.floor(exchangeNow / MINUTE_MS) * MINUTE_MS;
    const newest = this.samples.at(-1)?.boundary ?? this.due;
    if (boundary > newest) this.samples.push({ boundary, at });
    while (this.samples[0] !== undefined && at - this.samples[0].at >= this.graceMs) {
      this.due = this.samples.shift()?.boundary ?? this.due;
    }
    return this.due;
  }
}
