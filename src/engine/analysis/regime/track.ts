import { REGIMES, type Regime } from '../contexts.js';
import { type Cycle, NO_CYCLE } from './cycle.js';
import { type Probabilities, probabilityOf } from './probabilities.js';
import type { Spell } from './spells.js';
import { LEAST_FOLLOWED, TransitionMatrix } from './transition-matrix.js';

/** Candles over which chances are smoothed: exponentially, as an EMA of this period. */
const SPAN = 20;
const ALPHA = 2 / (SPAN + 1);
/** By how much another regime must be more likely than the one that stands. */
export const ENTER_MARGIN = 0.15;
/** Closes in a row at which it must be. */
export const CONFIRMATIONS = 5;
/** Candles that a regime lasts at least. */
export const LEAST_DWELL = 15;
/** Newest closes whose likeliest regimes are kept, for the stability of what is said. */
const LEADERS = 20;
/** A change is held against what was said so many closes before it, when nothing was confirmed yet. */
export const FORESIGHT = 10;
/** Completed spells that are kept, newest last. */
const SPELLS = 400;

/** What is known of the regimes of one timeframe as of one close. Never changed: `follow` gives the next. */
export interface Track {
  readonly cycle: Cycle;
  /** Smoothed, of the newest close. */
  readonly probabilities: Probabilities;
  readonly regime: Regime;
  /** End of the candle since which it has been so, ms. */
  readonly since: number;
  /** Close of that candle. */
  readonly sincePrice: number;
  /** Candles of this regime, the newest included. */
  readonly age: number;
  /** False: the regime stood before the first candle that was seen, so its beginning is not known. */
  readonly isBeginningKnown: boolean;
  /** Regime that would come next, and at how many closes in a row it has been ahead; null: none is ahead. */
  readonly challenger: Regime | null;
  readonly confirmations: number;
  /** The likeliest regime at each of the newest closes, newest last. */
  readonly leaders: readonly Regime[];
  /** The likeliest other regime to come; null: too little history. */
  readonly predicted: Regime | null;
  /** What was predicted at the newest closes, newest last. */
  readonly predictions: readonly (Regime | null)[];
  readonly matrix: TransitionMatrix;
  readonly spells: readonly Spell[];
  /** Closes that were followed. */
  readonly closes: number;
  /** Per regime, in their order: closes, and the sum of their realized volatilities. */
  readonly volatilityCounts: readonly number[];
  readonly volatilitySums: readonly number[];
}

/** What a close says. */
export interface Look {
  /** End of the candle, ms. */
  readonly time: number;
  readonly close: number;
  readonly cycle: Cycle;
  /** Of this close alone, in the order of `REGIMES`. */
  readonly probabilities: Probabilities;
  /** Of a candle; NaN: not known. */
  readonly volatility: number;
}

/** Gives the cycle that the next close goes on from. */
export function cycleOf(track: Track | null): Cycle {
  return track?.cycle ?? NO_CYCLE;
}

/**
 * Follows one close. The regime changes to another when that one has been likelier by the margin at five closes in a row
 * and the present one has lasted fifteen candles: a price that wavers about a threshold changes nothing.
 */
export function follow(track: Track | null, look: Look): Track {
  return track === null ? beginning(look) : next(track, look);
}

function beginning({ time, close, cycle, probabilities, volatility }: Look): Track {
  const regime = leaderOf(probabilities);
  const none = REGIMES.map(() => 0);
  return {
    cycle,
    probabilities,
    regime,
    since: time,
    sincePrice: close,
    age: 1,
    isBeginningKnown: false,
    challenger: null,
    confirmations: 0,
    leaders: [regime],
    predicted: null,
    predictions: [],
    matrix: new TransitionMatrix(),
    spells: [],
    closes: 1,
    ...withVolatility(none, none, regime, volatility),
  };
}

function next(track: Track, look: Look): Track {
  const { time, close, cycle } = look;
  const probabilities = track.probabilities.map(
    (chance, i) => chance + ALPHA * ((look.probabilities[i] as number) - chance),
  );
  const leader = leaderOf(probabilities);
  const lead = probabilityOf(probabilities, leader) - probabilityOf(probabilities, track.regime);
  const isAhead = leader !== track.regime && lead >= ENTER_MARGIN;
  const confirmations = !isAhead ? 0 : leader === track.challenger ? track.confirmations + 1 : 1;
  const changes = confirmations >= CONFIRMATIONS && track.age >= LEAST_DWELL;
  const regime = changes ? leader : track.regime;
  const matrix = track.matrix.counted(track.regime, regime);
  const spell: Spell = {
    regime: track.regime,
    since: track.since,
    until: time,
    candles: track.age,
    from: track.sincePrice,
    to: close,
    predicted: track.predictions.length < FORESIGHT ? null : (track.predictions[0] ?? null),
    next: regime,
  };
  const predicted = predictedAfter(regime, matrix, probabilities);
  return {
    cycle,
    probabilities,
    regime,
    since: changes ? time : track.since,
    sincePrice: changes ? close : track.sincePrice,
    age: changes ? 1 : track.age + 1,
    isBeginningKnown: changes || track.isBeginningKnown,
    challenger: isAhead && !changes ? leader : null,
    confirmations: changes ? 0 : confirmations,
    leaders: [...track.leaders, leader].slice(-LEADERS),
    predicted,
    predictions: changes ? [predicted] : [...track.predictions, predicted].slice(-FORESIGHT),
    matrix,
    // A spell whose beginning is not known has no length.
    spells: changes && track.isBeginningKnown ? [...track.spells, spell].slice(-SPELLS) : track.spells,
    closes: track.closes + 1,
    ...withVolatility(track.volatilityCounts, track.volatilitySums, regime, look.volatility),
  };
}

function leaderOf(probabilities: Probabilities): Regime {
  let best = 0;
  for (let i = 1; i < probabilities.length; i++) {
    if ((probabilities[i] as number) > (probabilities[best] as number)) best = i;
  }
  return REGIMES[best] as Regime;
}

/** The other regime that what has followed so far, and what is likely now, both speak for the most; null: too little history. */
function predictedAfter(
  regime: Regime,
  matrix: TransitionMatrix,
  probabilities: Probabilities,
): Regime | null {
  if (matrix.followed(regime) < LEAST_FOLLOWED) return null;
  const row = matrix.row(regime);
  const odds = REGIMES.map((other, i) =>
    other === regime ? -1 : (row[i] as number) * (probabilities[i] as number),
  );
  return leaderOf(odds);
}

function withVolatility(
  counts: readonly number[],
  sums: readonly number[],
  regime: Regime,
  volatility: number,
): Pick<Track, 'volatilityCounts' | 'volatilitySums'> {
  if (!Number.isFinite(volatility)) return { volatilityCounts: counts, volatilitySums: sums };
  const at = REGIMES.indexOf(regime);
  return {
    volatilityCounts: counts.map((count, i) => (i === at ? count + 1 : count)),
    volatilitySums: sums.map((sum, i) => (i === at ? sum + volatility : sum)),
  };
}
