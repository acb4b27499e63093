import { CLOSE_CODES, type CloseReason } from '../errors.js';
import type { Publication } from '../events.js';
import type { Position, ServerMessage, WireError } from '../protocol.js';
import type { Caller } from './caller.js';
import { type Codec, codecOf } from './codec.js';
import { Conflation } from './conflate.js';
import type { Framer } from './form.js';
import type { Receiver, Subscription } from './group.js';
import { type GatewayLimits, MAX_BAD_MESSAGES, MessageLimiter } from './limits.js';
import { count, type GatewayStats } from './stats.js';
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

/** All state of one socket. */
export class Connection implements Receiver {
  readonly codec: Codec;
  /** By channel text; also those whose snapshot is still to come. */
  readonly subscriptions = new Map<string, Subscription>();
  readonly limiter: MessageLimiter;
  pendingQueries = 0;
  isClosed = false;
  private badInARow = 0;
  private isCongested = false;
  /** What waits for a slow client, by subscription, in the order in which they began to wait. */
  private held = new Map<Subscription, Conflation>();
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

  send(message: ServerMessage): void {
    this.sendFrame(this.context.framer.frame(this.codec, message));
  }

  sendFrame(frame: Frame): void {
    if (this.isClosed) return;
    this.context.stats.messagesOut += 1;
    this.context.stats.bytesOut += frame.bytes.length;
    this.socket.send(frame);
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
    const { code, retryMs } = CLOSE_CODES[why];
    this.send({ type: 'closing', code, reason, retry_ms: retryMs });
    this.isClosed = true;
    this.held.clear();
    this.socket.close(code, reason);
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
    this.isCongested = true;
    if (queuedBytes > this.context.limits.maxQueuedBytes)
      this.bye('slowConsumer', 'too much waits for this client');
  }

  /** The client has caught up: sends what was held, as far as it goes. */
  drained(): void {
    this.isCongested = false;
    this.release();
  }

  /** Sends what is held, whether the client keeps up or not. */
  release(): void {
    for (const [subscription, conflation] of this.held) {
      this.held.delete(subscription);
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
  }

  /** Forgets what waits for a subscription that ended. */
  drop(subscription: Subscription): void {
    const conflation = this.held.get(subscription);
    if (conflation === undefined) return;
    this.heldLossless -= conflation.losslessCount;
    this.held.delete(subscription);
  }

  /** Where each subscription stands whose snapshot was sent. */
  positions(): Record<string, Position> {
    const positions: Record<string, Position> = {};
    for (const { text, offset, epoch } of this.subscriptions.values()) {
      if (offset >= 0) positions[text] = { epoch: epoch ?? this.context.epoch, offset };
    }
    return positions;
  }

  private heldFor(subscription: Subscription): Conflation {
    let conflation = this.held.get(subscription);
    if (conflation === undefined) {
      conflation = new Conflation(subscription.channel.kind === 'trades');
      this.held.set(subscription, conflation);
    }
    return conflation;
  }
}
