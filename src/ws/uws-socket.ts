import type { Batch } from './batch.js';
import type { Admission, Frame, TransportHandlers, TransportOptions, TransportSocket } from './transport.js';
import type { Turn } from './turn.js';
import { type BatchWriter, TurnQueue } from './turn-queue.js';
import type { NativeSocket } from './uws-native.js';

/** What a socket needs of its transport. */
export interface UwsSocketHost {
  readonly turn: Turn;
  readonly options: TransportOptions;
  readonly handlers: TransportHandlers;
}

/** The binary loses the payload of a larger send when the socket can take nothing of it; larger ones go in pieces. */
export const MAX_PIECE_BYTES = 15 * 1024;
/** What `send` returns for a message that it threw away. */
const DROPPED = 2;

/** One WebSocket of the driver on uWebSockets.js. */
export class UwsSocket implements TransportSocket, BatchWriter {
  isOpen = false;
  /** Null before `open` and after `close`: using a closed one throws. */
  private native: NativeSocket | null = null;
  private readonly queue: TurnQueue;
  /** The turn in which it was last asked how much waits. */
  private measuredIn = -1;
  private isCongested = false;
  /** Set while a close waits for the queue to empty. */
  private farewell: { code: number; reason: string; timer: NodeJS.Timeout } | null = null;

  readonly address: string;
  /** Null from `open` on: it is not kept for the life of the socket. */
  private admitted: Admission | null;

  constructor(
    private readonly transport: UwsSocketHost,
    admission: Admission,
    readonly subprotocol: string | null,
  ) {
    this.address = admission.address;
    this.admitted = admission;
    this.queue = new TurnQueue(transport.turn, this);
  }

  get queuedBytes(): number {
    return this.queue.byteLength + (this.native?.getBufferedAmount() ?? 0);
  }

  /** Gives what was kept of the upgrade; once. */
  admission(): Admission {
    const { admitted } = this;
    if (admitted === null) throw new Error('a socket opened twice');
    this.admitted = null;
    return admitted;
  }

  opened(native: NativeSocket): void {
    this.native = native;
    this.isOpen = true;
  }

  closed(): void {
    this.isOpen = false;
    this.native = null;
    this.queue.clear();
    if (this.farewell !== null) clearTimeout(this.farewell.timer);
    this.farewell = null;
  }

  send(frame: Frame): void {
    if (this.isOpen) this.queue.add(frame);
  }

  /** Sends a frame before the turn ends. */
  sendNow(frame: Frame): void {
    this.send(frame);
    this.queue.writeNow();
  }

  close(code: number, reason: string): void {
    if (!this.isOpen) return;
    this.queue.writeNow();
    const native = this.native;
    if (native === null) return;
    this.isOpen = false;
    // `end` forgets the socket at once, so a peer that takes nothing could not be cut any more: wait here instead.
    if (native.getBufferedAmount() === 0) {
      native.end(code, reason);
      return;
    }
    const timer = setTimeout(() => this.terminate(), this.transport.options.closeGraceMs);
    this.farewell = { code, reason, timer };
  }

  terminate(): void {
    this.isOpen = false;
    this.native?.close();
  }

  onDrain(): void {
    const queued = this.native?.getBufferedAmount() ?? 0;
    if (this.farewell !== null) {
      if (queued === 0) this.native?.end(this.farewell.code, this.farewell.reason);
      return;
    }
    if (!this.isCongested || !this.isOpen || queued > this.transport.options.highMarkBytes / 2) return;
    this.isCongested = false;
    this.transport.handlers.drained(this);
  }

  /** Writes what has waited; called by the queue. */
  write(batch: Batch): void {
    const native = this.native;
    if (native === null || !this.isOpen) return;
    let isDropped = false;
    native.cork(() => {
      for (const frame of batch.frames()) if (sendWhole(native, frame) === DROPPED) isDropped = true;
    });
    if (isDropped) {
      // A hole in what the peer gets, and the library may not notice a dead socket: end it here.
      this.terminate();
      return;
    }
    this.measure();
  }

  /** What answers the peer's pings waits in the same queue as everything else. */
  control(byteLength: number): void {
    if (!this.isOpen) return;
    this.transport.handlers.control(this, byteLength);
    this.measure();
  }

  /** Takes part in a topic of the library. */
  join(topic: string): void {
    if (this.isOpen) this.native?.subscribe(topic);
  }

  leave(topic: string): void {
    this.native?.unsubscribe(topic);
  }

  /** Looks how much waits, once in a turn. */
  measureOnce(turn: number): void {
    if (this.measuredIn === turn) return;
    this.measuredIn = turn;
    this.measure();
  }

  private measure(): void {
    if (this.native === null || !this.isOpen) return;
    const queued = this.native.getBufferedAmount();
    if (queued > this.transport.options.highMarkBytes) {
      this.isCongested = true;
      this.transport.handlers.congested(this, queued);
    }
  }
}

/** Sends a frame, in fragments if it is large; gives the worst result. */
function sendWhole(native: NativeSocket, frame: Frame): number {
  const { bytes, isBinary } = frame;
  if (bytes.length <= MAX_PIECE_BYTES) return native.send(bytes, isBinary, false);
  let worst = native.sendFirstFragment(bytes.subarray(0, MAX_PIECE_BYTES), isBinary, false);
  let at = MAX_PIECE_BYTES;
  for (; at + MAX_PIECE_BYTES < bytes.length; at += MAX_PIECE_BYTES) {
    worst = Math.max(worst, native.sendFragment(bytes.subarray(at, at + MAX_PIECE_BYTES), false));
  }
  return Math.max(worst, native.sendLastFragment(bytes.subarray(at), false));
}
