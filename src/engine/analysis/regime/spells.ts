import type { Regime } from '../contexts.js';
import { meanKnown, median } from '../statistics.js';

/** A regime from its first candle to its last. */
export interface Spell {
  readonly regime: Regime;
  /** Ends of its first candle and of the first candle of the next regime, ms. */
  readonly since: number;
  readonly until: number;
  readonly candles: number;
  /** Closes of its first candle, and of the candle that ended it. */
  readonly from: number;
  readonly to: number;
  /** Which regime was said to come next ten closes before it came; null: too little history. */
  readonly predicted: Regime | null;
  /** Which one came. */
  readonly next: Regime;
}

/** Completed spells of one regime that are needed to say what is usual. */
export const LEAST_SPELLS = 3;
/** Newest spells by which predictions are rated, and how many of them must be there. */
const RATED = 20;
export const LEAST_RATED = 5;

export function spellsOf(spells: readonly Spell[], regime: Regime): readonly Spell[] {
  return spells.filter((spell) => spell.regime === regime);
}

/** Median length in candles; null: fewer than three spells are known. */
export function typicalCandles(spells: readonly Spell[]): number | null {
  return spells.length < LEAST_SPELLS ? null : median(spells.map(({ candles }) => candles));
}

/**
 * Candles that a spell of this age still has: the mean that those had which grew older (mean residual life); null: fewer
 * than three did.
 */
export function remainingCandles(spells: readonly Spell[], age: number): number | null {
  const older = spells.filter(({ candles }) => candles > age);
  return older.length < LEAST_SPELLS ? null : meanKnown(older.map(({ candles }) => candles - age));
}

/**
 * Share of bull spells that ended higher than they began, or of bear spells that ended lower; null: another regime, or
 * fewer than three spells.
 */
export function successRate(spells: readonly Spell[], regime: Regime): number | null {
  if (regime !== 'Bull' && regime !== 'Bear') return null;
  if (spells.length < LEAST_SPELLS) return null;
  const right = spells.filter(({ from, to }) => (regime === 'Bull' ? to > from : to < from));
  return right.length / spells.length;
}

/** Share of the newest 20 predicted changes that came as predicted; null: fewer than five were predicted. */
export function predictionRate(spells: readonly Spell[]): number | null {
  const rated = spells.filter(({ predicted }) => predicted !== null).slice(-RATED);
  if (rated.length < LEAST_RATED) return null;
  return rated.filter(({ predicted, next }) => predicted === next).length / rated.length;
}
