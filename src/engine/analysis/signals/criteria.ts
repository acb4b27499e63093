import { TIMEFRAMES, type Timeframe } from '../../../timeframe.js';
import type { Regime } from '../contexts.js';
import type { Structure } from '../structure/structure.js';
import type { InvalidationCriterion, SignalType } from './signal.js';
import type { SignalTimeframe } from './signal-options.js';

/** How far a close must lie beyond a level to tell, ATRs. */
const BEYOND = 0.25;

/** What is known of the market when criteria are drawn up. */
interface Circumstances {
  readonly side: 1 | -1;
  readonly timeframe: SignalTimeframe;
  readonly regimeTimeframe: Timeframe;
  readonly regime: Regime | null;
  readonly atr: number;
  readonly stop: number;
  readonly entry: number;
  /** The level that was broken and must hold; null: it is not about one. */
  readonly brokenLevel: number | null;
}

/** Draws up what ends a signal before its stop. Each of them is checked at each close of its timeframe. */
export function criteriaFor(given: Circumstances): readonly InvalidationCriterion[] {
  const { side, timeframe, brokenLevel, atr, stop, entry, regime } = given;
  const isLong = side === 1;
  const criteria: InvalidationCriterion[] = [];
  if (brokenLevel !== null) {
    const level = Number((brokenLevel - side * BEYOND * atr).toPrecision(8));
    // Beyond the stop it would never be reached, and beyond the entry it holds already.
    if (side * (level - stop) > 0 && side * (entry - level) > 0) {
      criteria.push({
        condition: isLong ? 'close_below' : 'close_above',
        level,
        timeframe,
        severity: 'high',
      });
    }
  }
  criteria.push({
    condition: isLong ? 'structure_break_down' : 'structure_break_up',
    level: null,
    timeframe,
    severity: 'high',
  });
  const opposite: Regime = isLong ? 'Bear' : 'Bull';
  if (regime !== null && regime !== opposite) {
    criteria.push({
      condition: isLong ? 'regime_bear' : 'regime_bull',
      level: null,
      timeframe: given.regimeTimeframe,
      severity: 'medium',
    });
  }
  criteria.push({ condition: 'opposite_signal', level: null, timeframe, severity: 'medium' });
  return criteria;
}

/** What is known at a close when criteria are checked. */
export interface CloseFacts {
  readonly close: number;
  /** Start of the candle that closed, ms. */
  readonly candleTime: number;
  readonly structure: Structure | null;
  readonly regime: Regime | null;
}

/** Gives in words which criterion is met at a close of its signal's timeframe; null: none. */
export function metCriterion(
  criteria: readonly InvalidationCriterion[],
  { close, candleTime, structure, regime }: CloseFacts,
): string | null {
  for (const { condition, level, timeframe } of criteria) {
    switch (condition) {
      case 'close_below':
        if (level !== null && close < level) return `${timeframe} closed below ${level}`;
        break;
      case 'close_above':
        if (level !== null && close > level) return `${timeframe} closed above ${level}`;
        break;
      case 'structure_break_down':
        if (isBroken(structure, 'down', candleTime)) return `${timeframe} structure broke down`;
        break;
      case 'structure_break_up':
        if (isBroken(structure, 'up', candleTime)) return `${timeframe} structure broke up`;
        break;
      case 'regime_bear':
        if (regime === 'Bear') return `the ${timeframe} regime turned Bear`;
        break;
      case 'regime_bull':
        if (regime === 'Bull') return `the ${timeframe} regime turned Bull`;
        break;
      case 'opposite_signal':
        break;
    }
  }
  return null;
}

function isBroken(structure: Structure | null, direction: 'up' | 'down', candleTime: number): boolean {
  const last = structure?.lastBreak ?? null;
  return last !== null && last.time === candleTime && last.direction === direction;
}

const CONDITIONS: readonly string[] = [
  'close_below',
  'close_above',
  'structure_break_down',
  'structure_break_up',
  'regime_bear',
  'regime_bull',
  'opposite_signal',
] satisfies readonly InvalidationCriterion['condition'][];

/** Reads criteria back from a row; what is none of ours is passed over. */
export function readCriteria(stored: readonly unknown[] | null): readonly InvalidationCriterion[] {
  return (stored ?? []).filter(isCriterion);
}

function isCriterion(value: unknown): value is InvalidationCriterion {
  if (typeof value !== 'object' || value === null) return false;
  const { condition, level, timeframe } = value as Partial<Record<keyof InvalidationCriterion, unknown>>;
  return (
    typeof condition === 'string' &&
    CONDITIONS.includes(condition) &&
    (level === null || typeof level === 'number') &&
    typeof timeframe === 'string' &&
    (TIMEFRAMES as readonly string[]).includes(timeframe)
  );
}

/** Gives the direction of a type: 1 for long, −1 for short. */
export function sideOf(type: SignalType): 1 | -1 {
  return type === 'long' ? 1 : -1;
}
