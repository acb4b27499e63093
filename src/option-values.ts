import { isIP } from 'node:net';
import { z } from 'zod';

/** How the text of an option is read, and what is allowed, in words, for the refusal of anything else. */
export interface OptionValue<T> {
  readonly schema: z.ZodType<T>;
  readonly allowed: string;
}

/** A whole number, digits only. */
export function integer(min: number, max: number): OptionValue<number> {
  const schema = z.string().regex(/^\d+$/).transform(Number).pipe(z.number().int().min(min).max(max));
  return { schema, allowed: `a whole number from ${min} to ${max}` };
}

/** A number with or without decimals, digits and a point only. */
export function decimal(min: number, max: number): OptionValue<number> {
  const schema = z
    .string()
    .regex(/^\d+(\.\d+)?$/)
    .transform(Number)
    .pipe(z.number().min(min).max(max));
  return { schema, allowed: `a number from ${min} to ${max}` };
}

/** One of some words. */
export function choice<const T extends readonly [string, ...string[]]>(values: T): OptionValue<T[number]> {
  return { schema: z.enum(values) as z.ZodType<T[number]>, allowed: `one of ${values.join(', ')}` };
}

/** Words between commas, each of a pattern and given once. */
export function list(pattern: RegExp, allowed: string): OptionValue<readonly string[]> {
  const schema = z
    .string()
    .transform((text) => text.split(',').map((item) => item.trim()))
    .pipe(z.array(z.string().regex(pattern)).min(1))
    .refine((items) => new Set(items).size === items.length);
  return { schema, allowed };
}

/** Addresses and networks between commas, each once. */
export const networks: OptionValue<readonly string[]> = {
  allowed: 'comma-separated addresses or networks, each once, e.g. 127.0.0.1/32,10.0.0.0/8,fd00::/8',
  schema: z
    .string()
    .transform((text) => text.split(',').map((item) => item.trim()))
    .pipe(z.array(z.string().refine(isNetwork)).min(1))
    .refine((items) => new Set(items).size === items.length),
};

/** A day or a time, UTC unless it says otherwise; ms since the epoch. */
export const instant: OptionValue<number> = {
  allowed: 'a day or time in ISO 8601, UTC unless it says otherwise, e.g. 2025-01-31 or 2025-01-31T12:30Z',
  schema: z
    .string()
    .regex(/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)?)?$/)
    // Of a day that the month does not have the next month's would be made.
    .refine(
      (text) => new Date(`${text.slice(0, 10)}T00:00Z`).toJSON()?.startsWith(text.slice(0, 10)) === true,
    )
    .transform((text) => Date.parse(/T.*(Z|[+-]\d\d:\d\d)$|^[^T]*$/.test(text) ? text : `${text}Z`))
    .refine((ms) => ms >= 0),
};

/** A URL of one of these protocols, `http` … */
export function url(protocols: readonly string[]): OptionValue<string> {
  const schema = z
    .string()
    .refine((text) => URL.canParse(text) && protocols.some((protocol) => text.startsWith(`${protocol}://`)));
  return { schema, allowed: `a URL beginning with ${protocols.map((p) => `${p}://`).join(' or ')}` };
}

/** A flag that may stand alone. */
export const yesOrNo = {
  alone: 'yes',
  allowed: 'yes or no; the flag alone is yes',
  schema: z.enum(['yes', 'no']).transform((text) => text === 'yes'),
} as const;

/** Pairs `exchange=origin` between commas, each exchange once. */
export const exchangeUrls = z
  .string()
  .transform((text) => text.split(',').map((item) => item.trim()))
  .pipe(z.array(z.string().regex(/^[a-z0-9]+=https?:\/\/[^/\s]+\/?$/)))
  .transform((items) =>
    items.map((item) => [item.replace(/=.*/, ''), item.replace(/^.*?=|\/$/g, '')] as const),
  )
  .refine((pairs) => pairs.every(([, origin]) => URL.canParse(origin)))
  .refine((pairs) => new Set(pairs.map(([id]) => id)).size === pairs.length)
  .transform((pairs): ReadonlyMap<string, string> => new Map(pairs));

const MIN_SPEED = 0.1;
const MAX_SPEED = 10_000;

/** A speed, times real time; Infinity for `max`. */
export const speed: OptionValue<number> = {
  allowed: `max, or a factor from ${MIN_SPEED}x to ${MAX_SPEED}x; 1x is real time`,
  schema: z
    .string()
    .regex(/^(max|\d+(\.\d+)?x)$/)
    .transform((text) => (text === 'max' ? Number.POSITIVE_INFINITY : Number(text.slice(0, -1))))
    .refine((factor) => factor === Number.POSITIVE_INFINITY || (factor >= MIN_SPEED && factor <= MAX_SPEED)),
};

function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}
