import { RequestError } from '../errors.js';

/** How deep a client's message may be nested. */
export const MAX_DEPTH = 16;

/** Keys that mean something to JavaScript objects; no message of the protocol has them. */
export const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** Refuses parsed JSON that is nested too deep or holds forbidden keys. @throws RequestError `bad_message` */
export function checkTree(value: unknown, depth = 0): void {
  if (typeof value !== 'object' || value === null) return;
  if (depth > MAX_DEPTH) throw new RequestError('bad_message', `nested deeper than ${MAX_DEPTH}`);
  if (Array.isArray(value)) {
    for (const item of value) checkTree(item, depth + 1);
    return;
  }
  for (const [key, item] of Object.entries(value)) {
    if (FORBIDDEN_KEYS.has(key)) throw new RequestError('bad_message', `the key "${key}" is not allowed`);
    checkTree(item, depth + 1);
  }
}
