import { z } from 'zod';
import { type ErrorCode, RequestError } from '../errors.js';

/** `id` of a client's message. */
export const requestId = z.union([z.string().min(1).max(64), z.int()]);

/**
 * Gives the validated value, or refuses it with the first thing that is wrong: which field, what is allowed, and a
 * field that is unknown by name.
 * @throws RequestError with `code`
 */
export function validate<T>(
  schema: z.ZodType<T>,
  value: unknown,
  code: ErrorCode,
  known: readonly string[],
): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  if (issue?.code === 'unrecognized_keys') {
    const key = [...issue.path, issue.keys[0] ?? ''].map(String).join('.');
    if (issue.path.length > 0) throw new RequestError(code, `"${key}" is not known`, key);
    const allowed = known.length === 0 ? 'none is taken' : `allowed: ${known.join(', ')}`;
    throw new RequestError(code, `"${key}" is not known; ${allowed}`, key);
  }
  const field = issue?.path.map(String).join('.') ?? '';
  const message = issue?.message ?? 'not valid';
  if (field === '') throw new RequestError(code, message);
  throw new RequestError(code, `${field}: ${message}`, field);
}
