import { Random, seedOf } from './random.js';
import type { DemoTrade } from './source.js';

/** What is done to stream frames while a fault lasts: lost, kept back for later, or passed. */
export type FrameFate = 'pass' | 'lose' | 'hold';

/** How REST requests are answered while a fault lasts. */
export interface HttpFault {
  readonly status: number;
  /** Seconds for the header Retry-After; none if null. */
  readonly retryAfter: number | null;
  /** Requests still to be refused; Infinity if a time limits it. */
  left: number;
  /** Real time, ms. */
  readonly until: number;
}

/** A trade held back, and how many later trades of its pair still pass it. */
interface Delayed {
  readonly trade: DemoTrade;
  after: number;
}

/**
 * The faults that are switched on, and the chance by which they strike (seeded). Real time is handed in, in ms.
 * Shares are 0–1.
 */
export class Faults {
  duplicateShare = 0;
  reorderShare = 0;
  /** At most so many later trades overtake one that is held back. */
  reorderWindow = 3;
  skipShare = 0;
  /** Frames still to be sent as garbage. */
  malformedLeft = 0;
  /** Added to every REST answer, ms. */
  slowMs = 0;
  /** Until when new connections are refused. */
  refusedUntil = 0;
  frames: FrameFate = 'pass';
  http: HttpFault | null = null;
  /** Ids of pairs that the exchange no longer lists. */
  readonly delisted = new Set<string>();
  /** How often each fault struck since the start. */
  readonly counts = {
    duplicated: 0,
    reordered: 0,
    skipped: 0,
    malformed: 0,
    lost: 0,
    held: 0,
    refused: 0,
    dropped: 0,
  };
  readonly #random: Random;
  readonly #delayed = new Map<number, Delayed[]>();

  constructor(seed: number) {
    this.#random = new Random(seedOf(seed, 99));
  }

  /** Gives the trades of a pair to be sent in place of the next one: none, itself, twice, with held ones after it. */
  tradesFor(listing: number, trade: DemoTrade): readonly DemoTrade[] {
    if (this.skipShare > 0 && this.#random.next() < this.skipShare) {
      this.counts.skipped++;
      return this.#overtaken(listing);
    }
    if (this.reorderShare > 0 && this.#random.next() < this.reorderShare) {
      this.counts.reordered++;
      const due = this.#overtaken(listing);
      const waiting = this.#delayed.get(listing) ?? [];
      waiting.push({ trade, after: 1 + Math.floor(this.#random.next() * this.reorderWindow) });
      this.#delayed.set(listing, waiting);
      return due;
    }
    const sent = [trade];
    if (this.duplicateShare > 0 && this.#random.next() < this.duplicateShare) {
      this.counts.duplicated++;
      sent.push(trade);
    }
    return this.#delayed.size === 0 ? sent : [...sent, ...this.#overtaken(listing)];
  }

  /** Gives every trade held back, by listing, and forgets them. */
  takeDelayed(): [number, DemoTrade][] {
    const all = [...this.#delayed].flatMap(([listing, waiting]) =>
      waiting.map(({ trade }): [number, DemoTrade] => [listing, trade]),
    );
    this.#delayed.clear();
    return all;
  }

  /** Says what becomes of one frame and counts it. */
  fateOfFrame(): FrameFate | 'garble' {
    if (this.frames === 'lose') this.counts.lost++;
    if (this.frames === 'hold') this.counts.held++;
    if (this.frames !== 'pass' || this.malformedLeft === 0) return this.frames;
    this.malformedLeft--;
    this.counts.malformed++;
    return 'garble';
  }

  /** Gives the refusal for one REST request, or null. */
  refusal(now: number): HttpFault | null {
    const fault = this.http;
    if (fault === null) return null;
    if (fault.left <= 0 || now >= fault.until) {
      this.http = null;
      return null;
    }
    fault.left--;
    this.counts.refused++;
    return fault;
  }

  /** Switches everything off. What was held back is for the caller to send, by `takeDelayed`. */
  clear(): void {
    this.duplicateShare = 0;
    this.reorderShare = 0;
    this.skipShare = 0;
    this.malformedLeft = 0;
    this.slowMs = 0;
    this.refusedUntil = 0;
    this.frames = 'pass';
    this.http = null;
    this.delisted.clear();
  }

  #overtaken(listing: number): DemoTrade[] {
    const waiting = this.#delayed.get(listing);
    if (waiting === undefined) return [];
    for (const delayed of waiting) delayed.after--;
    const due = waiting.filter(({ after }) => after <= 0).map(({ trade }) => trade);
    const rest = waiting.filter(({ after }) => after > 0);
    if (rest.length === 0) this.#delayed.delete(listing);
    else this.#delayed.set(listing, rest);
    return due;
  }
}
