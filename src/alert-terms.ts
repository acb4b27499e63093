import { isPrice, MAX_PRICE, MIN_PRICE } from './limits.js';
import { isTimeframe, TIMEFRAMES, type Timeframe } from './timeframe.js';

/** What an alert watches. */
export const ALERT_TYPES = ['price_target', 'volume_spike', 'signal_generated'] as const;
export type AlertType = (typeof ALERT_TYPES)[number];

/** How the watched value must stand to the alert's own. */
export const ALERT_CONDITIONS = ['above', 'below', 'equals', 'percentage_change'] as const;
export type AlertCondition = (typeof ALERT_CONDITIONS)[number];

/** What can be wrong with an alert whose fields are each of their type. */
export interface WrongTerm {
  readonly field: 'condition' | 'value' | 'timeframe';
  readonly value: unknown;
  /** What is allowed, in words. */
  readonly allowed: string;
}

/** Percent. Below it a level could be the reference itself. */
const MIN_PERCENT = 1e-6;
const MAX_PERCENT = 1e9;
/** Times the mean volume. */
const MIN_MULTIPLE = 1e-9;
const MAX_MULTIPLE = 1e9;

/**
 * Gives what no alert can be of what a user asks for; null: nothing. The engine takes what passes, and the database has
 * the same bounds.
 *
 * @param value a price, times the mean volume, a confidence or percent, as type and condition say
 */
export function wrongTerm(terms: {
  readonly type: AlertType;
  readonly condition: AlertCondition;
  readonly value: number;
  readonly timeframe?: Timeframe | null;
}): WrongTerm | null {
  const { type, condition, value, timeframe = null } = terms;
  const isRelative = condition === 'percentage_change';
  if (type === 'signal_generated') {
    if (isRelative) {
      return { field: 'condition', value: condition, allowed: 'above, below, equals for signal_generated' };
    }
    if (!(value >= 0 && value <= 1)) return wrongValue(value, 'a confidence, 0–1');
  } else if (isRelative) {
    if (!(value >= MIN_PERCENT && value <= MAX_PERCENT)) {
      return wrongValue(value, `${MIN_PERCENT}–${MAX_PERCENT} percent`);
    }
  } else if (type === 'price_target') {
    if (!isPrice(value)) return wrongValue(value, `a price, ${MIN_PRICE}–${MAX_PRICE}`);
  } else if (!(value >= MIN_MULTIPLE && value <= MAX_MULTIPLE)) {
    return wrongValue(value, `${MIN_MULTIPLE}–${MAX_MULTIPLE} times the mean volume`);
  }
  if (timeframe === null) return null;
  if (type !== 'volume_spike') {
    return { field: 'timeframe', value: timeframe, allowed: 'none but for volume_spike' };
  }
  return isTimeframe(timeframe)
    ? null
    : { field: 'timeframe', value: timeframe, allowed: TIMEFRAMES.join(', ') };
}

function wrongValue(value: number, allowed: string): WrongTerm {
  return { field: 'value', value, allowed };
}
