import type { GapCause } from '../events.js';
import { MINUTE_MS } from '../timeframe.js';

/** Ids of an exchange that does not number its trades one by one are remembered this far back. */
const REMEMBERED_IDS = 4_096;
/** Holes that are watched at once; the oldest is given up beyond it. */
const MAX_HOLES = 256;
/** After this many steps of the id, half of them skips, the ids are not taken for consecutive any more. */
const JUDGED_STEPS = 64;

/** Ids that were passed over, and when the trades on both sides of them happened. */
export interface Hole {
  /** First missing id. */
  readonly from: number;
  /** Last missing id. */
  readonly to: number;
  /** Exchange time of the trade before; the missing ones are not older. */
  readonly after: number;
  /** Exchange time of the trade behind; the missing ones are not younger. */
  readonly before: number;
  readonly cause: GapCause;
  /** Our clock when the hole was noticed. */
  readonly noticedAt: number;
}

/** What a trade is: never seen, never seen but older than one that was, or seen before. */
export type Verdict = 'new' | 'reordered' | 'duplicate';

function minuteOf(time: number): number {
  return Math.floor(time / MINUTE_MS) * MINUTE_MS;
}

/**
 * Follows the trade ids of one symbol: finds duplicates, and knows up to which minute no trade is missing.
 *
 * Most exchanges number the trades of a symbol one by one, in order of time: then a trade whose number follows the
 * last one proves that nothing was lost between, across reconnects too. Ids that are text, or that skip as a habit,
 * prove nothing: only duplicates are found, within the last 4,096 trades.
 */
export class TradeSequence {
  private first = Number.NaN;
  private last = Number.NaN;
  private newestTime = Number.NEGATIVE_INFINITY;
  /** Minutes before this one are not covered by the run of ids. */
  private coveredFrom = Number.POSITIVE_INFINITY;
  private openHoles: Hole[] = [];
  private isOpaque = false;
  private recent = new Set<string>();
  private ring: string[] = [];
  private ringAt = 0;
  private steps = 0;
  private skips = 0;
  private breakCause: GapCause | null = null;
  private lost = 0;

  /** Start of the minute of the newest trade; −Infinity before the first. */
  get newestMinute(): number {
    return minuteOf(this.newestTime);
  }

  get newest(): number {
    return this.newestTime;
  }

  /** Whether ids prove continuity; false once they turned out not to. */
  get isConsecutive(): boolean {
    return !this.isOpaque;
  }

  get holes(): readonly Hole[] {
    return this.openHoles;
  }

  /** Ids that have been given up without having been seen. */
  get missing(): number {
    return this.lost;
  }

  /** The connection broke; the next hole is blamed on it. A next trade that follows the last one clears it. */
  broke(cause: GapCause): void {
    this.breakCause = cause;
  }

  /** Why the newest trade may not follow the one before: a broken connection whose loss is not known yet. */
  get pendingBreak(): GapCause | null {
    return this.breakCause;
  }

  /**
   * A trade came. O(1) while ids follow each other, O(holes) else; allocates only for a hole or a text id.
   *
   * @param time exchange time, ms
   * @param at our clock, ms
   */
  offer(id: string, time: number, at: number): Verdict {
    if (!this.isOpaque) {
      const number = Number(id);
      if (Number.isSafeInteger(number) && number >= 0) return this.offerNumber(number, time, at);
      this.becomeOpaque();
    }
    return this.offerText(id, time);
  }

  /**
   * Gives the minute boundary up to which nothing is missing, given that everything before `from` is known to be
   * complete. Never less than `from`.
   */
  vouchedTo(from: number): number {
    if (this.isOpaque || from < this.coveredFrom) return from;
    let limit = this.newestMinute;
    for (const hole of this.openHoles) limit = Math.min(limit, minuteOf(hole.after));
    return Math.max(from, limit);
  }

  /** Everything before the minute boundary `time` was completed otherwise: holes before it are closed. */
  settle(time: number): void {
    if (this.openHoles.length === 0) return;
    const kept: Hole[] = [];
    for (const hole of this.openHoles) {
      if (hole.before >= time) kept.push(hole);
      else this.lost += hole.to - hole.from + 1;
    }
    this.openHoles = kept;
  }

  private offerNumber(number: number, time: number, at: number): Verdict {
    if (Number.isNaN(this.last)) {
      this.begin(number, time);
      return 'new';
    }
    if (number === this.last + 1) {
      this.last = number;
      this.breakCause = null;
      this.step(false);
      if (time > this.newestTime) this.newestTime = time;
      return 'new';
    }
    if (number > this.last) return this.skipTo(number, time, at);
    return this.lookBack(number, time, at);
  }

  private begin(number: number, time: number): void {
    this.first = number;
    this.last = number;
    this.openHoles = [];
    this.coveredFrom = minuteOf(time) + MINUTE_MS;
    if (time > this.newestTime) this.newestTime = time;
  }

  private skipTo(number: number, time: number, at: number): Verdict {
    const cause = this.breakCause ?? 'missing_trades';
    this.addHole({
      from: this.last + 1,
      to: number - 1,
      after: this.newestTime,
      before: Math.max(time, this.newestTime),
      cause,
      noticedAt: at,
    });
    this.last = number;
    if (time > this.newestTime) this.newestTime = time;
    this.step(this.breakCause === null);
    this.breakCause = null;
    return 'new';
  }

  private lookBack(number: number, time: number, at: number): Verdict {
    if (number < this.first) {
      // Younger than all that came, yet numbered before the first: the exchange counts anew.
      if (time > this.newestTime) {
        this.begin(number, time);
        return 'new';
      }
      if (number < this.first - 1) {
        this.addHole({
          from: number + 1,
          to: this.first - 1,
          after: time,
          before: Math.max(time, this.newestTime),
          cause: 'missing_trades',
          noticedAt: at,
        });
      }
      this.first = number;
      return 'reordered';
    }
    const index = this.openHoles.findIndex((hole) => number >= hole.from && number <= hole.to);
    const hole = this.openHoles[index];
    if (hole === undefined) return 'duplicate';
    const parts: Hole[] = [];
    if (number > hole.from) parts.push({ ...hole, to: number - 1 });
    if (number < hole.to) parts.push({ ...hole, from: number + 1 });
    this.openHoles.splice(index, 1, ...parts);
    this.skips = Math.max(0, this.skips - 1);
    return 'reordered';
  }

  private addHole(hole: Hole): void {
    this.openHoles.push(hole);
    if (this.openHoles.length <= MAX_HOLES) return;
    const oldest = this.openHoles.shift();
    if (oldest === undefined) return;
    this.lost += oldest.to - oldest.from + 1;
    this.coveredFrom = Math.max(this.coveredFrom, minuteOf(oldest.before) + MINUTE_MS);
  }

  private step(isSkip: boolean): void {
    this.steps++;
    if (isSkip) this.skips++;
    if (this.steps < JUDGED_STEPS) return;
    if (this.skips * 2 >= this.steps) this.becomeOpaque();
    this.steps = 0;
    this.skips = 0;
  }

  private becomeOpaque(): void {
    this.isOpaque = true;
    this.openHoles = [];
  }

  private offerText(id: string, time: number): Verdict {
    if (this.recent.has(id)) return 'duplicate';
    // Numbers that were seen before the ids proved to skip are not among the remembered ones.
    const number = Number(id);
    if (number >= this.first && number <= this.last) return 'duplicate';
    this.remember(id);
    const isOlder = time < this.newestTime;
    if (!isOlder) this.newestTime = time;
    this.breakCause = null;
    return isOlder ? 'reordered' : 'new';
  }

  private remember(id: string): void {
    const replaced = this.ring[this.ringAt];
    if (replaced !== undefined) this.recent.delete(replaced);
    this.ring[this.ringAt] = id;
    this.ringAt = (this.ringAt + 1) % REMEMBERED_IDS;
    this.recent.add(id);
  }
}
