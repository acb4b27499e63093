import { messageOf } from '../errors.js';
import type { ServerMessage, WelcomeMessage } from '../protocol.js';
import { ConnectionError } from './connection-error.js';
import { type Encoding, loadEncoding } from './encoding.js';
import { onNetwork } from './network.js';
import type { ClientState, CloseEvent, LinkOptions } from './options.js';
import { type Ending, pauseBeforeRetry, windowOf } from './reconnect.js';
import { Session } from './session.js';
import { platformWebSocket, type WebSocketConstructor } from './web-socket.js';

const TIMEOUT_MS = 10_000;
const PING_MS = 10_000;
/** A connection that lived this long was a success: the next pause is short again. */
const STABLE_MS = 5_000;

/** What a link tells its client. */
export interface LinkOwner {
  readonly opened: (session: Session, welcome: WelcomeMessage) => void;
  readonly message: (message: ServerMessage, session: Session) => void;
  /** A connection was lost, or could not be made; another follows. */
  readonly lost: (event: CloseEvent) => void;
  /** There will be no other. */
  readonly failed: (error: Error, event: CloseEvent | null) => void;
  readonly report: (error: Error) => void;
}

/** Keeps one connection to a server: makes another when it is lost. */
export class Link {
  readonly #url: string;
  readonly #options: LinkOptions;
  readonly #owner: LinkOwner;
  readonly #ignoreNetwork: () => void;
  /** Those who wait for a connection. */
  #waiting: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];
  #session: Session | null = null;
  #welcome: WelcomeMessage | undefined;
  #state: ClientState = 'connecting';
  #failures = 0;
  #openedAt = 0;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  /** The pause is of our own making: the server has not asked for it. */
  #mayHurry = false;

  /** Begins at once. */
  constructor(url: string, options: LinkOptions, owner: LinkOwner) {
    this.#url = url;
    this.#options = options;
    this.#owner = owner;
    this.#ignoreNetwork = onNetwork({
      // A connection that a network carried which is gone says nothing any more.
      changed: () => this.session?.probe(),
      back: () => this.#hurry(),
    });
    this.#start();
  }

  get state(): ClientState {
    return this.#state;
  }

  get welcome(): WelcomeMessage | undefined {
    return this.#welcome;
  }

  /** The connection that there is, once the server has introduced itself. */
  get session(): Session | null {
    return this.#state === 'open' ? this.#session : null;
  }

  /** Gives the connection, or waits for one. @throws ConnectionError if the client is closed first, or after the timeout */
  async ready(isBounded: boolean): Promise<Session> {
    const { timeoutMs = TIMEOUT_MS } = this.#options;
    const end = performance.now() + timeoutMs;
    for (;;) {
      const { session } = this;
      if (session !== null) return session;
      await this.#whenOpen(isBounded ? Math.max(0, end - performance.now()) : null, timeoutMs);
    }
  }

  /** Gives the connection up; another follows. */
  drop(reason: string): void {
    this.#session?.close(4000, reason);
  }

  /** Closes for good. */
  close(error: Error): void {
    this.#finish(error);
    this.#session?.close(1000, 'closed by the client');
    this.#session = null;
  }

  /** @param boundMs null: as long as it takes */
  #whenOpen(boundMs: number | null, timeoutMs: number): Promise<void> {
    if (this.#state === 'closed') return Promise.reject(new ConnectionError('the client is closed'));
    return new Promise((resolve, reject) => {
      const timer =
        boundMs === null
          ? undefined
          : setTimeout(() => reject(new ConnectionError(`no connection within ${timeoutMs} ms`)), boundMs);
      const settled = (then: () => void) => () => {
        clearTimeout(timer);
        then();
      };
      this.#waiting.push({ resolve: settled(resolve), reject: (error) => settled(() => reject(error))() });
    });
  }

  #start(): void {
    this.#open().catch((error: unknown) => {
      // No WebSocket, no msgpackr, an impossible address: trying again would not help.
      this.#fail(error instanceof Error ? error : new Error(messageOf(error)), null);
    });
  }

  async #open(): Promise<void> {
    const { encoding = 'msgpack', timeoutMs = TIMEOUT_MS, pingMs = PING_MS } = this.#options;
    const [loaded, webSocket]: [Encoding, WebSocketConstructor] = await Promise.all([
      loadEncoding(encoding),
      this.#options.webSocket ?? platformWebSocket(),
    ]);
    if (this.#state === 'closed') return;
    this.#state = 'connecting';
    const session: Session = new Session(
      { url: this.#url, webSocket, encoding: loaded, timeoutMs, pingMs },
      {
        welcome: (message) => this.#opened(session, message),
        message: (message) => this.#owner.message(message, session),
        error: (error) => this.#owner.report(error),
        ended: (ending) => this.#ended(ending),
      },
    );
    this.#session = session;
  }

  #opened(session: Session, welcome: WelcomeMessage): void {
    this.#state = 'open';
    this.#welcome = welcome;
    this.#openedAt = performance.now();
    this.#owner.opened(session, welcome);
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  #ended(ending: Ending): void {
    if (this.#state === 'closed') return;
    const wasStable = this.#state === 'open' && performance.now() - this.#openedAt >= STABLE_MS;
    this.#failures = wasStable ? 1 : this.#failures + 1;
    this.#session = null;
    const pause = pauseBeforeRetry(ending, this.#failures, this.#options.random ?? Math.random);
    const event = { code: ending.code, reason: ending.reason, retryInMs: pause };
    if (pause === null) {
      const reason = `the server closed for good: ${ending.code} ${ending.reason}`;
      this.#fail(new ConnectionError(reason), event);
      return;
    }
    this.#state = 'waiting';
    this.#mayHurry = windowOf(ending) === undefined && ending.afterMs === undefined;
    this.#retryTimer = setTimeout(() => this.#start(), pause);
    this.#owner.lost(event);
  }

  /** The network is back. */
  #hurry(): void {
    if (this.#state !== 'waiting' || !this.#mayHurry) return;
    this.#failures = 0;
    clearTimeout(this.#retryTimer);
    this.#start();
  }

  #fail(error: Error, event: CloseEvent | null): void {
    this.#finish(error);
    this.#owner.failed(error, event);
  }

  #finish(error: Error): void {
    this.#state = 'closed';
    this.#ignoreNetwork();
    clearTimeout(this.#retryTimer);
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}
