import type { PartStatus } from '../../api/system-status.js';

/** Something that is wrong with a part. */
export interface Fault {
  /** What is left of the part, 0–1: below 0.25 it is down, below 0.9 degraded. */
  readonly score: number;
  readonly reason: string;
}

/** What one look at a part found. */
export interface Reading {
  /** 0–1. */
  readonly score: number;
  /** What is wrong, the worst first; null: nothing. */
  readonly reason: string | null;
  readonly figures: PartStatus['figures'];
}

/** Looks at one part of the server: reads what the part counts anyway. */
export interface Probe {
  /** Name of the part, such as `engine` or `feed:binance`. */
  readonly name: string;
  /**
   * How much the part counts, 0–1. 1: without it the server is down; from 0.3 on the server is degraded while the part is
   * not well; below that it only lowers the score.
   */
  readonly weight: number;
  /**
   * Says how the part is. Called once a second, so cheap, and synchronous.
   * @param now our clock, ms since the epoch
   */
  read(now: number): Reading;
}

/** A part that merely works worse. */
export const DEGRADED = 0.5;
/** A part that does nothing. */
export const DOWN = 0;

/** Gives the fault if it is one. */
export function faultIf(isFault: boolean, score: number, reason: string): Fault | null {
  return isFault ? { score, reason } : null;
}

/** Joins what is wrong: the worst fault gives the score. */
export function reading(figures: PartStatus['figures'], faults: readonly (Fault | null)[]): Reading {
  const found = faults.filter((fault) => fault !== null).sort((a, b) => a.score - b.score);
  return {
    figures,
    score: found[0]?.score ?? 1,
    reason: found.length === 0 ? null : found.map(({ reason }) => reason).join('; '),
  };
}
