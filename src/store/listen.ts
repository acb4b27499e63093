import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pgListen from 'pg-listen';
import { backoffMs } from '../backoff.js';
import { messageOf } from '../errors.js';
import type { Logger } from '../logger.js';

export interface ListenOptions<T> {
  /** `postgres://user:password@host:port/database`; not of a pooler, which would give the connection to others. */
  readonly url: string;
  /** What `NOTIFY` names. */
  readonly channel: string;
  readonly logger: Logger;
  /** Understands a payload; throws if it cannot: anyone in the database may notify. */
  readonly parse: (payload: string) => T;
  /** Called for each notification, in the order of the commits. Must not throw. */
  readonly onNotification: (notification: T) => void;
  /**
   * Called whenever we have begun to listen, the first time too: whatever was notified before is not known, so it is
   * time to read the state. Nothing that is committed from now on goes unheard. Must not throw.
   */
  readonly onConnected: () => void;
  /** How often the connection is asked whether it still answers, more than `timeoutMs`. Default 4,000 ms. */
  readonly checkMs?: number;
  /** It is given up if it does not answer within this. Default 3,000 ms. */
  readonly timeoutMs?: number;
  /** First and longest pause between tries, ms. Default 100 and 2,000. */
  readonly retry?: { readonly baseMs: number; readonly maxMs: number };
  /** Our clock, ms since the epoch. Default `Date.now`. */
  readonly now?: () => number;
}

/** Since the start. Times in ms since the epoch. */
export interface ListenStats {
  readonly isConnected: boolean;
  /** Times that we have begun to listen anew after the first. */
  readonly reconnects: number;
  readonly notifications: number;
  /** Payloads that `parse` could not understand. */
  readonly refused: number;
  readonly lastNotificationAt: number | null;
  /** Why the last connection or try ended; null if none has. */
  readonly lastError: string | null;
}

const CONNECT_TIMEOUT_MS = 5_000;
const KEEP_ALIVE_MS = 5_000;
/** The far side is given so long to take leave. */
const CLOSE_MS = 300;

/**
 * Hears what is notified in the database, over a connection of its own, for good: a connection that is lost, or does
 * not answer any more, is replaced with growing, jittered pauses and without end. What is notified meanwhile is lost,
 * which is what `onConnected` is for.
 *
 * Each connection is a subscriber of pg-listen that never reconnects by itself: its own way gives up after a failed
 * LISTEN, and cannot be stopped while it tries.
 */
export class Listener<T> {
  readonly #options: ListenOptions<T>;
  readonly #now: () => number;
  readonly #closing = new AbortController();
  #running: Promise<void> | null = null;
  #isConnected = false;
  #connections = 0;
  #notifications = 0;
  #refused = 0;
  #lastNotificationAt: number | null = null;
  #lastError: string | null = null;

  constructor(options: ListenOptions<T>) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** Begins to listen, and goes on until `close`. Never throws: what goes wrong is logged and tried again. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Hears nothing more; resolves within half a second. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  get stats(): ListenStats {
    return {
      isConnected: this.#isConnected,
      reconnects: Math.max(0, this.#connections - 1),
      notifications: this.#notifications,
      refused: this.#refused,
      lastNotificationAt: this.#lastNotificationAt,
      lastError: this.#lastError,
    };
  }

  async #run(): Promise<void> {
    const { logger, retry = { baseMs: 100, maxMs: 2_000 } } = this.#options;
    const { signal } = this.#closing;
    let failures = 0;
    while (!signal.aborted) {
      const known = this.#connections;
      const reason = await this.#connection();
      this.#isConnected = false;
      if (signal.aborted) return;
      if (this.#connections > known) failures = 0;
      if (failures === 0) logger.warn({ reason }, 'changes in the database are not heard; trying again');
      this.#lastError = reason;
      await sleep(backoffMs(failures++, retry), undefined, { signal }).catch(() => undefined);
    }
  }

  /** Listens over one connection until it is lost or we close; gives the reason. Never rejects. */
  async #connection(): Promise<string> {
    const { url, channel, checkMs = 4_000, timeoutMs = 3_000 } = this.#options;
    // Ours, so that it can be cut: a far side that does not answer would never take leave.
    const socket = new Socket();
    let cause: string | undefined;
    socket.on('error', (error) => {
      cause = messageOf(error);
    });
    const subscriber = pgListen.default(
      {
        connectionString: url,
        application_name: 'cryptopredict listener',
        stream: () => socket,
        keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
        connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
        query_timeout: timeoutMs,
      },
      { retryLimit: 1, paranoidChecking: checkMs, parse: (payload) => payload },
    );
    const done = new AbortController();
    const over = new Promise<string>((resolve) => {
      // It speaks of the reconnecting that it was not to do; the reason is the socket's.
      subscriber.events.on('error', () => resolve(cause ?? 'the connection was lost'));
      // Let go of with the connection: a database that is away for a day makes thousands of them.
      this.#closing.signal.addEventListener('abort', () => resolve('closed'), { signal: done.signal });
    });
    subscriber.notifications.on(channel, (payload: unknown) => this.#take(payload));
    try {
      // Queued now and sent first of all.
      const listening = subscriber.listenTo(channel);
      const begun = Promise.all([subscriber.connect(), listening]).then(() => null);
      const failure = await Promise.race([begun, over]);
      if (failure !== null) return failure;
      this.#begin();
      return await over;
    } catch (error) {
      return messageOf(error);
    } finally {
      await Promise.race([
        subscriber.close().catch(() => undefined),
        sleep(CLOSE_MS, undefined, { signal: done.signal }).catch(() => undefined),
      ]);
      done.abort();
      socket.destroy();
    }
  }

  #begin(): void {
    this.#isConnected = true;
    this.#connections += 1;
    if (this.#connections > 1) this.#options.logger.info('changes in the database are heard again');
    this.#options.onConnected();
  }

  #take(payload: unknown): void {
    if (this.#closing.signal.aborted) return;
    let notification: T;
    try {
      notification = this.#options.parse(typeof payload === 'string' ? payload : '');
    } catch (error) {
      this.#refused += 1;
      if (this.#refused === 1) this.#options.logger.warn({ err: error }, 'a notification is not understood');
      return;
    }
    this.#notifications += 1;
    this.#lastNotificationAt = this.#now();
    this.#options.onNotification(notification);
  }
}
