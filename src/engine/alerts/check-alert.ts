import { ALERT_CONDITIONS, ALERT_TYPES, wrongTerm } from '../../alert-terms.js';
import { isPrice, MAX_PRICE, MIN_PRICE } from '../limits.js';
import type { AlertInput } from './alert.js';

/** Highest number of an asset. */
const MAX_ASSET = 65_535;

const PRICES = `a price, ${MIN_PRICE}–${MAX_PRICE}`;
const ASSETS = `0–${MAX_ASSET}`;
const TYPES = ALERT_TYPES.join(', ');
const CONDITIONS = ALERT_CONDITIONS.join(', ');

/** @throws RangeError that names the field, its value and what is allowed */
export function checkAlert(alert: AlertInput): void {
  const { id, asset, type, condition, repeating, expiresAt } = alert;
  demand(Number.isSafeInteger(id) && id >= 1, 'id', id, 'a whole number of at least 1');
  checkAsset(asset);
  demand(ALERT_TYPES.includes(type), 'type', type, TYPES);
  demand(ALERT_CONDITIONS.includes(condition), 'condition', condition, CONDITIONS);
  demand(typeof repeating === 'boolean', 'repeating', repeating, 'true, false');
  demand(
    expiresAt === null || Number.isFinite(expiresAt),
    'expiresAt',
    expiresAt,
    'ms since the epoch, null',
  );
  const wrong = wrongTerm(alert);
  if (wrong !== null) demand(false, wrong.field, wrong.value, wrong.allowed);
  checkReference(alert);
}

/** @throws RangeError unless it can be the number of an asset */
export function checkAsset(asset: number): void {
  demand(Number.isInteger(asset) && asset >= 0 && asset <= MAX_ASSET, 'asset', asset, ASSETS);
}

/** @throws RangeError unless the engine would take the price */
export function checkPrice(field: string, price: number): void {
  demand(isPrice(price), field, price, PRICES);
}

/** @throws RangeError for NaN and infinities */
export function checkTime(field: string, time: number): void {
  demand(Number.isFinite(time), field, time, 'ms since the epoch');
}

function checkReference({ type, condition, reference }: AlertInput): void {
  if (reference === undefined || reference === null) return;
  const counts = type === 'price_target' && condition === 'percentage_change';
  demand(counts, 'reference', reference, 'none but for percentage_change of a price_target');
  checkPrice('reference', reference);
}

/** The texts are ready: nothing is made where nothing is wrong. */
function demand(isAllowed: boolean, field: string, value: unknown, allowed: string): void {
  if (!isAllowed) throw new RangeError(`${field} is ${String(value)}; allowed: ${allowed}`);
}
