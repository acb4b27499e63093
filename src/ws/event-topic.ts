import type { Publication } from '../events.js';
import type { EventState } from './channel-source.js';
import type { Framer, Shape } from './form.js';
import type { Subscription } from './group.js';
import type { GatewayStats } from './stats.js';
import type { Frame } from './transport.js';

/** Before its first event a channel has no epoch: the first event is then its first, whatever epoch it names. */
const NO_EPOCH = 'none';
/** Pause before the state is asked for again, when it could not be read. */
const RETRY_MS = 1_000;
/** Events that wait for the state. If more come, the next one tells of a loss, and the state is read again. */
const MAX_WAITING = 10_000;
const SHAPE: Shape = { fields: null, isList: true };

/** How a subscriber stands to the channel. */
interface Member {
  readonly subscription: Subscription;
  /** Null: it gets events as they come. Else those that came since its state was asked for. */
  waiting: Publication[] | null;
  /** State that it will begin with, or begin anew with. */
  state: EventState | null;
  /** Its snapshot was sent at least once. */
  hasBegun: boolean;
}

/**
 * The subscribers of a channel of events. Its state is not in memory, it is read from the database; each event is told
 * to each of them once, in order.
 *
 * How a snapshot joins the events: from before the state is asked for, events wait. The state says up to which offset it
 * has every event; what waits above it follows, what waits below is in it. An event that does not follow its predecessor
 * tells of a loss on the way: who gets it begins anew, with a snapshot.
 */
export class EventTopic {
  readonly #members = new Map<Subscription, Member>();
  #loading: Promise<EventState> | null = null;
  #isReloading = false;
  #retry: NodeJS.Timeout | null = null;

  /** @param load reads the state; what is committed when it is called is in it */
  constructor(
    private readonly load: () => Promise<EventState>,
    private readonly framer: Framer,
    private readonly stats: GatewayStats,
  ) {}

  /** Lets events wait for a subscriber. */
  add(subscription: Subscription): void {
    this.#members.set(subscription, { subscription, waiting: [], state: null, hasBegun: false });
  }

  /**
   * Resolves when the state is there that the subscriber will begin with; call it once the broker delivers.
   * @throws what reading the state throws
   */
  async admit(subscription: Subscription): Promise<void> {
    const member = this.#members.get(subscription);
    // It may have left meanwhile.
    if (member !== undefined) member.state = await this.#read();
  }

  /** Gives the snapshot of who was admitted, and what came since; from now on it gets every event. */
  begin(subscription: Subscription, recovered: boolean | null): readonly Frame[] {
    const member = this.#members.get(subscription);
    if (member === undefined || member.state === null) {
      throw new Error(`${subscription.text} begins before it was admitted`);
    }
    const frames = [this.#snapshot(member, member.state, recovered)];
    const waiting = member.waiting ?? [];
    member.waiting = null;
    member.state = null;
    member.hasBegun = true;
    for (const publication of waiting) {
      const frame = this.#take(member, publication, null);
      if (frame !== null) frames.push(frame);
    }
    return frames;
  }

  /** Gives whether it had begun. */
  leave(subscription: Subscription): boolean {
    const member = this.#members.get(subscription);
    this.#members.delete(subscription);
    if (this.#members.size === 0 && this.#retry !== null) {
      clearTimeout(this.#retry);
      this.#retry = null;
      this.#isReloading = false;
    }
    return member?.hasBegun ?? false;
  }

  /** Takes an event in; called in the order of the broker. */
  offer(publication: Publication): void {
    const frames = new Map<string, Frame>();
    for (const member of this.#members.values()) {
      const frame = this.#take(member, publication, frames);
      if (frame !== null)
        member.subscription.receiver.deliver(member.subscription, publication, frame, false);
    }
  }

  /** Events may have been lost: everybody begins anew. */
  resync(): void {
    for (const member of this.#members.values()) if (member.waiting === null) this.#renew(member);
  }

  /** Gives the frame of an event that is the member's next; null: it waits, is known, or tells of a loss. */
  #take(member: Member, publication: Publication, frames: Map<string, Frame> | null): Frame | null {
    const { subscription, waiting } = member;
    if (waiting !== null) {
      if (waiting.length < MAX_WAITING) waiting.push(publication);
      return null;
    }
    const { offset } = publication;
    const [epoch, data] = publication.row as readonly [string, unknown];
    const isFirst = subscription.epoch === NO_EPOCH && offset === 1;
    if (!isFirst && (epoch !== subscription.epoch || offset > subscription.offset + 1)) {
      this.#renew(member);
      member.waiting?.push(publication);
      return null;
    }
    if (!isFirst && offset <= subscription.offset) return null;
    subscription.epoch = epoch;
    subscription.offset = offset;
    const { form, text } = subscription;
    const known = frames?.get(form.codec.name);
    if (known !== undefined) return known;
    this.stats.encodes += 1;
    const state = { offset, time: publication.time, row: data as readonly unknown[] };
    const frame = this.framer.update(form, text, SHAPE, state);
    frames?.set(form.codec.name, frame);
    return frame;
  }

  #renew(member: Member): void {
    member.waiting = [];
    this.stats.gaps += 1;
    if (!this.#isReloading) this.#reload();
  }

  /** Has everybody begin anew that has lost something. */
  #reload(): void {
    this.#isReloading = true;
    this.#read().then(
      (state) => {
        // Before anybody begins: what waited may itself tell of a loss.
        this.#isReloading = false;
        for (const member of this.#members.values()) {
          if (member.hasBegun && member.waiting !== null) this.#beginAnew(member, state);
        }
      },
      () => {
        this.#isReloading = this.#members.size > 0;
        if (!this.#isReloading) return;
        this.#retry = setTimeout(() => {
          this.#retry = null;
          this.#reload();
        }, RETRY_MS);
      },
    );
  }

  #beginAnew(member: Member, state: EventState): void {
    const { subscription } = member;
    const channel = subscription.channel.name;
    const told = { channel, offset: 0, time: state.time, lossless: true, row: [] };
    member.state = state;
    for (const frame of this.begin(subscription, null)) {
      subscription.receiver.deliver(subscription, told, frame, false);
    }
  }

  #snapshot({ subscription }: Member, state: EventState, recovered: boolean | null): Frame {
    const epoch = state.position?.epoch ?? NO_EPOCH;
    const offset = state.position?.offset ?? 0;
    subscription.epoch = epoch;
    subscription.offset = offset;
    const { form, text } = subscription;
    return this.framer.snapshot(
      form,
      text,
      SHAPE,
      { epoch, offset, time: state.time, row: state.items },
      recovered,
    );
  }

  /** Those who ask in one turn share what is read: all of them wait since before it was asked for. */
  #read(): Promise<EventState> {
    if (this.#loading === null) {
      this.#loading = Promise.resolve().then(() => {
        this.#loading = null;
        return this.load();
      });
    }
    return this.#loading;
  }
}
