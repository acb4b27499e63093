import type { Subscription } from './group.js';
import type { GatewayStats } from './stats.js';
import type { Audience, AudienceMembers, Frame, Transport, TransportSocket } from './transport.js';

/** A group with fewer members writes to each of them by itself: sharing costs more than it saves. */
export const MIN_SHARED = 4;

/**
 * Members of a group that keep up and stand at the same offset: the driver writes each frame to all of them at once, and
 * nothing is done for each of them on the way of a tick. Who is new, falls behind or has lost something is served by
 * itself; see `Group`.
 */
export class SharedMembers implements AudienceMembers {
  readonly #list: Subscription[] = [];
  readonly #audience: Audience | null;
  readonly #stats: GatewayStats;
  #offset = -1;

  constructor(transport: Pick<Transport, 'audience'>, stats: GatewayStats) {
    this.#audience = transport.audience(this);
    this.#stats = stats;
  }

  /** False: the driver gains nothing by it, so nobody is ever taken. */
  get isPossible(): boolean {
    return this.#audience !== null;
  }

  get size(): number {
    return this.#list.length;
  }

  /** Of the newest publication that they were sent. */
  get offset(): number {
    return this.#offset;
  }

  /** Takes a member, if it stands where all of them do and nothing waits for it; gives whether it was taken. */
  take(member: Subscription): boolean {
    if (this.#audience === null || member.isBehind) return false;
    if (this.#list.length > 0 && member.offset !== this.#offset) return false;
    const socket = member.receiver.freeSocket();
    if (socket === null) return false;
    this.#offset = member.offset;
    member.sharedSocket = socket;
    member.index = this.#list.length;
    this.#list.push(member);
    this.#audience.add(socket);
    return true;
  }

  /** Gives a member up, at the offset that all of them have. */
  giveUp(member: Subscription): void {
    const last = this.#list.pop();
    if (last !== undefined && last !== member) {
      this.#list[member.index] = last;
      last.index = member.index;
    }
    member.index = -1;
    member.offset = this.#offset;
    if (member.sharedSocket !== null) this.#audience?.remove(member.sharedSocket);
    member.sharedSocket = null;
  }

  /** Sends them the publication of an offset. */
  send(offset: number, frame: Frame): void {
    this.#offset = offset;
    this.#stats.messagesOut += this.#list.length;
    this.#stats.bytesOut += this.#list.length * frame.bytes.length;
    this.#audience?.send(frame);
  }

  each(visit: (socket: TransportSocket) => void): void {
    // Backwards: one that is given up meanwhile is replaced by one that was visited already.
    for (let i = this.#list.length - 1; i >= 0; i--) {
      const socket = this.#list[i]?.sharedSocket;
      if (socket) visit(socket);
    }
  }

  /** Gives them all up, one after the other. */
  *dissolve(): IterableIterator<Subscription> {
    for (let member = this.#list.at(-1); member !== undefined; member = this.#list.at(-1)) {
      this.giveUp(member);
      yield member;
    }
  }
}
