import type { Publication } from '../events.js';
import type { Frame } from './transport.js';

/** Trades that are kept when lists of them are merged. */
export const MAX_MERGED_TRADES = 100;

/** A publication that waits, with its frame if it can go out as it was encoded for everybody. */
export interface Waiting {
  readonly publication: Publication;
  /** Null if it has to be encoded anew, because it was merged with others. */
  readonly frame: Frame | null;
  /**
   * True if publications before it were lost on the way to the gateway: it goes out as a snapshot, or, if it is
   * lossless, the next that is not does.
   */
  readonly isGap: boolean;
}

/**
 * What waits of one channel: every lossless publication in order, and after them the newest other one.
 * Lists of trades are merged instead, up to the newest `MAX_MERGED_TRADES`.
 */
export class Conflation {
  private lossless: Waiting[] = [];
  private trailing: Waiting | null = null;
  private skippedCount = 0;

  constructor(private readonly isTrades: boolean) {}

  get isEmpty(): boolean {
    return this.trailing === null && this.lossless.length === 0;
  }

  /** Publications that may not be dropped. */
  get losslessCount(): number {
    return this.lossless.length;
  }

  /** True while the newest that waits tells of a loss; a lossless publication would take its place. */
  get tellsGap(): boolean {
    return this.trailing?.isGap ?? false;
  }

  add(next: Waiting): void {
    const before = this.trailing;
    if (before === null) {
      this.keep(next);
    } else if (this.isTrades) {
      const rows = [...before.publication.row, ...next.publication.row];
      const excess = Math.max(0, rows.length - MAX_MERGED_TRADES);
      this.skippedCount += excess;
      this.keep({
        publication: { ...next.publication, row: rows.slice(excess) },
        frame: null,
        isGap: before.isGap || next.isGap,
      });
    } else {
      this.skippedCount += 1;
      // That something was lost must still be told when the publication that would have told it is replaced.
      this.keep(before.isGap && !next.isGap ? withGap(next) : next);
    }
  }

  /** Counts updates that were dropped before they came here. */
  addSkipped(count: number): void {
    this.skippedCount += count;
  }

  /** Gives what waits, oldest first, and how many updates (of `trades`: trades) were dropped; then is empty. */
  take(): { readonly waiting: readonly Waiting[]; readonly skipped: number } {
    const waiting = this.trailing === null ? this.lossless : [...this.lossless, this.trailing];
    const skipped = this.skippedCount;
    this.lossless = [];
    this.trailing = null;
    this.skippedCount = 0;
    return { waiting, skipped };
  }

  private keep(next: Waiting): void {
    if (next.publication.lossless) {
      this.lossless.push(next);
      this.trailing = null;
    } else {
      this.trailing = next;
    }
  }
}

/** A snapshot needs a frame of its own; a lossless publication stays the update that it was encoded as. */
function withGap(next: Waiting): Waiting {
  return { ...next, frame: next.publication.lossless ? next.frame : null, isGap: true };
}
