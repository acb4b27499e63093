import { timingSafeEqual } from 'node:crypto';
import { isToken, newToken, tokenHash } from './tokens.js';

/**
 * The token by which the first admin is made. It is known to who reads this process's output; kept as a hash, in memory
 * alone, so a restart makes another one.
 */
export class AdminClaim {
  #hash: string | null = null;

  /** Makes a token in place of any before. */
  open(): string {
    const token = newToken();
    this.#hash = tokenHash(token);
    return token;
  }

  matches(token: string): boolean {
    return (
      this.#hash !== null &&
      isToken(token) &&
      timingSafeEqual(Buffer.from(tokenHash(token)), Buffer.from(this.#hash))
    );
  }

  /** From now on no token is the right one. */
  close(): void {
    this.#hash = null;
  }
}
