import { type Channel, type StateChannel, topicOf } from '../channels.js';
import type { Publication } from '../events.js';
import type { Position } from '../protocol.js';
import { Conflation } from './conflate.js';
import type { Form, Framer, Shape, StateAt } from './form.js';
import { MIN_SHARED, SharedMembers } from './shared-members.js';
import type { GatewayStats } from './stats.js';
import type { Frame, TransportSocket } from './transport.js';

/** Who gets a channel's frames: a connection. */
export interface Receiver {
  /** Gives the socket if nothing waits for it, so that it can be sent what others are sent; null: something does. */
  freeSocket(): TransportSocket | null;
  /** Hands over a frame that many share. `isGap`: it is a snapshot, since publications before it were lost. */
  deliver(to: Subscription, publication: Publication, frame: Frame, isGap: boolean): void;
  /** Tells of updates that this subscriber will not get. */
  tellSkipped(to: Subscription, count: number): void;
}

/** One client's interest in one channel text. */
export class Subscription {
  /** Offset of the newest state that this client was given or has waiting; −1 before its snapshot. */
  get offset(): number {
    return this.sharedSocket !== null && this.group !== null ? this.group.sharedOffset : this.own;
  }

  set offset(offset: number) {
    this.own = offset;
  }

  private own = -1;
  /** Where it is sent what other members of its group are sent; null: it is served by itself. */
  sharedSocket: TransportSocket | null = null;
  /** What the offset counts from; null: the run of the server. */
  epoch: string | null = null;
  /** Null until the snapshot was sent, and after the end. */
  group: Group | null = null;
  /** Place in the group's list of those that are shared, or of those that are not. */
  index = -1;
  /** Publications were lost and the client was not told yet: the next that is not lossless goes out as a snapshot. */
  isBehind = false;

  /** The client named it itself, and not only a pattern. */
  isNamed = true;
  /** The pattern that holds it too; null: none. */
  pattern: string | null = null;

  constructor(
    readonly receiver: Receiver,
    /** As the client wrote it, rate included. */
    readonly text: string,
    readonly channel: Channel,
    readonly form: Form,
    /** Where the client asks to go on; null: it does not. */
    readonly from: Position | null = null,
  ) {}
}

/** The subscribers of one channel that share form and rate, so that each publication is encoded once for them. */
export class Group {
  /** Those that are served by themselves. */
  private readonly members: Subscription[] = [];
  private readonly shared: SharedMembers;
  private readonly conflation: Conflation | null;
  /** With a rate: newest offset taken in. */
  private seen = -1;
  /** With a rate: newest offset of a member's snapshot. */
  private newestJoin = -1;
  private cachedSnapshot: { readonly offset: number; readonly time: number; readonly frame: Frame } | null =
    null;

  constructor(
    readonly channel: StateChannel,
    readonly text: string,
    readonly form: Form,
    private readonly shape: Shape,
    private readonly framer: Framer,
    private readonly stats: GatewayStats,
    /** Takes a member out that has lost something, to give it that in its place; null: a snapshot has to do. */
    private readonly onLoss: ((member: Subscription) => void) | null = null,
  ) {
    this.conflation = channel.rateMs === 0 ? null : new Conflation(channel.kind === 'trades');
    this.shared = new SharedMembers(framer, stats);
  }

  get isEmpty(): boolean {
    return this.members.length + this.shared.size === 0;
  }

  /** Where those members stand that are sent the same. */
  get sharedOffset(): number {
    return this.shared.offset;
  }

  /** Adds a member that has been given the state at `offset`. */
  join(member: Subscription, offset: number): void {
    // What waits holds changes that the newcomer's snapshot already has; merged with later ones it would double them.
    this.flush();
    if (this.isEmpty) this.seen = offset;
    this.newestJoin = Math.max(this.newestJoin, offset);
    member.offset = offset;
    member.group = this;
    this.add(member);
  }

  leave(member: Subscription): void {
    this.serveAlone(member);
    const last = this.members.pop();
    if (last !== undefined && last !== member) {
      this.members[member.index] = last;
      last.index = member.index;
    }
    member.group = null;
    member.index = -1;
  }

  /** Serves a member by itself from now on, e.g. since it does not keep up. */
  serveAlone(member: Subscription): void {
    if (member.sharedSocket === null) return;
    this.shared.giveUp(member);
    this.add(member);
  }

  private add(member: Subscription): void {
    member.index = this.members.length;
    this.members.push(member);
  }

  /** Gives the frame of a snapshot; the last one is kept, since many ask for the same when they reconnect. */
  snapshot(state: StateAt, recovered: boolean | null): Frame {
    if (recovered !== null) return this.framer.snapshot(this.form, this.text, this.shape, state, recovered);
    const cached = this.cachedSnapshot;
    if (cached !== null && cached.offset === state.offset && cached.time === state.time) return cached.frame;
    const frame = this.framer.snapshot(this.form, this.text, this.shape, state, null);
    this.cachedSnapshot = { offset: state.offset, time: state.time, frame };
    return frame;
  }

  /** Takes a publication in; gives true if it waits for `flush`. */
  offer(publication: Publication): boolean {
    this.cachedSnapshot = null;
    if (this.conflation === null) {
      this.emit(publication, false);
      return false;
    }
    if (publication.offset <= this.seen) return false;
    const isGap = publication.offset !== this.seen + 1;
    this.seen = publication.offset;
    const wait = { publication, frame: null, isGap };
    if (publication.offset <= this.newestJoin) {
      // Some members have it in their snapshot and others not: it must not be merged with later ones.
      this.flush();
      this.conflation.add(wait);
      this.flush();
      return false;
    }
    this.conflation.add(wait);
    if (!publication.lossless) return true;
    this.flush();
    return false;
  }

  /** Sends what the rate held back. */
  flush(): void {
    if (this.conflation === null || this.conflation.isEmpty) return;
    const { waiting, skipped } = this.conflation.take();
    // Asking for a rate is asking for the newest state only; trades that did not fit are told.
    if (skipped > 0 && this.channel.kind === 'trades') {
      // What is told comes before what follows only to who is served by itself.
      this.serveAllAlone();
      this.stats.skipped += skipped * this.members.length;
      for (let i = this.members.length - 1; i >= 0; i--) {
        const member = this.members[i];
        if (member !== undefined) member.receiver.tellSkipped(member, skipped);
      }
    }
    for (const { publication, isGap } of waiting) this.emit(publication, isGap);
  }

  /** Gives all members that lack it the full state, or what they lost, after publications may have been lost. */
  resync(state: StateAt): void {
    if (this.onLoss !== null) {
      for (const member of [...this.members]) if (member.offset < state.offset) this.onLoss(member);
      return;
    }
    if (state.row === null) return;
    this.flush();
    const publication = { ...state, channel: topicOf(this.channel), lossless: false, row: state.row };
    this.seen = Math.max(this.seen, state.offset);
    this.emit(publication, true);
  }

  /** Gives the frame that says that a client goes on where it was, with what it missed. */
  resumed({ from }: Subscription, time: number): Frame {
    const state = { offset: from?.offset ?? 0, time, row: null };
    return this.framer.snapshot(this.form, this.text, this.shape, state, true);
  }

  /** Encodes for one client what could not be shared; not for the way of a tick. */
  encodeAlone(publication: Publication, isGap: boolean): Frame {
    this.stats.encodes += 1;
    return isGap
      ? this.framer.snapshot(this.form, this.text, this.shape, publication, null)
      : this.framer.update(this.form, this.text, this.shape, publication);
  }

  private emit(publication: Publication, isGap: boolean): void {
    const { offset } = publication;
    const isEveryTick = this.conflation === null;
    let update: Frame | null = null;
    let snapshot: Frame | null = null;
    this.share();
    if (this.shared.size > 0 && offset > this.shared.offset) {
      if (isGap || (isEveryTick && offset !== this.shared.offset + 1)) {
        // What each of them lost is decided for each.
        this.serveAllAlone();
      } else {
        update = this.encodeAlone(publication, false);
        this.shared.send(offset, update);
      }
    }
    // Backwards: a member that leaves while it is served is replaced by one that was served already.
    for (let i = this.members.length - 1; i >= 0; i--) {
      const member = this.members[i];
      if (member === undefined || offset <= member.offset) continue;
      if (isGap || (isEveryTick && offset !== member.offset + 1)) {
        if (this.onLoss !== null) {
          this.onLoss(member);
          continue;
        }
        member.isBehind = true;
      }
      member.offset = offset;
      // A closed candle is an update whatever was lost before it: who acts on closes reads updates only.
      if (member.isBehind && !publication.lossless) {
        member.isBehind = false;
        this.stats.gaps += 1;
        snapshot ??= this.encodeAlone(publication, true);
        member.receiver.deliver(member, publication, snapshot, true);
      } else {
        update ??= this.encodeAlone(publication, false);
        member.receiver.deliver(member, publication, update, false);
      }
    }
  }

  /** Has members share what comes next that can. */
  private share(): void {
    if (!this.shared.isPossible || this.members.length + this.shared.size < MIN_SHARED) return;
    for (let i = this.members.length - 1; i >= 0; i--) {
      const member = this.members[i];
      if (member === undefined || !this.shared.take(member)) continue;
      const last = this.members.pop();
      if (last === undefined || last === member) continue;
      this.members[i] = last;
      last.index = i;
    }
  }

  private serveAllAlone(): void {
    for (const member of this.shared.dissolve()) this.add(member);
  }
}
