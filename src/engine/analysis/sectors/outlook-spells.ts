import { HOUR_MS } from '../../../timeframe.js';
import type { Outlook } from './outlook.js';

/** Spells that an estimate needs. */
const LEAST = 3;
/** Spells of one kind that are kept, the newest. */
const KEPT = 50;

interface Run {
  readonly outlook: Outlook;
  readonly since: number;
  /** True if its beginning was seen. */
  readonly isWhole: boolean;
}

/** How long outlooks have lasted, by a key of our own: one for each series of outlooks. */
export class OutlookSpells {
  readonly #runs = new Map<string, Run>();
  /** Lengths of whole spells, ms, by key and outlook. */
  readonly #lengths = new Map<string, number[]>();

  /** Takes the outlook that was found at a moment, ms. */
  record(key: string, outlook: Outlook | null, time: number): void {
    const run = this.#runs.get(key);
    if (run?.outlook === outlook) return;
    if (run?.isWhole) {
      const name = `${key} ${run.outlook}`;
      this.#lengths.set(name, [...(this.#lengths.get(name) ?? []), time - run.since].slice(-KEPT));
    }
    if (outlook === null) this.#runs.delete(key);
    else this.#runs.set(key, { outlook, since: time, isWhole: run !== undefined });
  }

  /** How many whole spells of this outlook were seen, of the newest 50. */
  count(key: string, outlook: Outlook): number {
    return this.#lengths.get(`${key} ${outlook}`)?.length ?? 0;
  }

  /**
   * Gives how much longer an outlook that stands at a moment, ms, should last, whole hours: the median of its spells less
   * what has passed, 0 if it is overdue. Null: fewer than 3 spells were seen.
   */
  remaining(key: string, outlook: Outlook, time: number): number | null {
    const lengths = this.#lengths.get(`${key} ${outlook}`) ?? [];
    if (lengths.length < LEAST) return null;
    const sorted = lengths.toSorted((a, b) => a - b);
    const half = sorted.length >> 1;
    const median = ((sorted[half] as number) + (sorted[sorted.length - 1 - half] as number)) / 2;
    const run = this.#runs.get(key);
    const elapsed = run?.outlook === outlook ? time - run.since : 0;
    return Math.max(0, Math.round((median - elapsed) / HOUR_MS));
  }
}
