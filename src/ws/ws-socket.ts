import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { messageOf } from '../errors.js';
import type { Batch } from './batch.js';
import { DeflatableFrame } from './deflatable-frame.js';
import type { Frame, TransportHandlers, TransportOptions, TransportSocket } from './transport.js';
import type { Turn } from './turn.js';
import { type BatchWriter, TurnQueue } from './turn-queue.js';

/** What a socket needs of its transport. */
export interface WsSocketHost {
  readonly turn: Turn;
  readonly options: TransportOptions;
  readonly handlers: TransportHandlers;
  /** Called by a socket that has ended. */
  forget(socket: WsSocket): void;
}

/** One WebSocket of the driver on `ws`; frames bypass the library's sender: see `write`. */
export class WsSocket implements TransportSocket, BatchWriter {
  isOpen = true;
  private readonly queue: TurnQueue;
  private readonly isDeflating: boolean;
  private isCongested = false;
  private isAlive = true;
  private grace: NodeJS.Timeout | null = null;

  constructor(
    private readonly transport: WsSocketHost,
    private readonly ws: WebSocket,
    /** The connection below `ws`: frames are written to it directly. */
    private readonly raw: Duplex,
    readonly address: string,
    readonly subprotocol: string | null,
  ) {
    const { handlers, options } = transport;
    this.isDeflating = ws.extensions.includes('permessage-deflate');
    this.queue = new TurnQueue(transport.turn, this);
    ws.on('message', (data: Buffer, isBinary: boolean) => {
      this.isAlive = true;
      if (this.isOpen) handlers.message(this, data, isBinary);
    });
    ws.on('ping', (data: Buffer) => this.control(data.length));
    ws.on('pong', (data: Buffer) => this.control(data.length));
    // The library has already answered with the right close code; `close` follows once the peer has taken it.
    ws.on('error', (error) => {
      options.logger.debug({ address, error: messageOf(error) }, 'socket');
      this.isOpen = false;
      this.cutLater();
    });
    ws.on('close', (code: number) => {
      this.isOpen = false;
      this.queue.clear();
      if (this.grace !== null) clearTimeout(this.grace);
      transport.forget(this);
      handlers.close(this, code);
    });
    raw.on('drain', () => this.onDrain());
  }

  get queuedBytes(): number {
    return this.queue.byteLength + this.raw.writableLength;
  }

  send(frame: Frame): void {
    if (!this.isOpen) return;
    this.queue.add(this.isDeflating && frame instanceof DeflatableFrame ? frame.deflated() : frame);
  }

  close(code: number, reason: string): void {
    if (!this.isOpen) return;
    this.queue.writeNow();
    this.isOpen = false;
    this.ws.close(code, reason);
    this.cutLater();
  }

  terminate(): void {
    this.isOpen = false;
    this.queue.clear();
    this.ws.terminate();
  }

  ping(): void {
    if (!this.isOpen) return;
    if (!this.isAlive) {
      this.terminate();
      return;
    }
    this.isAlive = false;
    this.ws.ping();
  }

  /**
   * Writes what waits in one piece. The library's own sender would make one write per message; between its writes
   * (pings, pongs, close) and ours the order is kept, because without compression it writes at once.
   */
  write(batch: Batch): void {
    if (!this.isOpen || !this.raw.writable) return;
    this.raw.write(batch.joined());
    this.measure();
  }

  /** The peer is there; what answers its pings waits in the same queue as everything else. */
  private control(byteLength: number): void {
    this.isAlive = true;
    if (!this.isOpen) return;
    this.transport.handlers.control(this, byteLength);
    this.measure();
  }

  private cutLater(): void {
    this.grace ??= setTimeout(() => this.ws.terminate(), this.transport.options.closeGraceMs);
  }

  private measure(): void {
    if (!this.isOpen) return;
    const queued = this.raw.writableLength;
    if (queued > this.transport.options.highMarkBytes) {
      this.isCongested = true;
      this.transport.handlers.congested(this, queued);
    }
  }

  private onDrain(): void {
    if (!this.isCongested || !this.isOpen) return;
    this.isCongested = false;
    this.transport.handlers.drained(this);
  }
}
