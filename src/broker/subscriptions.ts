import type { Redis } from 'ioredis';
import { messageOf } from '../errors.js';
import type { Logger } from '../logger.js';
import type { Listener } from './broker.js';

interface Entry<T> {
  readonly listener: Listener<T>;
  /** Settles when Redis has confirmed the subscription for the first time. */
  readonly confirmed: Promise<void>;
  readonly confirm: () => void;
  readonly refuse: (error: Error) => void;
}

/**
 * What this process is subscribed to, kept true over reconnects: a subscription that could not be made because the
 * connection was away is made when it is back, and its `add` resolves only then.
 */
export class Subscriptions<T> {
  readonly #redis: Redis;
  readonly #logger: Logger;
  readonly #entries = new Map<string, Entry<T>>();
  #live = false;

  /** @param redis a connection of its own, without offline queue and automatic resubscription */
  constructor(redis: Redis, logger: Logger) {
    this.#redis = redis;
    this.#logger = logger;
    redis.on('close', () => {
      this.#live = false;
    });
  }

  /** True while the connection stands and everything is subscribed on it. */
  get isLive(): boolean {
    return this.#live;
  }

  has(channel: string): boolean {
    return this.#entries.has(channel);
  }

  listener(channel: string): Listener<T> | undefined {
    return this.#entries.get(channel)?.listener;
  }

  channels(): string[] {
    return [...this.#entries.keys()];
  }

  /**
   * Resolves once Redis has confirmed.
   *
   * @throws Error if the channel already has a listener, if Redis refuses, or if it is removed meanwhile
   */
  async add(channel: string, listener: Listener<T>): Promise<void> {
    if (this.#entries.has(channel)) throw new Error(`topic ${channel} already has a listener`);
    const { promise, resolve, reject } = deferred();
    const entry: Entry<T> = { listener, confirmed: promise, confirm: resolve, refuse: reject };
    this.#entries.set(channel, entry);
    if (this.#redis.status === 'ready') {
      this.#redis.subscribe(channel).then(resolve, (error: Error) => {
        if (error.name !== 'ReplyError') {
          this.#logger.debug({ channel, err: error }, 'subscription waits for the connection to come back');
          return;
        }
        if (this.#entries.get(channel) === entry) this.#entries.delete(channel);
        reject(error);
      });
    }
    await promise;
  }

  /** The listener is not called any more from now on; resolves when Redis knows. */
  async remove(channel: string): Promise<void> {
    const entry = this.#entries.get(channel);
    if (entry === undefined) return;
    this.#entries.delete(channel);
    entry.refuse(new Error(`topic ${channel} was unsubscribed before Redis confirmed the subscription`));
    if (this.#redis.status !== 'ready') return;
    try {
      await this.#redis.unsubscribe(channel);
    } catch (error) {
      // A connection that is gone is subscribed to nothing, and the next one will not ask for this channel.
      this.#logger.debug({ channel, err: error }, 'unsubscribe was not confirmed');
    }
  }

  /**
   * Subscribes a new connection to everything, `always` included. Gives false if the connection was lost again or
   * Redis refused; then it is cut, and the next one tries anew.
   */
  async renew(always: string): Promise<boolean> {
    const entries = [...this.#entries];
    try {
      await this.#redis.subscribe(always, ...entries.map(([channel]) => channel));
    } catch (error) {
      this.#logger.warn(`Redis did not take ${entries.length + 1} subscriptions: ${messageOf(error)}`);
      if (this.#redis.status === 'ready') this.#redis.disconnect(true);
      return false;
    }
    this.#live = true;
    for (const [, entry] of entries) entry.confirm();
    return true;
  }

  /** Forgets everything; those who still wait for a confirmation are told so. */
  clear(): void {
    for (const [channel, entry] of this.#entries) {
      entry.refuse(new Error(`the broker was closed before Redis confirmed ${channel}`));
    }
    this.#entries.clear();
  }
}

function deferred(): { promise: Promise<void>; resolve: () => void; reject: (error: Error) => void } {
  let settle: { resolve: () => void; reject: (error: Error) => void } | undefined;
  const promise = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  if (settle === undefined) throw new Error('a promise runs its executor at once');
  return { promise, ...settle };
}
