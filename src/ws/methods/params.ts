import { RequestError } from '../../errors.js';
import { nearestHint } from '../../nearest.js';
import type { MarketView } from '../ports.js';

/**
 * Gives the database id of a served symbol.
 * @param field the param that named it
 * @throws RequestError `invalid_params` with the nearest symbols
 */
export function assetIdOf(market: MarketView, symbol: string, field = 'symbol'): number {
  const id = market.assetId(symbol);
  if (id !== undefined) return id;
  const hint = nearestHint(symbol, market.symbols());
  throw new RequestError('invalid_params', `${field}: "${symbol}" is not served here${hint}`, field);
}

/** Makes a cursor; clients must not look inside. `scope` ties it to the query that it continues. */
export function writeCursor(scope: string, position: number): string {
  return Buffer.from(JSON.stringify([scope, position])).toString('base64url');
}

/** Gives the position in a cursor. @throws RequestError `invalid_params` if it is none, or of another query */
export function readCursor(scope: string, cursor: string): number {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    value = null;
  }
  const position: unknown = Array.isArray(value) && value[0] === scope ? value[1] : null;
  if (typeof position !== 'number' || !Number.isSafeInteger(position)) {
    throw new RequestError('invalid_params', 'cursor: not a next_cursor of this query', 'cursor');
  }
  return position;
}
