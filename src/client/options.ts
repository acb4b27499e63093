import type { DrainingMessage, WelcomeMessage } from '../protocol.js';
import type { Auth, SignedIn, Tokens } from './account.js';
import type { EncodingName } from './encoding.js';
import type { Resumed } from './types.js';
import type { WebSocketConstructor } from './web-socket.js';

/** How a connection is made and kept. */
export interface LinkOptions {
  /** Default: msgpack, which needs package `msgpackr`. */
  readonly encoding?: EncodingName;
  /** Default: the global WebSocket, else that of package `ws`. */
  readonly webSocket?: WebSocketConstructor;
  /** How long the welcome and each answer may take, ms. Default: 10 000 */
  readonly timeoutMs?: number;
  /** After how long without any message the connection is tested, ms. Default: 10 000 */
  readonly pingMs?: number;
  /** 0 ≤ x < 1; spreads reconnects. Default: Math.random */
  readonly random?: () => number;
}

export interface ClientOptions extends LinkOptions {
  /** Who logs in, with each connection. Default: nobody, until `login` */
  readonly auth?: Auth;
  /**
   * Called with new tokens after each log-in and refresh, and with null once they hold no more. Store them at once if the
   * log-in is to outlive the program: those of before are void.
   */
  readonly onTokens?: (tokens: Tokens | null) => void;
}

/** `connecting`: first attempt or a later one; `waiting`: pause before the next; `closed`: for good. */
export type ClientState = 'connecting' | 'open' | 'waiting' | 'closed';

/** A connection ended, or could not be made. */
export interface CloseEvent {
  readonly code: number;
  readonly reason: string;
  /** Pause before the next attempt, ms; null: there will be none. */
  readonly retryInMs: number | null;
}

export interface ClientEvents {
  /** Connected; what was subscribed to is being subscribed to anew. */
  open: WelcomeMessage;
  close: CloseEvent;
  /** What no caller waits for: a refusal after a reconnect, an unreadable message, the end for good. Unheard it is thrown. */
  error: Error;
  skipped: { readonly channel: string; readonly count: number };
  /** The server is about to go; the client comes back by itself. */
  draining: DrainingMessage;
  resumed: Resumed;
  /** Somebody is logged in, or in another role. */
  signedIn: SignedIn;
  /** Nobody is any more; channels of users have ended. `error`: why; null: after `logout`. An error unheard is an `error`. */
  signedOut: { readonly error: Error | null };
}

/** A subscription that the server has accepted. */
export interface Subscription {
  readonly channel: string;
  unsubscribe(): Promise<void>;
}
