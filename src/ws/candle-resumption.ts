import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../errors.js';
import type { Logger } from '../logger.js';
import type { Framer, Shape } from './form.js';
import type { Group, Subscription } from './group.js';
import type { CandlesChannel, KnownCloses, MissedCloses } from './missed-closes.js';
import type { ChannelState } from './ports.js';
import type { GatewayStats } from './stats.js';
import type { Frame } from './transport.js';

/** What taking up a `candles` channel again works with. */
export interface ResumptionContext {
  readonly closes: Pick<MissedCloses, 'known' | 'after'>;
  readonly framer: Framer;
  readonly stats: GatewayStats;
  readonly logger: Logger;
  shape(channel: CandlesChannel): Shape;
  state(channel: CandlesChannel): ChannelState;
  /** Makes the subscriber live from the state on. */
  enter(subscription: Subscription, channel: CandlesChannel, state: ChannelState): Group;
}

/** Closed candles that are handed over in one piece. */
const PIECE = 50;
/** Subscribers that are given what they lost in one turn of the event loop. */
const PER_TURN = 20;
const TRIES = 5;
const RETRY_MS = 1_000;

/**
 * Brings subscribers of `candles` channels from where they were to now, with every candle that closed meanwhile: those who
 * come back after a cut, and those who have lost something between the engine and this gateway.
 */
export class CandleResumption {
  /** Those who have lost something, and are not live until they have it. */
  readonly #lost = new Set<Subscription>();
  #isMending = false;

  constructor(private readonly context: ResumptionContext) {}

  /** Gives the frames for who asks to go on, in pieces that each are to be sent at once; it is live after the last. */
  *resume(
    subscription: Subscription,
    channel: CandlesChannel,
    known: KnownCloses,
  ): Generator<readonly Frame[]> {
    const { closes, framer } = this.context;
    const from = subscription.from?.offset ?? 0;
    const now = this.context.state(channel);
    if (from < 0 || from > now.offset || closes.after(channel, from, known) === null) {
      yield [this.context.enter(subscription, channel, now).snapshot(now, false)];
      return;
    }
    const start = { offset: from, time: now.time, row: null };
    yield [framer.snapshot(subscription.form, subscription.text, this.context.shape(channel), start, true)];
    yield* this.#closesAfter(subscription, channel, from, known, false);
  }

  /** Takes in who has lost something; `subscription` is in no group. */
  lost(subscription: Subscription): void {
    this.#lost.add(subscription);
    this.context.stats.gaps += 1;
    void this.#mend();
  }

  /** Gives whether the subscriber waited for what it lost. */
  leave(subscription: Subscription): boolean {
    return this.#lost.delete(subscription);
  }

  *#closesAfter(
    subscription: Subscription,
    channel: CandlesChannel,
    from: number,
    known: KnownCloses,
    isLoss: boolean,
  ): Generator<readonly Frame[]> {
    const { closes, framer } = this.context;
    const { text, form } = subscription;
    const shape = this.context.shape(channel);
    let told = from;
    let missed = closes.after(channel, told, known);
    while (missed !== null && missed.length > 0) {
      const piece = missed.slice(0, PIECE);
      told = piece.at(-1)?.offset ?? told;
      subscription.offset = told;
      yield piece.map((close) => framer.update(form, text, shape, close));
      // More may have closed while others had their turn.
      missed = closes.after(channel, told, known);
    }
    const state = this.context.state(channel);
    const group = this.context.enter(subscription, channel, state);
    if (missed === null || (isLoss && state.row !== null)) yield [group.snapshot(state, null)];
    else if (state.row !== null && state.offset > told) {
      const { offset, time, row } = state;
      yield [group.encodeAlone({ channel: channel.name, offset, time, lossless: false, row }, false)];
    }
  }

  async #mend(): Promise<void> {
    if (this.#isMending) return;
    this.#isMending = true;
    // All that became known in this turn is looked after at once.
    await nextTurn();
    while (this.#lost.size > 0) {
      const some = [...this.#lost].slice(0, PER_TURN);
      await Promise.all(some.map((subscription) => this.#mendOne(subscription)));
      await nextTurn();
    }
    this.#isMending = false;
  }

  async #mendOne(subscription: Subscription): Promise<void> {
    const channel = subscription.channel as CandlesChannel;
    const known = await this.#known(subscription, channel);
    if (!this.#lost.has(subscription)) return;
    const told = { channel: channel.name, offset: 0, time: 0, lossless: true, row: [] };
    for (const frames of this.#closesAfter(subscription, channel, subscription.offset, known, true)) {
      // Once it is live it is nobody's here.
      if (subscription.group !== null) this.#lost.delete(subscription);
      for (const frame of frames) subscription.receiver.deliver(subscription, told, frame, false);
      if (frames.length === PIECE) await nextTurn();
      if (subscription.group === null && !this.#lost.has(subscription)) return;
    }
    this.#lost.delete(subscription);
  }

  /** What cannot be read after some tries is told of by the snapshot that follows. */
  async #known(subscription: Subscription, channel: CandlesChannel): Promise<KnownCloses> {
    for (let n = 1; n <= TRIES && this.#lost.has(subscription); n++) {
      try {
        return await this.context.closes.known(channel, subscription.offset);
      } catch (error) {
        this.context.logger.warn({ channel: channel.name, error: messageOf(error) }, 'closes are not read');
        await sleep(RETRY_MS * (1 + Math.random()), undefined, { ref: false });
      }
    }
    return new Map();
  }
}
