import { z } from 'zod';

/** Params and parts of answers that the rows of users share. */

/** Bounds within which no product of a price and an amount leaves the columns for money. */
export const priceParam = z.number().min(1e-18).max(1e12);
export const amountParam = z.number().min(1e-18).max(1e15).describe('base units');
/** A place in a list that users sort by hand. */
export const sortOrderParam = z.int().min(-1_000_000).max(1_000_000);
/** Rows with ids of PostgreSQL's `bigint`, as far as a double holds them. */
export const bigIdParam = z.int().min(1).max(Number.MAX_SAFE_INTEGER);
/** A JSON object of a client's own; 16 KiB at most. */
export const objectParam = z
  .record(z.string().max(100), z.unknown())
  .refine((value) => JSON.stringify(value).length <= 16_384, 'larger than 16 KiB of JSON')
  .describe('a JSON object, 16 KiB at most');

/** Text of 1 to `max` characters; U+0000 is what no column takes. */
export function textParam(max: number): z.ZodString {
  return z
    .string()
    .min(1)
    .max(max)
    .refine((text) => !text.includes('\0'), 'holds the character U+0000');
}

/** As `textParam`; null clears it. */
export function clearableText(max: number): z.ZodNullable<z.ZodString> {
  return textParam(max).nullable();
}
