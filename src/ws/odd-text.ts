import { RequestError } from '../errors.js';

/** U+0000 and halves of surrogate pairs: JSON can write them, the database's texts cannot hold them. */
const ODD = /\0|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;

/**
 * Refuses params with such texts, as values or keys at any depth.
 * @throws RequestError `invalid_params` with the param
 */
export function refuseOddText(params: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(params)) {
    if (ODD.test(name))
      throw new RequestError('invalid_params', 'a param’s name holds U+0000, or half a character');
    if (isOdd(value)) {
      throw new RequestError(
        'invalid_params',
        `${name}: holds U+0000, or half a character, which no text may`,
        name,
      );
    }
  }
}

function isOdd(value: unknown): boolean {
  if (typeof value === 'string') return ODD.test(value);
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some(isOdd);
  return Object.entries(value).some(([key, item]) => ODD.test(key) || isOdd(item));
}
