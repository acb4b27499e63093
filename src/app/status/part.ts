import type { PartState, PartStatus } from '../../api/system-status.js';
import type { Reading } from './reading.js';

/** A part that was well is called otherwise after so many looks in a row that say so: one bad second is none. */
export const LOOKS_TO_WORSEN = 3;
/** And better again after so many. */
export const LOOKS_TO_IMPROVE = 10;

const WORST_FIRST: readonly PartState[] = ['down', 'degraded', 'ok'];

/** Gives the state that a score alone would mean. */
export function stateOf(score: number): PartState {
  if (score >= 0.9) return 'ok';
  return score >= 0.25 ? 'degraded' : 'down';
}

/** Gives how good a state is: 0 down, 1 degraded, 2 ok. */
export function rankOf(state: PartState): number {
  return WORST_FIRST.indexOf(state);
}

/** A change of a part's state. */
export interface PartChange {
  readonly part: string;
  readonly from: PartState;
  readonly to: PartState;
  readonly reason: string | null;
}

/**
 * The state of a part over its looks. It does not flap: it worsens when `LOOKS_TO_WORSEN` looks in a row were worse, to
 * the mildest of them, and improves when `LOOKS_TO_IMPROVE` in a row were better, to the worst of them.
 */
export class Part {
  readonly name: string;
  #state: PartState;
  #since: number;
  #last: Reading;
  #lastReason: string | null;
  /** Looks in a row that were worse, or better, than the state; and the one of them that is next to it. */
  #streak = { isWorse: false, count: 0, nearest: 0 };

  /** Begins with the state of the first look: nobody knew another. */
  constructor(name: string, first: Reading, time: number) {
    this.name = name;
    this.#last = first;
    this.#state = stateOf(first.score);
    this.#since = time;
    this.#lastReason = first.reason;
  }

  /** Takes in a look at `time`, ms; gives the change of state that it brings, if it does. */
  look(reading: Reading, time: number): PartChange | null {
    this.#last = reading;
    this.#lastReason = reading.reason ?? this.#lastReason;
    const rank = rankOf(stateOf(reading.score));
    const own = rankOf(this.#state);
    if (rank === own) {
      this.#streak.count = 0;
      return null;
    }
    const isWorse = rank < own;
    const isNew = this.#streak.count === 0 || this.#streak.isWorse !== isWorse;
    const { count, nearest } = isNew ? { count: 0, nearest: rank } : this.#streak;
    this.#streak = {
      isWorse,
      count: count + 1,
      nearest: isWorse ? Math.max(nearest, rank) : Math.min(nearest, rank),
    };
    if (this.#streak.count < (isWorse ? LOOKS_TO_WORSEN : LOOKS_TO_IMPROVE)) return null;
    const from = this.#state;
    this.#state = WORST_FIRST[this.#streak.nearest] ?? 'down';
    this.#since = time;
    this.#streak.count = 0;
    return { part: this.name, from, to: this.#state, reason: this.#state === 'ok' ? null : this.#lastReason };
  }

  /** Says how the part stands. */
  status(): PartStatus {
    const { score, reason, figures } = this.#last;
    // What was wrong is told until the part counts as well again.
    const told = reason ?? (this.#state === 'ok' ? null : `until a moment ago: ${this.#lastReason}`);
    return { name: this.name, state: this.#state, score, reason: told, since: this.#since, figures };
  }
}
