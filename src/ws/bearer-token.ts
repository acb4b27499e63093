import type { Headers } from './transport.js';

/** Gives the token of the header `Authorization: Bearer …`; null: there is none. */
export function bearerToken(headers: Headers): string | null {
  return /^Bearer +([^\s]+) *$/i.exec(headers.authorization ?? '')?.[1] ?? null;
}
