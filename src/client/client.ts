import { messageOf, RequestError } from '../errors.js';
import { STREAM_PATH, type WelcomeMessage } from '../protocol.js';
import { Account, type SignedIn } from './account.js';
import { ChannelBook } from './channel-book.js';
import type { AnyChannel, DataOf, StateOf } from './channel-types.js';
import { ConnectionError } from './connection-error.js';
import { Emitter } from './emitter.js';
import { Link } from './link.js';
import type { ExactCandles, Method, Params, ParamsArgument, Result } from './methods.js';
import type { ClientEvents, ClientOptions, ClientState, Subscription } from './options.js';
import type { Session } from './session.js';
import { streamOf } from './stream.js';
import { type ChannelStream, Streams } from './streams.js';
import type { SubscriptionHandlers } from './subscription.js';
import type { Update } from './types.js';
import { View } from './view.js';

export type Login = Params<'auth.login'>;
export type Registration = Params<'auth.register'>;

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

function ask(session: Session, method: string, params: object): Promise<unknown> {
  return session.request({ op: 'query', method, params: params as Readonly<Record<string, unknown>> });
}

/** Until the server has said what it takes. */
const MAX_FRAME_BYTES = 65_536;

/** A connection to CryptoPredict that comes back by itself. Made by `connect`. */
export class Client extends Streams {
  readonly #emitter = new Emitter<ClientEvents>();
  readonly #link: Link;
  readonly #account: Account;
  readonly #book: ChannelBook;

  /** Use `connect`. */
  constructor(url: string, { auth, onTokens, ...options }: ClientOptions) {
    super();
    const random = options.random ?? Math.random;
    const report = (error: Error): void => this.#report(error);
    this.#account = new Account(
      {
        random,
        report,
        session: () => this.#link.ready(true),
        tokens: (tokens) => onTokens?.(tokens),
        signedIn: (user) => this.#emitter.emit('signedIn', user),
        signedOut: (error) => this.#signedOut(error),
        settled: (isOther) => this.#book.beginOwn(isOther),
      },
      auth,
    );
    this.#book = new ChannelBook({
      random,
      report,
      isSigningIn: () => this.#account.isPending,
      renewLogIn: () => this.#account.renew(),
      maxFrameBytes: () => this.#link.welcome?.limits.max_frame_bytes ?? MAX_FRAME_BYTES,
      resumed: (resumed) => this.#emitter.emit('resumed', resumed),
      skipped: (skipped) => this.#emitter.emit('skipped', skipped),
    });
    this.#link = new Link(url, options, {
      report,
      opened: (session, welcome) => {
        this.#account.begin(session, welcome);
        this.#emitter.emit('open', welcome);
        this.#book.begin(session);
      },
      message: (message) => {
        if (message.type === 'draining') this.#emitter.emit('draining', message);
        try {
          this.#book.take(message);
        } catch (error) {
          // State that cannot be read would go on wrong: begin anew.
          report(error instanceof Error ? error : new Error(messageOf(error)));
          this.#link.drop('unreadable message');
        }
      },
      lost: (event) => {
        this.#interrupt();
        this.#emitter.emit('close', event);
      },
      failed: (error, event) => {
        this.#interrupt();
        this.#end(error);
        if (event !== null) this.#emitter.emit('close', event);
        report(error);
      },
    });
  }

  get state(): ClientState {
    return this.#link.state;
  }

  /** What the server last introduced itself with: limits, epoch, whether prices are simulated. */
  get welcome(): WelcomeMessage | undefined {
    return this.#link.welcome;
  }

  /** Who is logged in; null: nobody, or not known yet. */
  get user(): SignedIn | null {
    return this.#account.user;
  }

  /** Listens to an event; gives a function that ends it. */
  on<K extends keyof ClientEvents>(name: K, listener: (event: ClientEvents[K]) => void): () => void {
    return this.#emitter.on(name, listener);
  }

  /** Resolves with the welcome once connected. @throws ConnectionError if the client is closed first */
  async ready(): Promise<WelcomeMessage> {
    for (;;) {
      await this.#link.ready(false);
      if (this.#link.welcome !== undefined) return this.#link.welcome;
    }
  }

  /**
   * Subscribes to a channel, and again after each reconnect, where it was. Resolves when the server has accepted, which may
   * be after several attempts to connect; snapshot and first updates may be reported before. One subscription per
   * channel text; a rate is part of it. `*` in place of a symbol stands for all: `ticker:*@1s`.
   *
   * @throws RequestError if the server refuses: unknown channel, too many subscriptions, no login
   * @throws ConnectionError if the client is closed first
   * @throws Error if the channel is already subscribed to
   */
  async subscribe<C extends AnyChannel>(
    channel: C,
    handlers: SubscriptionHandlers<DataOf<C>, StateOf<C>> | ((update: Update<DataOf<C>>) => void),
  ): Promise<Subscription> {
    if (this.state === 'closed') throw new ConnectionError('the client is closed');
    const given = typeof handlers === 'function' ? { update: handlers } : handlers;
    await this.#book.add(channel, given as SubscriptionHandlers<unknown>).accepted;
    return { channel, unsubscribe: () => this.unsubscribe(channel) };
  }

  /** Ends a subscription; nothing is reported for it from now on. Unknown channels are ignored. */
  unsubscribe(channel: string): Promise<void> {
    return this.#book.leave(channel);
  }

  /**
   * Gives a channel's snapshot and updates as an async iterator, over reconnects; leaving the loop unsubscribes.
   *
   * @throws RequestError, ConnectionError as `subscribe` does; Error if the loop falls 10 000 changes behind
   */
  override stream<C extends AnyChannel>(channel: C): ChannelStream<C> {
    return streamOf(this, channel);
  }

  /** Subscribes to a channel, and gives its state as a value that is kept up to date. */
  view<C extends AnyChannel>(channel: C): View<C> {
    return new View(this, channel);
  }

  /**
   * Asks a method; waits for the connection if there is none, and for a log-in that is under way. What was refused because
   * the log-in had ended is asked once more when it has been refreshed. `grouped` gives methods as functions.
   *
   * @throws RequestError if the server refuses
   * @throws ConnectionError if the connection is lost meanwhile, no answer comes in time, or the client is closed: whether
   * the server acted is unknown
   */
  query(method: 'candles.list', params: ExactCandles['params']): Promise<ExactCandles['result']>;
  query<M extends Method>(method: M, ...params: ParamsArgument<M>): Promise<Result<M>>;
  async query(method: string, params: object = {}): Promise<unknown> {
    await this.#link.ready(true);
    await this.#account.idle;
    try {
      return await ask(await this.#link.ready(true), method, params);
    } catch (error) {
      const isOver = error instanceof RequestError && error.code === 'unauthenticated';
      if (!isOver || this.user === null || method.startsWith('auth.')) throw error;
      await this.#account.renew();
      return ask(await this.#link.ready(true), method, params);
    }
  }

  /** Logs in for as long as the client lives, or until `logout`. @throws RequestError, ConnectionError as `query` does */
  async login(login: Login): Promise<SignedIn> {
    return this.#account.enter(
      async (session) => (await ask(session, 'auth.login', login)) as Result<'auth.login'>,
    );
  }

  /**
   * Makes an account and logs in; null: a mail is under way, and the address is to be verified first.
   * @throws RequestError, ConnectionError as `query` does
   */
  async register(registration: Registration): Promise<SignedIn | null> {
    return this.#account.enter(async (session) => {
      const answer = (await ask(session, 'auth.register', registration)) as Result<'auth.register'>;
      return answer.verification_required ? null : answer;
    });
  }

  /**
   * Logs out: channels of users end, those of guests go on.
   * @throws RequestError, ConnectionError as `query` does: then the server may take the log-in to hold still
   */
  async logout(): Promise<void> {
    await this.#account.leave();
  }

  /** Gives the way to the server and back, ms. @throws ConnectionError as `query` does */
  async ping(): Promise<number> {
    const session = await this.#link.ready(false);
    const sent = performance.now();
    await session.request({ op: 'ping' });
    return performance.now() - sent;
  }

  /** Closes for good: subscriptions end, whoever still waits is refused with a ConnectionError. The log-in stays. */
  close(): void {
    if (this.state === 'closed') return;
    this.#link.close(new ConnectionError('the client was closed'));
    this.#end(null);
  }

  #signedOut(error: Error | null): void {
    this.#book.endOwn(error);
    const isHeard = this.#emitter.emit('signedOut', { error });
    if (!isHeard && error !== null) this.#report(error);
  }

  #interrupt(): void {
    this.#account.interrupt();
    this.#book.interrupt();
  }

  #end(error: Error | null): void {
    this.#account.close();
    this.#book.endAll(error);
  }

  #report(error: Error): void {
    if (this.#emitter.emit('error', error)) return;
    queueMicrotask(() => {
      throw error;
    });
  }
}
