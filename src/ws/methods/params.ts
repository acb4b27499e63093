import { z } from 'zod';
import { RequestError } from '../../errors.js';
import { nearestHint } from '../../nearest.js';
import { TIMEFRAMES } from '../../timeframe.js';
import type { MarketView } from '../ports.js';

/** Params that several methods share. */
export const symbolParam = z.string().min(1).max(80);
export const timeframeParam = z.enum(TIMEFRAMES);
export const limitParam = z.int().min(1).max(500).default(50);
/** ms since the epoch; a year far beyond our time is a mistake in units. */
export const timeParam = z.int().min(0).max(8_640_000_000_000);
export const cursorParam = z.string().min(1).max(200);
/** Ids of rows: those of PostgreSQL's `integer`. */
export const idParam = z.int().min(1).max(2_147_483_647);
/** Windows that analyses of sectors and lists are made for. */
export const periodParam = z.enum(['1h', '4h', '1d', '7d', '30d']);

/** Gives the database id of a served symbol. @throws RequestError `invalid_params` with the nearest symbols */
export function assetIdOf(market: MarketView, symbol: string): number {
  const id = market.assetId(symbol);
  if (id !== undefined) return id;
  const hint = nearestHint(symbol, market.symbols());
  throw new RequestError('invalid_params', `symbol: "${symbol}" is not served here${hint}`, 'symbol');
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
