import { isTimeframe, TIMEFRAMES } from '../../timeframe.js';
import { isPrice, MAX_PRICE, MIN_PRICE } from '../limits.js';
import { ALERT_CONDITIONS, ALERT_TYPES, type AlertInput } from './alert.js';

/** Highest number of an asset. */
const MAX_ASSET = 65_535;
/** Percent. Below it a level could be the reference itself. */
const MIN_PERCENT = 1e-6;
const MAX_PERCENT = 1e9;
/** Times the mean volume. */
const MIN_MULTIPLE = 1e-9;
const MAX_MULTIPLE = 1e9;

/** @throws RangeError that names the field, its value and what is allowed */
export function checkAlert(alert: AlertInput): void {
  const { id, asset, type, condition, repeating, expiresAt } = alert;
  demand(Number.isSafeInteger(id) && id >= 1, 'id', id, 'a whole number of at least 1');
  checkAsset(asset);
  demand(ALERT_TYPES.includes(type), 'type', type, ALERT_TYPES.join(', '));
  demand(ALERT_CONDITIONS.includes(condition), 'condition', condition, ALERT_CONDITIONS.join(', '));
  demand(typeof repeating === 'boolean', 'repeating', repeating, 'true, false');
  demand(
    expiresAt === null || Number.isFinite(expiresAt),
    'expiresAt',
    expiresAt,
    'ms since the epoch, null',
  );
  checkValue(alert);
  checkTimeframe(alert);
  checkReference(alert);
}

/** @throws RangeError unless it can be the number of an asset */
export function checkAsset(asset: number): void {
  demand(Number.isInteger(asset) && asset >= 0 && asset <= MAX_ASSET, 'asset', asset, `0–${MAX_ASSET}`);
}

/** @throws RangeError unless the engine would take the price */
export function checkPrice(field: string, price: number): void {
  demand(isPrice(price), field, price, `a price, ${MIN_PRICE}–${MAX_PRICE}`);
}

/** @throws RangeError for NaN and infinities */
export function checkTime(field: string, time: number): void {
  demand(Number.isFinite(time), field, time, 'ms since the epoch');
}

function checkValue({ type, condition, value }: AlertInput): void {
  if (type === 'signal_generated') {
    const allowed = ALERT_CONDITIONS.filter((name) => name !== 'percentage_change').join(', ');
    demand(condition !== 'percentage_change', 'condition', condition, `${allowed} for signal_generated`);
    demand(value >= 0 && value <= 1, 'value', value, 'a confidence, 0–1');
  } else if (condition === 'percentage_change') {
    const isAllowed = value >= MIN_PERCENT && value <= MAX_PERCENT;
    demand(isAllowed, 'value', value, `${MIN_PERCENT}–${MAX_PERCENT} percent`);
  } else if (type === 'price_target') {
    checkPrice('value', value);
  } else {
    const isAllowed = value >= MIN_MULTIPLE && value <= MAX_MULTIPLE;
    demand(isAllowed, 'value', value, `${MIN_MULTIPLE}–${MAX_MULTIPLE} times the mean volume`);
  }
}

function checkTimeframe({ type, timeframe }: AlertInput): void {
  if (timeframe === undefined || timeframe === null) return;
  demand(type === 'volume_spike', 'timeframe', timeframe, `none for ${type}`);
  demand(isTimeframe(timeframe), 'timeframe', timeframe, TIMEFRAMES.join(', '));
}

function checkReference({ type, condition, reference }: AlertInput): void {
  if (reference === undefined || reference === null) return;
  const counts = type === 'price_target' && condition === 'percentage_change';
  demand(counts, 'reference', reference, `none for ${type} ${condition}`);
  demand(isPrice(reference), 'reference', reference, `a price, ${MIN_PRICE}–${MAX_PRICE}, or null`);
}

function demand(isAllowed: boolean, field: string, value: unknown, allowed: string): void {
  if (!isAllowed) throw new RangeError(`${field} is ${String(value)}; allowed: ${allowed}`);
}
