import { DAY_MS } from '../../../timeframe.js';
import type { Side } from './score.js';

/** Days that are kept of an asset. */
export const HISTORY_DAYS = 60;

/** The score of one day, taken at its end. */
export interface DayScore {
  /** End of the day, ms. */
  readonly time: number;
  readonly side: Side;
  /** 0–1. */
  readonly score: number;
}

/** Scores that ask for a change: entered beyond `enter` on the mean, left only beyond `exit`. */
export interface Zone {
  readonly kind: 'high' | 'low';
  readonly enter: number;
  readonly exit: number;
  /** Days in a row. */
  readonly days: number;
}

/** Days in a row, up to the newest one, in which a score has not left a zone. */
export interface Streak {
  /** End of the first of them, ms. */
  readonly since: number;
  /** Oldest first. */
  readonly scores: readonly DayScore[];
  /** Mean and standard deviation of the newest `zone.days` of them. */
  readonly mean: number;
  readonly deviation: number;
}

/** Daily scores by asset, the newest 60. */
export class TierHistory {
  readonly #days = new Map<number, readonly DayScore[]>();

  /** Takes the score of a day; one that is not newer than the newest is passed over. */
  record(assetId: number, day: DayScore): void {
    const known = this.#days.get(assetId) ?? [];
    const newest = known.at(-1);
    if (newest !== undefined && day.time <= newest.time) return;
    this.#days.set(assetId, [...known, day].slice(-HISTORY_DAYS));
  }

  /** Forgets those of whom there is no score since `time`, ms. */
  forgetBefore(time: number): void {
    for (const [assetId, days] of this.#days) {
      if ((days.at(-1)?.time ?? 0) < time) this.#days.delete(assetId);
    }
  }

  /** Gives the days in a row that end with `time`, seen from one side, as long as `holds`; oldest first. */
  run(assetId: number, side: Side, time: number, holds: (score: number) => boolean): readonly DayScore[] {
    const days = this.#days.get(assetId) ?? [];
    const run: DayScore[] = [];
    let expected = time;
    for (const day of days.toReversed()) {
      if (day.time !== expected || day.side !== side || !holds(day.score)) break;
      run.unshift(day);
      expected -= DAY_MS;
    }
    return run;
  }

  /** Gives the streak in a zone that ends with `time`; null: it is too short, or its mean does not reach the zone. */
  streak(assetId: number, side: Side, time: number, zone: Zone): Streak | null {
    const { kind, enter, exit, days } = zone;
    const scores = this.run(assetId, side, time, (score) =>
      kind === 'high' ? score >= exit : score <= exit,
    );
    const [first] = scores;
    if (first === undefined || scores.length < days) return null;
    const { mean, deviation } = spread(scores.slice(-days).map(({ score }) => score));
    if (kind === 'high' ? mean < enter : mean > enter) return null;
    return { since: first.time, scores, mean, deviation };
  }

  /** Gives the mean of the newest `days` days in a row; null: some of them are missing. */
  mean(assetId: number, side: Side, time: number, days: number): number | null {
    const scores = this.run(assetId, side, time, () => true).slice(-days);
    return scores.length < days ? null : spread(scores.map(({ score }) => score)).mean;
  }
}

/** @param values at least one */
function spread(values: readonly number[]): { readonly mean: number; readonly deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: values.length < 2 ? 0 : Math.sqrt(squares / (values.length - 1)) };
}
