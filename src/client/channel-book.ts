import { CHANNEL_KINDS, EVERY_SYMBOL } from '../channels.js';
import { RequestError } from '../errors.js';
import type { ServerMessage } from '../protocol.js';
import { type Pack, packed } from './packing.js';
import { fullJitter, isTemporary } from './reconnect.js';
import type { Session } from './session.js';
import { ChannelState, type SubscriptionHandlers } from './subscription.js';
import type { Resumed } from './types.js';

/** Least pause before what the server could not take just now is asked for again; a random time, which doubles, is added. */
const RETRY_MS = 1_000;

/** What the book tells and asks of its client. */
export interface BookOwner {
  /** Whether who is at this end is being found out: channels of users wait for it. */
  readonly isSigningIn: () => boolean;
  /** Has the log-in looked after that a server does not know; resolves when that has been done. */
  readonly renewLogIn: () => Promise<void>;
  readonly random: () => number;
  /** Largest message that the server takes, bytes. */
  readonly maxFrameBytes: () => number;
  readonly resumed: (resumed: Resumed) => void;
  readonly skipped: (skipped: { readonly channel: string; readonly count: number }) => void;
  readonly report: (error: Error) => void;
}

type State = ChannelState<unknown>;

/** Subscriptions of a client: has each connection carry them, and hands on what it brings. */
export class ChannelBook {
  readonly #owner: BookOwner;
  readonly #states = new Map<string, State>();
  /** Whom a message of a channel concerns; made anew when subscriptions change. */
  readonly #routes = new Map<string, readonly State[]>();
  /** Subscribed to in this turn. */
  #unsent: State[] = [];
  /** Given up in this turn. */
  #leaving: State[] = [];
  #flushed: Promise<void> | null = null;
  /** Those that the connection was asked for. */
  #asked = new Set<State>();
  #session: Session | null = null;
  /** What is done later, on this connection. */
  readonly #later = new Map<ReturnType<typeof setTimeout>, () => void>();

  constructor(owner: BookOwner) {
    this.#owner = owner;
  }

  /** @throws Error if the channel is already subscribed to */
  add(channel: string, handlers: SubscriptionHandlers<unknown>): State {
    if (this.#states.has(channel)) throw new Error(`${channel} is already subscribed to`);
    const state = new ChannelState<unknown>(channel, handlers);
    this.#states.set(channel, state);
    this.#routes.clear();
    this.#unsent.push(state);
    void this.#flush();
    return state;
  }

  /** Ends a subscription; resolves once the server knows. @throws RequestError if it refuses */
  async leave(channel: string): Promise<void> {
    const state = this.#states.get(channel);
    if (state === undefined) return;
    this.remove(channel, null);
    this.#leaving.push(state);
    await this.#flush();
  }

  /** Ends a subscription; false: there was none. */
  remove(channel: string, error: Error | null): boolean {
    const state = this.#states.get(channel);
    if (state === undefined) return false;
    this.#states.delete(channel);
    this.#routes.clear();
    this.#asked.delete(state);
    state.end(error);
    return true;
  }

  /** A connection is there: asks it for everything, to go on where it was. */
  begin(session: Session): void {
    this.#session = session;
    this.#asked = new Set();
    this.#unsent = [];
    this.#leaving = [];
    this.#ask([...this.#states.values()]);
  }

  /** It is known who is at this end: asks for what waited for it. @param isAnew the server has ended what there was */
  beginOwn(isAnew: boolean): void {
    const own = [...this.#states.values()].filter(isOwn);
    for (const state of own) {
      if (isAnew && this.#asked.delete(state)) state.interrupt();
    }
    this.#ask(own.filter((state) => !this.#asked.has(state)));
  }

  /** Nobody is logged in any more: channels of users end. @param error why; null: as this side wished */
  endOwn(error: Error | null): void {
    for (const state of [...this.#states.values()]) if (isOwn(state)) this.remove(state.channel, error);
  }

  /** The connection is lost. */
  interrupt(): void {
    this.#session = null;
    this.#drop();
    for (const state of this.#states.values()) state.interrupt();
  }

  /** The client is closed. */
  endAll(error: Error | null): void {
    this.#session = null;
    this.#drop();
    for (const channel of [...this.#states.keys()]) this.remove(channel, error);
  }

  /** Hands a message on. @throws TypeError if it cannot be read */
  take(message: ServerMessage): void {
    switch (message.type) {
      case 'snapshot':
        for (const state of this.#concerned(message.channel)) {
          const resumed = state.snapshot(message);
          if (resumed !== null) this.#owner.resumed(resumed);
        }
        break;
      case 'update':
        for (const state of this.#concerned(message.channel)) state.update(message);
        break;
      case 'skipped': {
        const { channel, count } = message;
        for (const state of this.#concerned(channel)) state.skipped(count);
        this.#owner.skipped({ channel, count });
        break;
      }
      default: // Message types of later versions mean nothing to this one.
    }
  }

  #concerned(channel: string): readonly State[] {
    const known = this.#routes.get(channel);
    if (known !== undefined) return known;
    const names = new Set([channel, patternOf(channel)]);
    const states = [...names].flatMap((name) => this.#states.get(name) ?? []);
    this.#routes.set(channel, states);
    return states;
  }

  /** What one turn wants is sent together: a message each would soon be too many a second. */
  #flush(): Promise<void> {
    this.#flushed ??= Promise.resolve().then(async () => {
      this.#flushed = null;
      // First, since a channel may have been given up and wanted anew.
      const gone = this.#unsubscribe(this.#leaving.splice(0));
      this.#ask(this.#unsent.splice(0));
      await gone;
    });
    return this.#flushed;
  }

  async #unsubscribe(states: readonly State[]): Promise<void> {
    const session = this.#session;
    if (session === null) return;
    await Promise.all(
      packed(states, this.#owner.maxFrameBytes()).map((pack) => this.#sendLeave(session, pack)),
    );
  }

  async #sendLeave(session: Session, { states }: Pack): Promise<void> {
    let channels = states.map(({ channel }) => channel);
    for (let tries = 0; session === this.#session && channels.length > 0; tries += 1) {
      try {
        await session.request({ op: 'unsubscribe', channels });
        return;
      } catch (error) {
        // A connection that is gone has no subscriptions left.
        if (!(error instanceof RequestError)) return;
        if (error.code !== 'rate_limited') throw error;
        await new Promise<void>((resolve) => this.#do(resolve, tries));
        channels = channels.filter((channel) => !this.#states.has(channel));
      }
    }
  }

  #do(work: () => void, tries: number): void {
    const pause = RETRY_MS + fullJitter(tries, RETRY_MS, this.#owner.random);
    const timer = setTimeout(() => {
      this.#later.delete(timer);
      work();
    }, pause);
    this.#later.set(timer, work);
  }

  /** What waits finds its connection gone. */
  #drop(): void {
    for (const [timer, work] of this.#later) {
      clearTimeout(timer);
      work();
    }
    this.#later.clear();
  }

  #ask(states: readonly State[]): void {
    if (this.#session === null) return;
    const isSigningIn = this.#owner.isSigningIn();
    this.#request(this.#session, isSigningIn ? states.filter((state) => !isOwn(state)) : states, 0);
  }

  #request(session: Session, states: readonly State[], tries: number): void {
    if (session !== this.#session) return;
    const current = states.filter((state) => this.#states.get(state.channel) === state);
    for (const pack of packed(current, this.#owner.maxFrameBytes())) this.#send(session, pack, tries);
  }

  #send(session: Session, { states, recover }: Pack, tries: number): void {
    for (const state of states) this.#asked.add(state);
    const channels = states.map(({ channel }) => channel);
    const positions = Object.keys(recover).length > 0 ? { recover } : {};
    session.request({ op: 'subscribe', channels, rows: true, ...positions }).then(
      () => {
        for (const state of states) state.accept();
      },
      (error: unknown) => {
        // Without a refusal the connection was lost, and the next one subscribes anew.
        if (error instanceof RequestError) this.#refused(session, states, tries, error);
      },
    );
  }

  /** Several channels are accepted or refused together: a refused list is halved until the culprit stands alone. */
  #refused(session: Session, states: readonly State[], tries: number, error: RequestError): void {
    if (session !== this.#session) return;
    const { code } = error;
    if (code === 'rate_limited' || (isTemporary(error) && states.every(({ wasAccepted }) => wasAccepted))) {
      this.#do(() => this.#request(session, states, tries + 1), tries);
    } else if (states.length > 1) {
      const half = Math.ceil(states.length / 2);
      this.#request(session, states.slice(0, half), tries);
      this.#request(session, states.slice(half), tries);
    } else if (code === 'unauthenticated' && tries === 0) {
      void this.#owner.renewLogIn().then(() => this.#request(session, states, 1));
    } else {
      for (const state of states) this.#giveUp(state, error);
    }
  }

  #giveUp(state: State, error: RequestError): void {
    if (this.#states.get(state.channel) !== state) return;
    this.remove(state.channel, error);
    if (state.wasAccepted) this.#owner.report(error);
  }
}

/** Says whether only who has logged in may have a channel. */
function isOwn({ channel }: State): boolean {
  const kind = /^[^:@]*/.exec(channel)?.[0] ?? '';
  return (
    Object.hasOwn(CHANNEL_KINDS, kind) && CHANNEL_KINDS[kind as keyof typeof CHANNEL_KINDS].role !== 'guest'
  );
}

/** Gives the pattern that a channel of one symbol belongs to; of others their own name. */
function patternOf(channel: string): string {
  return channel.replace(
    /^(ticker|trades):[^@]*|^(candles|indicators):.*(?=:)/,
    (_, one, series) => `${one ?? series}:${EVERY_SYMBOL}`,
  );
}
