import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { EventChannel } from '../channels.js';
import type { Publication } from '../events.js';
import type { Position, StoredEvent } from '../store/outbox.js';
import { EventFrames, NO_EPOCH } from './event-frames.js';
import type { EventMember, EventStart } from './event-member.js';
import type { EventReader } from './event-source.js';
import type { Framer } from './form.js';
import type { Subscription } from './group.js';
import { SharedEvents } from './shared-events.js';
import type { GatewayStats } from './stats.js';
import type { Frame } from './transport.js';

/** Pause before what was lost is asked for again, when it could not be read; up to twice that. */
const RETRY_MS = 1_000;
/** Events that wait for a client. If more come, the next one tells of a loss, and they are read from the database. */
const MAX_WAITING = 10_000;
/** Events that are told in one piece. */
const PIECE = 50;

/**
 * The subscribers of a channel of events. Its state is not in memory, it is read from the database; each event is told
 * to each of them once, in order.
 *
 * How a snapshot joins the events: from before the state is asked for, events wait. The state says up to which offset it
 * has every event; what waits above it follows, what waits below is in it. It is the same with a client that goes on where
 * it was: the events that it missed are read instead of the state.
 *
 * An event that does not follow its predecessor tells of a loss on the way. What was lost is read from the database and
 * told in its place, so that nobody notices; if it is not to be had any more, who lacks it begins anew with a snapshot.
 */
export class EventTopic {
  readonly #members = new Map<Subscription, EventMember>();
  readonly #reader: SharedEvents;
  readonly #frames: EventFrames;
  readonly #lost = new Set<EventMember>();
  #isMending = false;
  #stopping = new AbortController();

  constructor(
    reader: EventReader,
    framer: Framer,
    private readonly stats: GatewayStats,
  ) {
    this.#reader = new SharedEvents(reader);
    this.#frames = new EventFrames(framer, stats);
  }

  /** Lets events wait for a subscriber. */
  add(subscription: Subscription, channel: EventChannel): void {
    const begin = { waiting: [], start: null, hasBegun: false, isInDoubt: false };
    this.#members.set(subscription, { subscription, channel, ...begin });
  }

  /**
   * Resolves when that is there with which the subscriber will begin; call it once the broker delivers.
   * @throws what reading throws
   */
  async admit(subscription: Subscription): Promise<void> {
    const member = this.#members.get(subscription);
    // It may have left meanwhile.
    if (member !== undefined) member.start = await this.#startOf(member);
  }

  /**
   * Gives the snapshot of who was admitted, and what came since, in pieces that each are to be sent at once; between two
   * of them others may come to their turn. Once all are taken, the subscriber gets every event as it comes.
   */
  *begin(subscription: Subscription): Generator<readonly Frame[]> {
    const member = this.#members.get(subscription);
    const start = member?.start ?? null;
    if (member === undefined || start === null) {
      throw new Error(`${subscription.text} begins before it was admitted`);
    }
    member.start = null;
    member.hasBegun = true;
    if ('state' in start) {
      moveTo(subscription, start.state.position);
      yield [this.#frames.snapshot(subscription, start.state, start.recovered)];
    } else {
      if (start.isTold) {
        moveTo(subscription, subscription.from);
        yield [this.#frames.resumed(subscription)];
      }
      const { events, begin } = start.missed;
      for (let n = begin; n < events.length; n += PIECE) {
        yield events.slice(n, n + PIECE).flatMap((event) => this.#recovered(member, event));
      }
    }
    yield* this.#catchUp(member);
  }

  /** Gives whether it had begun. */
  leave(subscription: Subscription): boolean {
    const member = this.#members.get(subscription);
    this.#members.delete(subscription);
    if (member !== undefined) this.#lost.delete(member);
    if (this.#members.size === 0) {
      this.#stopping.abort();
      this.#stopping = new AbortController();
    }
    return member?.hasBegun ?? false;
  }

  /** Takes an event in; called in the order of the broker. */
  offer(publication: Publication): void {
    for (const member of this.#members.values()) {
      const { waiting, subscription } = member;
      if (waiting !== null) {
        if (waiting.length < MAX_WAITING) waiting.push(publication);
        continue;
      }
      const frame = this.#take(member, publication);
      if (frame === 'lost') this.#renew(member);
      else if (frame !== null) subscription.receiver.deliver(subscription, publication, frame, false);
    }
  }

  /** Events may have been lost: looks for everybody what they have missed. */
  resync(): void {
    for (const member of this.#members.values()) {
      if (member.waiting === null) this.#renew(member);
      else member.isInDoubt = true;
    }
  }

  /** Says whether somebody has not been told what the channel has told up to a place. */
  isBehind(place: Position): boolean {
    for (const member of this.#members.values()) if (isBehind(member, place)) return true;
    return false;
  }

  /** Looks what those lack who have not been told what the channel has told up to a place; gives how many they are. */
  mendBehind(place: Position): number {
    let count = 0;
    for (const member of this.#members.values()) {
      if (!isBehind(member, place)) continue;
      this.#renew(member);
      count += 1;
    }
    return count;
  }

  /** Tells everybody how things are now, where they are; for channels that tell a state beside their events. */
  refresh(items: unknown): void {
    const frames = new Map<string, Frame>();
    for (const { subscription, waiting } of this.#members.values()) {
      if (waiting !== null) continue;
      const time = Date.now();
      const frame = this.#frames.refresh(subscription, items, time, frames);
      const { offset } = subscription;
      const told = { channel: subscription.channel.name, offset, time, lossless: false, row: [] };
      subscription.receiver.deliver(subscription, told, frame, false);
    }
  }

  /** Hands over what waits, until nothing does: then the member is live. */
  *#catchUp(member: EventMember): Generator<readonly Frame[]> {
    while (this.#members.get(member.subscription) === member) {
      const piece = member.waiting?.splice(0, PIECE) ?? [];
      if (piece.length === 0) {
        member.waiting = null;
        if (member.isInDoubt) this.#renew(member);
        return;
      }
      const frames: Frame[] = [];
      for (const publication of piece) {
        const frame = this.#take(member, publication);
        if (frame === 'lost') {
          yield frames;
          this.#renew(member);
          return;
        }
        if (frame !== null) frames.push(frame);
      }
      yield frames;
    }
  }

  /** Gives the frame of an event that is the member's next; null: it is known; `lost`: what comes before it is missing. */
  #take({ subscription }: EventMember, publication: Publication): Frame | 'lost' | null {
    const { offset, time } = publication;
    const [epoch, data] = publication.row as readonly [string, unknown];
    const isFirst = subscription.epoch === NO_EPOCH && offset === 1;
    if (!isFirst && (epoch !== subscription.epoch || offset > subscription.offset + 1)) return 'lost';
    if (!isFirst && offset <= subscription.offset) return null;
    moveTo(subscription, { epoch, offset });
    return this.#frames.update(subscription, { epoch, offset, time, data }, publication);
  }

  /** An event of the database; one that is known already gives nothing. */
  #recovered({ subscription }: EventMember, event: StoredEvent): readonly Frame[] {
    if (event.offset <= subscription.offset) return [];
    const { epoch, offset, createdAt: time, data } = event;
    moveTo(subscription, event);
    return [this.#frames.update(subscription, { epoch, offset, time, data }, event)];
  }

  #renew(member: EventMember): void {
    member.waiting = [];
    member.isInDoubt = false;
    this.#lost.add(member);
    this.stats.gaps += 1;
    void this.#mend();
  }

  /** Finds for everybody what they have lost, however often it takes. */
  async #mend(): Promise<void> {
    if (this.#isMending) return;
    this.#isMending = true;
    while (this.#lost.size > 0) {
      const lost = [...this.#lost];
      this.#lost.clear();
      const outcomes = await Promise.all(lost.map((member) => this.#mendOne(member)));
      if (outcomes.every((isRead) => isRead)) continue;
      const { signal } = this.#stopping;
      await sleep(RETRY_MS * (1 + Math.random()), undefined, { signal }).catch(() => undefined);
    }
    this.#isMending = false;
  }

  /** Gives false if what is missing could not be read; it is tried again then. */
  async #mendOne(member: EventMember): Promise<boolean> {
    const { subscription } = member;
    const isHere = (): boolean => this.#members.get(subscription) === member;
    // What has come so far was committed before, so it is in what is read now.
    member.waiting = [];
    try {
      member.start = await this.#mendingStart(member);
    } catch {
      if (isHere()) this.#lost.add(member);
      return false;
    }
    if (!isHere()) return true;
    const told = { channel: member.channel.name, offset: 0, time: Date.now(), lossless: true, row: [] };
    for (const frames of this.begin(subscription)) {
      for (const frame of frames) subscription.receiver.deliver(subscription, told, frame, false);
      if (frames.length === PIECE) await nextTurn();
      if (!isHere()) break;
    }
    return true;
  }

  async #mendingStart(member: EventMember): Promise<EventStart> {
    const { epoch, offset } = member.subscription;
    if (epoch !== null && epoch !== NO_EPOCH) {
      const missed = await this.#reader.missed(member.channel, { epoch, offset });
      if (missed !== null) return { missed, isTold: false };
    }
    return { state: await this.#reader.state(member.channel), recovered: null };
  }

  async #startOf({ channel, subscription: { from } }: EventMember): Promise<EventStart> {
    if (from === null) return { state: await this.#reader.state(channel), recovered: null };
    const missed = await this.#reader.missed(channel, from);
    if (missed !== null) return { missed, isTold: true };
    return { state: await this.#reader.state(channel), recovered: false };
  }
}

/** `place` null: the channel has told nothing yet. */
function moveTo(subscription: Subscription, place: Position | null): void {
  subscription.epoch = place?.epoch ?? NO_EPOCH;
  subscription.offset = place?.offset ?? 0;
}

/** Who waits is told all that there is when they begin. */
function isBehind({ waiting, subscription }: EventMember, { epoch, offset }: Position): boolean {
  if (waiting !== null) return false;
  if (subscription.epoch === NO_EPOCH) return offset > 0;
  return subscription.epoch !== epoch || subscription.offset < offset;
}
