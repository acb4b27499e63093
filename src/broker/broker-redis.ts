import { setTimeout as delay } from 'node:timers/promises';
import { Redis, type RedisOptions } from 'ioredis';
import { backoffMs } from '../backoff.js';
import { messageOf, OperatorError } from '../errors.js';
import { type Logger, redactUrl } from '../logger.js';
import type { Broker, BrokerStatus, Listener, MessageCodec } from './broker.js';
import { Interest } from './interest.js';
import { PublishQueue } from './publish-queue.js';
import { Subscriptions } from './subscriptions.js';

/** Before every topic, so that a Redis may be shared with other programs. */
export const TOPIC_PREFIX = 'cryptopredict:';
/** Where subscriptions are announced to publishers; no topic begins with `!`. */
const INTEREST_CHANNEL = `${TOPIC_PREFIX}!interest`;
/** How often the list of all subscribed topics is read, and both connections prove that they live. */
const REFRESH_MS = 1_000;
/** A connection that leaves a command unanswered for this long is cut and made anew: what waits in it is stale. */
const SILENCE_MS = 4_000;
/** How long a connection may take to be made. */
const CONNECT_MS = 5_000;
const RETRY = { baseMs: 50, maxMs: 2_000 };
/** How long the end of a connection is waited for. */
const DISCONNECT_MS = 2_500;

export interface RedisBrokerOptions<T> {
  /** `redis://` or `rediss://`, Redis 6.2 or later, or Valkey; one server, not a cluster. */
  readonly url: string;
  readonly codec: MessageCodec<T>;
  readonly logger: Logger;
  /** 0 ≤ x < 1; spreads reconnects. Default: Math.random */
  readonly random?: () => number;
}

/**
 * Carries messages between processes by Redis pub/sub, at most once. Two connections: one publishes, one listens.
 * What cannot go out at once is dropped and counted; after an outage nothing old is sent.
 */
export class RedisBroker<T> implements Broker<T> {
  readonly #publisher: Redis;
  readonly #subscriber: Redis;
  readonly #queue: PublishQueue;
  readonly #subscriptions: Subscriptions<T>;
  readonly #interest = new Interest();
  readonly #codec: MessageCodec<T>;
  readonly #logger: Logger;
  readonly #callbacks: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;
  #lastError: Error | undefined;
  #started = false;
  #reading = false;
  #delivered = 0;
  #reconnects = 0;
  #closed = false;

  private constructor(options: RedisBrokerOptions<T>) {
    this.#codec = options.codec;
    this.#logger = options.logger;
    const common = connectionOptions(options.random ?? Math.random);
    this.#publisher = new Redis(options.url, { ...common, connectionName: 'cryptopredict-publisher' });
    this.#subscriber = new Redis(options.url, { ...common, connectionName: 'cryptopredict-subscriber' });
    this.#queue = new PublishQueue(this.#publisher);
    this.#subscriptions = new Subscriptions<T>(this.#subscriber, this.#logger);
    this.#watch(this.#publisher, 'publisher', () => this.#publisherReady());
    this.#watch(this.#subscriber, 'subscriber', () => this.#subscriberReady());
    this.#subscriber.on('messageBuffer', (channel: Buffer, message: Buffer) =>
      this.#receive(channel, message),
    );
  }

  /**
   * Connects and gives the broker once both connections answer.
   *
   * @throws OperatorError if Redis does not answer within 5 s
   */
  static async connect<T>(options: RedisBrokerOptions<T>): Promise<RedisBroker<T>> {
    const broker = new RedisBroker(options);
    try {
      await broker.#firstConnection();
    } catch (error) {
      const cause = messageOf(broker.#lastError ?? error);
      await broker.close();
      throw new OperatorError(
        `Redis at ${redactUrl(options.url)} does not answer (${cause}): start it or change --redis-url`,
      );
    }
    broker.#timer = setInterval(() => broker.#refresh(), REFRESH_MS);
    return broker;
  }

  publish(topic: string, message: T): void {
    this.#queue.add(TOPIC_PREFIX + topic, () => this.#codec.encode(message));
  }

  wanted(topic: string): boolean {
    return this.#subscriptions.has(TOPIC_PREFIX + topic) || this.#interest.has(topic);
  }

  wantedTopics(): Iterable<string> {
    const own = this.#subscriptions.channels().map((channel) => channel.slice(TOPIC_PREFIX.length));
    return new Set([...own, ...this.#interest.topics()]);
  }

  async subscribe(topic: string, listener: Listener<T>): Promise<void> {
    if (this.#closed) throw new Error(`the broker is closed: cannot subscribe to ${topic}`);
    await this.#subscriptions.add(TOPIC_PREFIX + topic, listener);
    this.#announce([topic]);
  }

  unsubscribe(topic: string): Promise<void> {
    return this.#subscriptions.remove(TOPIC_PREFIX + topic);
  }

  onReconnect(callback: () => void): void {
    this.#callbacks.push(callback);
  }

  status(): BrokerStatus {
    return {
      driver: 'redis',
      connected: this.#publisher.status === 'ready' && this.#subscriptions.isLive,
      published: this.#queue.published,
      delivered: this.#delivered,
      dropped: this.#queue.dropped,
      reconnects: this.#reconnects,
    };
  }

  /** Sends what waits, leaves Redis, forgets every listener. At most 7 s, also if Redis hangs. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    this.#queue.flush();
    this.#subscriptions.clear();
    await Promise.all([this.#end(this.#publisher), this.#end(this.#subscriber)]);
  }

  async #firstConnection(): Promise<void> {
    await Promise.all([this.#publisher.connect(), this.#subscriber.connect()]);
    if (!(await this.#subscriptions.renew(INTEREST_CHANNEL))) throw new Error('it refused SUBSCRIBE');
    await this.#readInterest();
    this.#started = true;
  }

  #watch(redis: Redis, name: string, ready: () => Promise<void>): void {
    redis.on('error', (error: Error) => {
      this.#lastError = error;
      if (this.#started) this.#logger.warn(`Redis ${name} connection: ${messageOf(error)}`);
    });
    redis.on('ready', () => {
      if (!this.#started || this.#closed) return;
      this.#reconnects += 1;
      this.#logger.info(`Redis ${name} connection is back`);
      ready().catch((error: unknown) => this.#logger.error({ err: error }, `Redis ${name} did not recover`));
    });
  }

  async #publisherReady(): Promise<void> {
    this.#announce(this.#topics());
    // What was published meanwhile reached nobody, however well the other connection did.
    if (this.#subscriptions.isLive) for (const callback of this.#callbacks) callback();
    await this.#readInterest();
  }

  async #subscriberReady(): Promise<void> {
    if (!(await this.#subscriptions.renew(INTEREST_CHANNEL))) return;
    this.#announce(this.#topics());
    for (const callback of this.#callbacks) callback();
    await this.#readInterest();
  }

  #topics(): string[] {
    return this.#subscriptions.channels().map((channel) => channel.slice(TOPIC_PREFIX.length));
  }

  /** Tells publishers at once; should this be lost, they find the topics when they next read the list. */
  #announce(topics: readonly string[]): void {
    if (topics.length === 0) return;
    this.#publisher.publish(INTEREST_CHANNEL, JSON.stringify(topics)).catch((error: unknown) => {
      this.#logger.debug({ err: error }, 'subscriptions were not announced');
    });
  }

  #refresh(): void {
    this.#readInterest().catch((error: unknown) => {
      this.#logger.debug({ err: error }, 'subscribed topics could not be read');
    });
    this.#subscriber.ping().catch((error: unknown) => {
      this.#logger.debug({ err: error }, 'Redis subscriber connection does not answer');
    });
  }

  async #readInterest(): Promise<void> {
    if (this.#reading || this.#publisher.status !== 'ready') return;
    this.#reading = true;
    this.#interest.beginRead();
    try {
      const channels = await this.#publisher.pubsub('CHANNELS', `${TOPIC_PREFIX}*`);
      this.#interest.endRead(channels.map((channel) => String(channel).slice(TOPIC_PREFIX.length)));
    } finally {
      this.#reading = false;
    }
  }

  #receive(channelBytes: Buffer, bytes: Buffer): void {
    const channel = channelBytes.toString();
    if (channel === INTEREST_CHANNEL) {
      this.#takeAnnouncement(bytes);
      return;
    }
    const listener = this.#subscriptions.listener(channel);
    if (listener === undefined) return;
    let message: T;
    try {
      message = this.#codec.decode(bytes);
    } catch (error) {
      this.#logger.warn(`a message on Redis channel ${channel} cannot be read: ${messageOf(error)}`);
      return;
    }
    this.#delivered += 1;
    listener(message, channel.slice(TOPIC_PREFIX.length));
  }

  #takeAnnouncement(bytes: Buffer): void {
    try {
      const topics: unknown = JSON.parse(bytes.toString());
      if (!Array.isArray(topics)) throw new Error('it is no list');
      for (const topic of topics) this.#interest.add(String(topic));
    } catch (error) {
      this.#logger.warn(`an announcement on ${INTEREST_CHANNEL} cannot be read: ${messageOf(error)}`);
    }
  }

  async #end(redis: Redis): Promise<void> {
    if (redis.status === 'ready') {
      await redis.quit().catch((error: unknown) => {
        this.#logger.debug({ err: error }, 'Redis was away at the end');
      });
    }
    // Between two attempts there is no connection whose end could be waited for.
    const hasConnection = ['connecting', 'connect', 'ready'].includes(redis.status);
    const ended = new AbortController();
    redis.once('end', () => ended.abort());
    redis.disconnect();
    if (!hasConnection) return;
    await delay(DISCONNECT_MS, undefined, { signal: ended.signal }).catch(() => undefined);
  }
}

/** Options of both connections: nothing is queued or sent again, and attempts to come back never end. */
function connectionOptions(random: () => number) {
  return {
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    // Also what settles the commands that a lost connection left unanswered.
    maxRetriesPerRequest: 0,
    connectTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    keepAlive: 10_000,
    noDelay: true,
    retryStrategy: (attempt: number) => backoffMs(attempt, { ...RETRY, random }),
  } satisfies RedisOptions;
}
