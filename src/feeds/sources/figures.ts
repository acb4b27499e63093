import { z } from 'zod';
import { messageOf } from '../../errors.js';
import { EXTERNAL_FIGURES, type ExternalName } from '../../external-events.js';
import { BadAnswer, type SourceContext } from './source.js';

/** How far a provider's clock may be ahead of ours, ms: what speaks of a later moment has another unit or is made up. */
const MAX_AHEAD_MS = 600_000;
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

/** A finite number, or one written as text, as some providers do; anything else is refused. */
export const numeric = z
  .union([z.number(), z.string().trim().regex(NUMBER).transform(Number)])
  .refine(Number.isFinite, 'not a finite number');

/** A number of which a provider may say that it is not known. */
export const maybeNumeric = numeric.nullish().transform((value) => value ?? null);

/** Seconds since the epoch, as ms. */
export const seconds = numeric
  .refine((value) => value > 1e9 && value < 4e9, 'no time in seconds')
  .transform((value) => Math.round(value * 1_000));

/** A time in ISO 8601, as ms. */
export const isoTime = z
  .string()
  .transform((text) => Date.parse(text))
  .refine(Number.isFinite, 'no time');

/**
 * Reads an answer.
 *
 * @throws BadAnswer that names the first thing that is not as documented
 */
export function parseAnswer<T>(schema: z.ZodType<T>, answer: unknown): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new BadAnswer(
    `answered with something else than documented: ${issue?.path.join('.') || 'all of it'}: ${issue?.message ?? messageOf(parsed.error)}`,
  );
}

/** A figure of which a moment is known. */
export interface Found {
  readonly name: ExternalName;
  readonly value: number;
  readonly asOf: number;
}

/**
 * Hands figures on as readings: all of them, or none if one is out of its bounds, since the answer is not what we take
 * it for then.
 *
 * @throws BadAnswer
 */
export function tellFigures(context: SourceContext, provider: string, found: readonly Found[]): void {
  const receivedAt = context.now();
  for (const { name, value, asOf } of found) {
    const { min, max } = EXTERNAL_FIGURES[name];
    if (!(value >= min && value <= max))
      throw new BadAnswer(`says that ${name} is ${value}, which is not within ${min} … ${max}`);
    checkTime(context, asOf, name);
  }
  for (const { name, value, asOf } of found) {
    const reading = { name, value, asOf, receivedAt, provider, simulated: context.isSimulated };
    context.sink({ type: 'reading', reading });
  }
}

/**
 * Refuses a moment that lies ahead. Simulated markets may run in a time of their own.
 *
 * @throws BadAnswer
 */
export function checkTime({ isSimulated, now }: SourceContext, time: number, what: string): void {
  if (isSimulated || time <= now() + MAX_AHEAD_MS) return;
  throw new BadAnswer(`says that ${what} is of ${new Date(time).toISOString()}, which is yet to come`);
}
