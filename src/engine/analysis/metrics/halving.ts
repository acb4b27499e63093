import { DAY_MS, MINUTE_MS } from '../../../timeframe.js';

/** Times of the blocks with which an epoch began, ms. */
const EPOCHS: readonly number[] = [
  1_231_006_505_000, // 2009-01-03T18:15:05Z, the first block
  1_354_116_278_000, // 2012-11-28T15:24:38Z, block 210,000
  1_468_082_773_000, // 2016-07-09T16:46:13Z, block 420,000
  1_589_225_023_000, // 2020-05-11T19:23:43Z, block 630,000
  1_713_571_767_000, // 2024-04-20T00:09:27Z, block 840,000
];

/** 210,000 blocks (Nakamoto's client of 2009, `GetBlockValue`) at the 10 minutes that the difficulty aims at. */
const EPOCH_MS = 210_000 * 10 * MINUTE_MS;

/** What is said of the halvings at one time. */
export interface HalvingEstimate {
  /** Whole days until the next halving is expected, rounded up. */
  readonly countdownDays: number;
  /** Share of the epoch's expected time that has gone by, 0–1. */
  readonly phase: number;
}

/**
 * Estimates the next halving from the last one that lies behind `time`, ms: never from a date that only later times
 * know, so a history says what was to be said then. Blocks have come faster than every 10 minutes: at the
 * beginning of its epoch the estimate was 33, 139, 56 and 19 days late. Null before the first block, and when the next halving is overdue:
 * its date must be put into the table then.
 */
export function halvingEstimate(time: number): HalvingEstimate | null {
  const began = EPOCHS.findLast((epoch) => epoch <= time);
  if (began === undefined || time > began + EPOCH_MS) return null;
  return {
    countdownDays: Math.ceil((began + EPOCH_MS - time) / DAY_MS),
    phase: (time - began) / EPOCH_MS,
  };
}
