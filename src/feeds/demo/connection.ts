import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { encodeFrame } from '../../web-socket-frame.js';

/** One message, encoded at most once for each of the two ways it is sent. */
export class Frame {
  readonly #stream: string;
  readonly #payload: string;
  #raw: Buffer | undefined;
  #wrapped: Buffer | undefined;

  constructor(stream: string, payload: string) {
    this.#stream = stream;
    this.#payload = payload;
  }

  /** Gives the WebSocket frame; with `combined` in the wrapping of `/stream`. */
  bytes(combined: boolean): Buffer {
    if (combined) {
      this.#wrapped ??= textFrame(`{"stream":"${this.#stream}","data":${this.#payload}}`);
      return this.#wrapped;
    }
    this.#raw ??= textFrame(this.#payload);
    return this.#raw;
  }

  /** Gives a frame that holds the first half of the message: no valid JSON. */
  garbage(): Buffer {
    return textFrame(this.#payload.slice(0, this.#payload.length >> 1));
  }
}

/** Gives the WebSocket frame of a text message. */
export function textFrame(text: string): Buffer {
  return encodeFrame(Buffer.from(text), false);
}

/** How far a client may lag behind before the playback waits for it; small, so that a cut loses little. */
const WINDOW_BYTES = 65_536;
/** A ping is sent after this many bytes: its pong says that everything before it was read. */
const PING_BYTES = 16_384;

/**
 * All state of one client's socket. Frames are gathered and written in one piece by `flush`, so that what belongs to
 * one moment reaches the client in one TCP write. Frames are built here and not by `ws`, which would write each by
 * itself; `ws` reads, answers pings and closes.
 */
export class Connection {
  readonly topics = new Set<string>();
  /** Wrapped messages, as on `/stream`; a client may switch. */
  combined: boolean;
  /** Real time of the client's last sign of life, ms. */
  lastSeen: number;
  readonly #webSocket: WebSocket;
  readonly #socket: Duplex;
  #pending: Buffer[] = [];
  #held: Buffer[] = [];
  #written = 0;
  #pinged = 0;
  #read = 0;
  #blockedSince: number | null = null;

  constructor(webSocket: WebSocket, socket: Duplex, combined: boolean, now: number) {
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.combined = combined;
    this.lastSeen = now;
    webSocket.on('pong', (data) => {
      const read = Number(data.toString());
      if (read > this.#read) this.#read = read;
    });
  }

  push(bytes: Buffer): void {
    this.#pending.push(bytes);
  }

  /** Keeps a frame back until `release`. */
  hold(bytes: Buffer): void {
    this.#held.push(bytes);
  }

  /** Puts what was held before whatever comes next. */
  release(): void {
    if (this.#held.length === 0) return;
    this.#pending.push(...this.#held);
    this.#held = [];
  }

  /** Writes everything pushed since the last time in one piece. */
  flush(): void {
    if (this.#pending.length === 0) return;
    const bytes = this.#pending.length === 1 ? this.#pending[0] : Buffer.concat(this.#pending);
    this.#pending = [];
    if (bytes === undefined || this.#webSocket.readyState !== this.#webSocket.OPEN) return;
    this.#socket.write(bytes);
    this.#written += bytes.length;
    if (this.#written - this.#pinged >= PING_BYTES) {
      this.#pinged = this.#written;
      this.ping();
    }
  }

  ping(): void {
    if (this.#webSocket.readyState === this.#webSocket.OPEN) this.#webSocket.ping(String(this.#written));
  }

  /** Says for how long (ms of real time) more than a window has been waiting to be read; 0 if it is not. */
  blockedFor(now: number): number {
    if (this.#pinged - this.#read <= WINDOW_BYTES) {
      this.#blockedSince = null;
      return 0;
    }
    this.#blockedSince ??= now;
    return Math.max(1, now - this.#blockedSince);
  }

  /** Cuts the connection without a closing handshake, as a failing network does. */
  cut(): void {
    this.#webSocket.terminate();
  }
}
