import { z } from 'zod';
import { TIMEFRAMES } from '../timeframe.js';

/** Params and parts of answers that several methods share. */

export const symbolParam = z.string().min(1).max(80).describe('a served symbol, e.g. BTC/USDT');
export const timeframeParam = z.enum(TIMEFRAMES);
export const limitParam = z.int().min(1).max(500).default(50).describe('items on a page');
export const cursorParam = z.string().min(1).max(200).describe('next_cursor of the page before');
/** A year far beyond our time is a mistake in units. */
export const timeParam = z.int().min(0).max(8_640_000_000_000).describe('ms since the epoch');
/** Ids of rows: those of PostgreSQL's `integer`. */
export const idParam = z.int().min(1).max(2_147_483_647);
/** Windows that analyses of sectors and lists are made for. */
export const periodParam = z.enum(['1h', '4h', '1d', '7d', '30d']);

/** Params of every list. */
export const pageParams = { limit: limitParam, cursor: cursorParam.optional() };

/** ms since the epoch. */
export const time = z.number().describe('ms since the epoch');
export const timeOrNull = time.nullable();
export const numberOrNull = z.number().nullable();
export const textOrNull = z.string().nullable();
/** Why each field that is null is so. */
export const missing = z.record(z.string(), z.string()).describe('why each field that is null is so');
/** Made of candles that form, or of closed ones alone. */
export const state = z.enum(['forming', 'closed']);
/** A JSON document of the database, as it is. */
export const document = z.record(z.string(), z.unknown());

/** A page of a list. */
export function page<I extends z.ZodType>(item: I) {
  return z.object({
    items: z.array(item),
    next_cursor: z
      .string()
      .nullable()
      .describe('hand it back as cursor for the next page; null: there is none'),
  });
}
