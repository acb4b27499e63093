import type { Rate } from '../channels.js';
import { type ErrorCode, messageOf, RequestError } from '../errors.js';
import { type ServerMessage, STREAM_PATH, type WelcomeMessage } from '../protocol.js';
import { closedCandles } from './closed-candles.js';
import { ConnectionError } from './connection-error.js';
import { Emitter } from './emitter.js';
import { type Encoding, loadEncoding } from './encoding.js';
import type { Method, Methods } from './methods.js';
import type { ClientEvents, ClientOptions, ClientState, CloseEvent, Subscription } from './options.js';
import { type Ending, pauseBeforeRetry } from './reconnect.js';
import { type Request, Session } from './session.js';
import { streamOf } from './stream.js';
import { ChannelState, type SubscriptionHandlers } from './subscription.js';
import type {
  AnyChannel,
  CandleItem,
  Change,
  DataOf,
  MetricsTimeframe,
  RegimeTimeframe,
  StateOf,
  Update,
} from './types.js';
import { platformWebSocket, type WebSocketConstructor } from './web-socket.js';

/** Channels named in one subscribe message: far below the frame limit even with the longest names. */
const CHANNELS_PER_MESSAGE = 200;
const TIMEOUT_MS = 10_000;
const PING_MS = 10_000;
/** Pause before a subscription that the server could not take just now is asked for again. */
const RESUBSCRIBE_MS = 1_000;
/** Refusals that mean "not now": a subscription that existed before is not given up for them. */
const TEMPORARY: readonly ErrorCode[] = ['rate_limited', 'unavailable', 'internal'];
/** A connection that lived this long was a success: the next pause is short again. */
const STABLE_MS = 5_000;

/**
 * Connects to a server and stays connected until `close`: the first attempt begins at once, requests wait for it.
 *
 * @param url `ws://host:port`, `http://host:port` or the full address of the stream
 * @throws TypeError if the URL is none
 */
export function connect(url: string, options: ClientOptions = {}): Client {
  return new Client(streamUrl(url), options);
}

function streamUrl(text: string): string {
  const url = new URL(text);
  url.protocol = url.protocol.replace('http', 'ws');
  if (url.pathname === '/') url.pathname = STREAM_PATH;
  return url.href;
}

type ChannelStream<C extends AnyChannel> = AsyncGenerator<Change<DataOf<C>, StateOf<C>>, void, undefined>;

function rated<C extends string>(channel: C, rate: Rate | undefined): C {
  return (rate === undefined ? channel : `${channel}@${rate}`) as C;
}

/** A connection to CryptoPredict that comes back by itself. Made by `connect`. */
export class Client {
  readonly #url: string;
  readonly #options: ClientOptions;
  readonly #emitter = new Emitter<ClientEvents>();
  readonly #channels = new Map<string, ChannelState<unknown>>();
  /** Subscribed to in this turn. */
  #unsent: ChannelState<unknown>[] = [];
  /** Those who wait for a connection. */
  #waiting: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];
  #session: Session | undefined;
  #welcome: WelcomeMessage | undefined;
  #state: ClientState = 'connecting';
  #failures = 0;
  #openedAt = 0;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;

  /** Use `connect`. */
  constructor(url: string, options: ClientOptions) {
    this.#url = url;
    this.#options = options;
    this.#start();
  }

  get state(): ClientState {
    return this.#state;
  }

  /** What the server last introduced itself with: limits, epoch, whether prices are simulated. */
  get welcome(): WelcomeMessage | undefined {
    return this.#welcome;
  }

  /** Listens to an event; gives a function that ends it. */
  on<K extends keyof ClientEvents>(name: K, listener: (event: ClientEvents[K]) => void): () => void {
    return this.#emitter.on(name, listener);
  }

  /** Resolves with the welcome once connected. @throws ConnectionError if the client is closed first */
  async ready(): Promise<WelcomeMessage> {
    while (this.#state !== 'open' || this.#welcome === undefined) await this.#whenOpen();
    return this.#welcome;
  }

  /**
   * Subscribes to a channel, and again after each reconnect. Resolves when the server has accepted, which may be
   * after several attempts to connect; snapshot and first updates may be reported before. One subscription per
   * channel text; a rate is part of it.
   *
   * @throws RequestError if the server refuses: unknown channel, too many subscriptions
   * @throws ConnectionError if the client is closed first
   * @throws Error if the channel is already subscribed to
   */
  async subscribe<C extends AnyChannel>(
    channel: C,
    handlers: SubscriptionHandlers<DataOf<C>, StateOf<C>> | ((update: Update<DataOf<C>>) => void),
  ): Promise<Subscription> {
    if (this.#state === 'closed') throw new ConnectionError('the client is closed');
    if (this.#channels.has(channel)) throw new Error(`${channel} is already subscribed to`);
    const given = typeof handlers === 'function' ? { update: handlers } : handlers;
    const state = new ChannelState<unknown>(channel, given as SubscriptionHandlers<unknown>);
    this.#channels.set(channel, state);
    this.#unsent.push(state);
    if (this.#unsent.length === 1) queueMicrotask(() => this.#subscribeUnsent());
    await state.accepted;
    return { channel, unsubscribe: () => this.unsubscribe(channel) };
  }

  /** Ends a subscription; nothing is reported for it from now on. Unknown channels are ignored. */
  async unsubscribe(channel: string): Promise<void> {
    const state = this.#channels.get(channel);
    if (state === undefined) return;
    this.#channels.delete(channel);
    state.end(null);
    if (this.#session === undefined || this.#state !== 'open') return;
    try {
      await this.#session.request({ op: 'unsubscribe', channels: [channel] });
    } catch (error) {
      // A connection that is gone has no subscriptions left.
      if (!(error instanceof ConnectionError)) throw error;
    }
  }

  /**
   * Gives a channel's snapshot and updates as an async iterator, over reconnects; leaving the loop unsubscribes.
   *
   * @throws RequestError, ConnectionError as `subscribe` does; Error if the loop falls 10 000 changes behind
   */
  stream<C extends AnyChannel>(channel: C): AsyncGenerator<Change<DataOf<C>, StateOf<C>>, void, undefined> {
    return streamOf(this, channel);
  }

  /** Gives the figures of the whole market as they move. @param rate at most one update in that time */
  metrics(timeframe: MetricsTimeframe, rate?: Rate): ChannelStream<`metrics:${MetricsTimeframe}`> {
    return this.stream(rated(`metrics:${timeframe}`, rate));
  }

  /** Gives the market's regime as it is found. @param rate at most one update in that time */
  regime(timeframe: RegimeTimeframe, rate?: Rate): ChannelStream<`regime:${RegimeTimeframe}`> {
    return this.stream(rated(`regime:${timeframe}`, rate));
  }

  /** Gives all sectors, the best first. @param rate at most one update in that time */
  sectors(rate?: Rate): ChannelStream<'sectors'> {
    return this.stream(rated('sectors', rate));
  }

  /** Gives one sector, by its name or id. @param rate at most one update in that time */
  sector(nameOrId: string | number, rate?: Rate): ChannelStream<`sectors:${string}`> {
    return this.stream(rated(`sectors:${nameOrId}`, rate));
  }

  /**
   * Gives the signals that are active, and from then on each new one and each that ends, none left out. After a reconnect
   * the snapshot says again which are active: one that it does not have has ended meanwhile.
   *
   * @param symbol only its signals; default: all
   */
  signals(symbol?: string): ChannelStream<'signals'> {
    return this.stream(symbol === undefined ? 'signals' : `signals:${symbol}`);
  }

  /**
   * Gives every closed candle from now on exactly once, in order: what closed while the connection was away is
   * fetched by `candles.list` before the stream goes on.
   */
  closedCandles(
    symbol: string,
    timeframe: Methods['candles.list']['params']['timeframe'],
  ): AsyncGenerator<CandleItem, void, undefined> {
    return closedCandles(this, symbol, timeframe);
  }

  /**
   * Asks a method; waits for the connection if there is none.
   *
   * @throws RequestError if the server refuses
   * @throws ConnectionError if the connection is lost meanwhile, no answer comes in time, or the client is closed
   */
  query<M extends Method>(method: M, params: Methods[M]['params']): Promise<Methods[M]['result']>;
  query(method: string, params?: Readonly<Record<string, unknown>>): Promise<unknown>;
  async query(method: string, params: object = {}): Promise<unknown> {
    return this.#request({ op: 'query', method, params: params as Readonly<Record<string, unknown>> });
  }

  /** Gives the way to the server and back, ms. @throws ConnectionError as `query` does */
  async ping(): Promise<number> {
    await this.ready();
    const sent = performance.now();
    await this.#request({ op: 'ping' });
    return performance.now() - sent;
  }

  /** Closes for good: subscriptions end, whoever still waits is refused with a ConnectionError. */
  close(): void {
    if (this.#state === 'closed') return;
    this.#finish(new ConnectionError('the client was closed'), null);
    clearTimeout(this.#retryTimer);
    this.#session?.close(1000, 'closed by the client');
    this.#session = undefined;
  }

  async #request(request: Request): Promise<unknown> {
    if (this.#state !== 'open') await this.#whenOpen(this.#options.timeoutMs ?? TIMEOUT_MS);
    if (this.#session === undefined) throw new ConnectionError('the connection was lost');
    return this.#session.request(request);
  }

  /** @throws ConnectionError if the client is closed first, or after `boundMs`, where given */
  #whenOpen(boundMs?: number): Promise<void> {
    if (this.#state === 'closed') return Promise.reject(new ConnectionError('the client is closed'));
    return new Promise((resolve, reject) => {
      const timer =
        boundMs === undefined
          ? undefined
          : setTimeout(() => reject(new ConnectionError(`no connection within ${boundMs} ms`)), boundMs);
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
      this.#fail(error instanceof Error ? error : new Error(messageOf(error)));
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
        message: (message) => this.#receive(message),
        error: (error) => this.#report(error),
        ended: (ending) => this.#ended(ending),
      },
    );
    this.#session = session;
  }

  #opened(session: Session, welcome: WelcomeMessage): void {
    this.#state = 'open';
    this.#welcome = welcome;
    this.#openedAt = performance.now();
    this.#emitter.emit('open', welcome);
    this.#unsent = [];
    this.#subscribeAll(session, [...this.#channels.values()], true);
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  /** Sends what one turn subscribed to together: a message each would soon be too many a second. */
  #subscribeUnsent(): void {
    const states = this.#unsent.splice(0);
    if (this.#session === undefined || this.#state !== 'open') return;
    this.#subscribeAll(this.#session, states, false);
  }

  #subscribeAll(session: Session, states: readonly ChannelState<unknown>[], isAgain: boolean): void {
    for (let i = 0; i < states.length; i += CHANNELS_PER_MESSAGE) {
      this.#subscribeNow(session, states.slice(i, i + CHANNELS_PER_MESSAGE), isAgain);
    }
  }

  /** Several channels are accepted or refused together: a refused list is halved until the culprit stands alone. */
  #subscribeNow(session: Session, states: readonly ChannelState<unknown>[], isAgain: boolean): void {
    const current = states.filter((state) => this.#channels.get(state.channel) === state);
    if (current.length === 0 || session !== this.#session) return;
    const channels = current.map((state) => state.channel);
    session.request({ op: 'subscribe', channels, rows: true }).then(
      () => {
        for (const state of current) state.accept();
      },
      (error: Error) => {
        // Without a refusal the connection was lost, and the next one subscribes anew.
        if (!(error instanceof RequestError)) return;
        const half = Math.ceil(current.length / 2);
        if (isAgain && TEMPORARY.includes(error.code)) {
          setTimeout(() => this.#subscribeNow(session, current, isAgain), RESUBSCRIBE_MS);
        } else if (current.length > 1) {
          this.#subscribeNow(session, current.slice(0, half), isAgain);
          this.#subscribeNow(session, current.slice(half), isAgain);
        } else {
          for (const state of current) this.#refused(state, error, isAgain);
        }
      },
    );
  }

  #refused(state: ChannelState<unknown>, error: RequestError, isAgain: boolean): void {
    if (this.#channels.get(state.channel) !== state) return;
    this.#channels.delete(state.channel);
    state.end(error);
    if (isAgain && state.position !== null) this.#report(error);
  }

  #receive(message: ServerMessage): void {
    try {
      switch (message.type) {
        case 'snapshot': {
          const resumed = this.#channels.get(message.channel)?.snapshot(message) ?? null;
          if (resumed !== null) this.#emitter.emit('resumed', resumed);
          break;
        }
        case 'update':
          this.#channels.get(message.channel)?.update(message);
          break;
        case 'skipped':
          this.#channels.get(message.channel)?.skipped(message.count);
          this.#emitter.emit('skipped', { channel: message.channel, count: message.count });
          break;
        case 'draining':
          this.#emitter.emit('draining', message);
          break;
        default: // Message types of later versions mean nothing to this one.
      }
    } catch (error) {
      // State that cannot be read would go on wrong: begin anew from a snapshot.
      this.#report(error instanceof Error ? error : new Error(messageOf(error)));
      this.#session?.close(4000, 'unreadable message');
    }
  }

  #ended(ending: Ending): void {
    if (this.#state === 'closed') return;
    const wasStable = this.#state === 'open' && performance.now() - this.#openedAt >= STABLE_MS;
    this.#failures = wasStable ? 1 : this.#failures + 1;
    this.#session = undefined;
    for (const state of this.#channels.values()) state.interrupt();
    const pause = pauseBeforeRetry(ending, this.#failures, this.#options.random ?? Math.random);
    const event = { code: ending.code, reason: ending.reason, retryInMs: pause };
    if (pause === null) {
      this.#fail(new ConnectionError(`the server closed for good: ${ending.code} ${ending.reason}`), event);
      return;
    }
    this.#state = 'waiting';
    this.#retryTimer = setTimeout(() => this.#start(), pause);
    this.#emitter.emit('close', event);
  }

  #fail(error: Error, event?: CloseEvent): void {
    this.#finish(error, error);
    if (event !== undefined) this.#emitter.emit('close', event);
    this.#report(error);
  }

  #finish(refusal: Error, cause: Error | null): void {
    this.#state = 'closed';
    for (const { reject } of this.#waiting.splice(0)) reject(refusal);
    const channels = [...this.#channels.values()];
    this.#channels.clear();
    for (const state of channels) state.end(cause);
  }

  #report(error: Error): void {
    if (this.#emitter.emit('error', error)) return;
    queueMicrotask(() => {
      throw error;
    });
  }
}
