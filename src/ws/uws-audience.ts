import type { Audience, AudienceMembers, Frame, TransportSocket } from './transport.js';
import type { Flushable, Turn } from './turn.js';
import { MAX_PIECE_BYTES, UwsSocket } from './uws-socket.js';

/** What an audience needs of its transport. */
export interface UwsAudienceHost {
  readonly turn: Turn;
  /** Hands a message to the library, which writes what one turn made for a socket in one piece. */
  publish(topic: string, frame: Frame): void;
}

/** An audience as a topic of uWebSockets.js. */
export class UwsAudience implements Audience, Flushable {
  #isScheduled = false;

  constructor(
    private readonly host: UwsAudienceHost,
    private readonly topic: string,
    private readonly members: AudienceMembers,
  ) {}

  add(socket: TransportSocket): void {
    if (socket instanceof UwsSocket) socket.join(this.topic);
  }

  remove(socket: TransportSocket): void {
    if (socket instanceof UwsSocket) socket.leave(this.topic);
  }

  send(frame: Frame): void {
    // Pieces of a message go to each socket by itself.
    if (frame.bytes.length <= MAX_PIECE_BYTES) this.host.publish(this.topic, frame);
    else this.members.each((socket) => sendNow(socket, frame));
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.host.turn.add(this);
  }

  /** The library does not tell who falls behind: each is asked once a turn. */
  flush(): void {
    this.#isScheduled = false;
    const { number } = this.host.turn;
    this.members.each((socket) => {
      if (socket instanceof UwsSocket) socket.measureOnce(number);
    });
  }
}

function sendNow(socket: TransportSocket, frame: Frame): void {
  if (socket instanceof UwsSocket) socket.sendNow(frame);
}
