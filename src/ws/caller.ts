import { RequestError } from '../errors.js';

/** Who has logged in. */
export interface User {
  readonly id: number;
  readonly sessionId: number;
  readonly role: 'public' | 'admin';
  /** Their e-mail address is known to be theirs. */
  readonly isVerified: boolean;
  /** End of the session, ms. */
  readonly expiresAt: number;
}

/** Who asks: over a WebSocket, or with one HTTP request. */
export interface Caller {
  /** Null: a guest. */
  readonly user: User | null;
  /** Text of the client's address; behind a trusted proxy what it says. */
  readonly address: string;
  /** What the client calls itself (`User-Agent`); null: nothing. */
  readonly agent: string | null;
}

/** Gives who has logged in. @throws RequestError `unauthenticated` */
export function userOf({ caller }: { readonly caller: Caller }): User {
  if (caller.user !== null) return caller.user;
  throw new RequestError('unauthenticated', 'this needs a login: see auth.login');
}
