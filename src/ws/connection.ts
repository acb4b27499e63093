import { CLOSE_CODES, type CloseReason } from '../errors.js';
import type { Publication } from '../events.js';
import type { Position, ServerMessage, WireError } from '../protocol.js';
import type { Caller, User } from './caller.js';
import { type Codec, codecOf } from './codec.js';
import { Conflation } from './conflate.js';
import type { Framer } from './form.js';
import type { Receiver, Subscription } from './group.js';
import { type GatewayLimits, MAX_BAD_MESSAGES, MessageLimiter } from './limits.js';
import { count, type GatewayStats } from './stats.js';
import type { SubscribeRequest } from './subscribe.js';
import type { Frame, TransportSocket } from './transport.js';

/** What all connections of a gateway share. */
export interface ConnectionContext {
  readonly framer: Framer;
  readonly limits: GatewayLimits;
  readonly stats: GatewayStats;
  readonly epoch: string;
  /** Our clock, ms. */
  readonly now: () => number;
}

/** A request to subscribe that is under way: what is given up meanwhile is taken out of its texts. */
export interface Asking {
  readonly texts: Set<string>;
}

const NO_PATTERNS: ReadonlyMap<string, SubscribeRequest> = new Map();

/** All state of one socket. Thousands of them do nothing: what few need is made when it is needed, and given up after. */
export class Connection implements Receiver {
  readonly codec: Codec;
  /** By channel text; also those whose snapshot is still to come. */
  readonly subscriptions = new Map<string, Subscription>();
  readonly limiter: MessageLimiter;
  pendingQueries = 0;
  /** While it is found out who is at the other end. */
  identifying: Promise<unknown> | null = null;
  /** Tokens in a row that spoke for nobody. */
  wrongTokens = 0;
  /** The end of its session has been asked for by itself. */
  isLoggingOut = false;
  isClosed = false;
  private badInARow = 0;
  private congestion = false;
  private ownPatterns: Map<string, SubscribeRequest> | null = null;
  private underWay: Set<Asking> | null = null;
  /** The last step of `inOrder`; null: none is under way. */
  private line: Promise<void> | null = null;
  private tellIdentified: (() => void) | null = null;
  private waitingForDrain: (() => void)[] | null = null;
  /** What waits for a slow client, by subscription, in the order in which they began to wait; null: nothing. */
  private held: Map<Subscription, Conflation> | null = null;
  private heldLossless = 0;

  constructor(
    readonly socket: TransportSocket,
    /** Who is at the other end; someone else after a log-in. */
    public caller: Caller,
    private readonly context: ConnectionContext,
  ) {
    this.codec = codecOf(socket.subprotocol);
    this.limiter = new MessageLimiter(context.limits, context.now());
  }

  /** More waits for the client than should. */
  get isCongested(): boolean {
    return this.congestion;
  }

  /** Resolves when the client has caught up, or is gone. */
  whenDrained(): Promise<void> {
    if (!this.congestion || this.isClosed) return Promise.resolve();
    return new Promise((resolve) => {
      this.waitingForDrain ??= [];
      this.waitingForDrain.push(resolve);
    });
  }

  /** Patterns that are subscribed to, with how their channels are. */
  get patterns(): ReadonlyMap<string, SubscribeRequest> {
    return this.ownPatterns ?? NO_PATTERNS;
  }

  keepPattern(text: string, request: SubscribeRequest): void {
    this.ownPatterns ??= new Map();
    this.ownPatterns.set(text, request);
  }

  /** Gives false if it was not subscribed to. */
  dropPattern(text: string): boolean {
    return this.ownPatterns?.delete(text) ?? false;
  }

  get asking(): Iterable<Asking> {
    return this.underWay ?? [];
  }

  beginAsking(asked: Asking): void {
    this.underWay ??= new Set();
    this.underWay.add(asked);
  }

  endAsking(asked: Asking): void {
    this.underWay?.delete(asked);
    if (this.underWay?.size === 0) this.underWay = null;
  }

  /** Someone else is at the other end; null: a guest. */
  become(user: User | null): void {
    this.caller = { ...this.caller, user };
    if (user !== null) this.tellIdentified?.();
  }

  /** Resolves when somebody has logged in, after `withinMs`, or when the connection is gone. */
  whenIdentified(withinMs: number): Promise<void> {
    if (this.caller.user !== null || this.isClosed) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      this.tellIdentified = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Runs one step after the other, whatever became of the one before. */
  inOrder<T>(step: () => Promise<T>): Promise<T> {
    const result = (this.line ?? Promise.resolve()).then(step);
    const ended = (): void => {
      if (this.line === line) this.line = null;
    };
    const line = result.then(ended, ended);
    this.line = line;
    return result;
  }

  send(message: ServerMessage): void {
    this.sendFrame(this.context.framer.frame(this.codec, message));
  }

  sendFrame(frame: Frame): void {
    if (this.isClosed) return;
    this.context.stats.messagesOut += 1;
    this.context.stats.bytesOut += frame.bytes.length;
    this.socket.send(frame);
  }

  freeSocket(): TransportSocket | null {
    const isFree = !this.isClosed && !this.isCongested && this.held === null;
    return isFree && this.socket.queuedBytes === 0 ? this.socket : null;
  }

  /** From now on what is sent to many is decided for this client by itself. */
  private serveAlone(): void {
    for (const subscription of this.subscriptions.values()) subscription.group?.serveAlone(subscription);
  }

  /** Answers a message that was refused; `op` is for the counters. */
  refuse(id: string | number | null, op: string, error: WireError): void {
    count(this.context.stats.errors, `${op} ${error.code}`);
    this.send({ type: 'reply', id, ok: false, error });
    const isBad = error.code === 'bad_message' || error.code === 'unknown_op';
    if (!isBad) return;
    this.badInARow += 1;
    if (this.badInARow >= MAX_BAD_MESSAGES)
      this.bye('badMessages', `${MAX_BAD_MESSAGES} bad messages in a row`);
  }

  /** A message was understood. */
  understood(): void {
    this.badInARow = 0;
  }

  /** A ping or pong came: it counts as a message, but is not told of being refused. */
  control(byteLength: number): void {
    if (this.isClosed) return;
    if (this.limiter.take(this.context.now(), byteLength) === 'flood') this.bye('flood', 'too many pings');
  }

  /** Says why, then closes with the code that stands for it. */
  bye(why: CloseReason, reason: string): void {
    if (this.isClosed) return;
    this.serveAlone();
    const { code, retryMs } = CLOSE_CODES[why];
    this.send({ type: 'closing', code, reason, retry_ms: retryMs });
    this.gone();
    this.held = null;
    this.socket.close(code, reason);
  }

  /** Nothing can be sent any more. */
  gone(): void {
    this.isClosed = true;
    this.wakeDrained();
    this.tellIdentified?.();
  }

  deliver(to: Subscription, publication: Publication, frame: Frame, isGap: boolean): void {
    if (!this.isCongested) {
      this.sendFrame(frame);
      return;
    }
    if (this.isClosed) return;
    const waiting = this.heldFor(to);
    const before = waiting.losslessCount;
    // The waiting snapshot gives way to a closed candle: that something was lost is still to be told.
    if (publication.lossless && waiting.tellsGap) to.isBehind = true;
    waiting.add({ publication, frame, isGap });
    this.heldLossless += waiting.losslessCount - before;
    if (this.heldLossless > this.context.limits.maxHeldLossless) {
      this.bye('slowConsumer', 'too many closed candles or events wait for this client');
    }
  }

  tellSkipped(to: Subscription, skipped: number): void {
    if (this.isCongested) this.heldFor(to).addSkipped(skipped);
    else this.send({ type: 'skipped', channel: to.text, count: skipped });
  }

  /** More waits for the client than should: from now on keep only what is newest, and bound the rest. */
  congested(queuedBytes: number): void {
    if (!this.congestion) this.serveAlone();
    this.congestion = true;
    if (queuedBytes > this.context.limits.maxQueuedBytes)
      this.bye('slowConsumer', 'too much waits for this client');
  }

  /** The client has caught up: sends what was held, as far as it goes. */
  drained(): void {
    this.congestion = false;
    this.release();
    if (!this.congestion) this.wakeDrained();
  }

  /** Sends what is held, whether the client keeps up or not. */
  release(): void {
    const { held } = this;
    if (held === null) return;
    for (const [subscription, conflation] of held) {
      held.delete(subscription);
      const { waiting, skipped } = conflation.take();
      this.heldLossless -= waiting.filter((entry) => entry.publication.lossless).length;
      if (skipped > 0) {
        this.context.stats.skipped += skipped;
        this.send({ type: 'skipped', channel: subscription.text, count: skipped });
      }
      for (const { publication, frame, isGap } of waiting) {
        const ready = frame ?? subscription.group?.encodeAlone(publication, isGap);
        if (ready !== undefined) this.sendFrame(ready);
      }
      // Sending may have filled the socket again.
      if (this.isCongested) return;
    }
    if (held.size === 0) this.held = null;
  }

  /** Forgets what waits for a subscription that ended. */
  drop(subscription: Subscription): void {
    const conflation = this.held?.get(subscription);
    if (conflation === undefined) return;
    this.heldLossless -= conflation.losslessCount;
    this.held?.delete(subscription);
    if (this.held?.size === 0) this.held = null;
  }

  /** Where each subscription stands whose snapshot was sent. */
  positions(): Record<string, Position> {
    const positions: Record<string, Position> = {};
    for (const { text, offset, epoch } of this.subscriptions.values()) {
      if (offset >= 0) positions[text] = { epoch: epoch ?? this.context.epoch, offset };
    }
    return positions;
  }

  private wakeDrained(): void {
    const waiting = this.waitingForDrain;
    this.waitingForDrain = null;
    for (const resolve of waiting ?? []) resolve();
  }

  private heldFor(subscription: Subscription): Conflation {
    this.held ??= new Map();
    let conflation = this.held.get(subscription);
    if (conflation === undefined) {
      conflation = new Conflation(subscription.channel.kind === 'trades');
      this.held.set(subscription, conflation);
    }
    return conflation;
  }
}
