import { once } from 'node:events';
import { Packr } from 'msgpackr';
import { WebSocket } from 'ws';
import { holdToSchema } from './answer.js';

const packr = new Packr({ useRecords: false });

/** A message as the tests look at it. */
export type Received = Record<string, unknown>;

export interface SocketClientOptions {
  readonly encoding?: 'msgpack' | 'json';
  /** Without it the subprotocol of `encoding` is offered. */
  readonly subprotocols?: readonly string[];
  readonly headers?: Record<string, string>;
  /** Where it connects; by default the stream. */
  readonly path?: string;
  /** Offers compression. Default: no. */
  readonly perMessageDeflate?: boolean;
}

const PATIENCE_MS = 10_000;

/** A plain WebSocket client of protocol v1 that keeps all it gets, and waits with a bound. */
export class SocketClient {
  readonly received: Received[] = [];
  closeCode: number | null = null;
  private waiters: (() => void)[] = [];
  private nextId = 1;

  private constructor(
    readonly ws: WebSocket,
    readonly encoding: 'msgpack' | 'json',
  ) {
    ws.on('message', (data: Buffer, isBinary: boolean) => {
      const value: unknown = isBinary ? packr.unpack(data) : JSON.parse(data.toString());
      this.received.push(value as Received);
      this.wake();
    });
    ws.on('close', (code: number) => {
      this.closeCode = code;
      this.wake();
    });
    // The close that follows is what tests look at.
    ws.on('error', () => this.wake());
  }

  /** Connects to a local port; resolves when open. */
  static async connect(port: number, options: SocketClientOptions = {}): Promise<SocketClient> {
    const encoding = options.encoding ?? 'msgpack';
    const subprotocols = options.subprotocols ?? [`cryptopredict.v1.${encoding}`];
    const ws = new WebSocket(`ws://127.0.0.1:${port}${options.path ?? '/v1/stream'}`, [...subprotocols], {
      headers: options.headers ?? {},
      perMessageDeflate: options.perMessageDeflate ?? false,
    });
    const client = new SocketClient(ws, encoding);
    await once(ws, 'open');
    return client;
  }

  send(message: unknown): void {
    this.ws.send(this.encoding === 'json' ? JSON.stringify(message) : packr.pack(message));
  }

  /** Sends a request and gives its reply; what a method answers is held against its declaration. */
  async request(message: Record<string, unknown>): Promise<Received> {
    const id = `r${this.nextId++}`;
    this.send({ id, ...message });
    const what = `reply to ${JSON.stringify(message)}`;
    const reply = await this.wait(what, (m) => m.type === 'reply' && m.id === id);
    if (message.op === 'query' && reply.ok === true) holdToSchema(String(message.method), reply.result);
    return reply;
  }

  /** Gives all messages of a type, of one channel if named. */
  of(type: string, channel?: string): Received[] {
    return this.received.filter((m) => m.type === type && (channel === undefined || m.channel === channel));
  }

  /** Waits until a message fits, looking also at those that came before. */
  async wait(what: string, fits: (message: Received) => boolean): Promise<Received> {
    let found: Received | undefined;
    await this.until(what, () => {
      found = this.received.find(fits);
      return found !== undefined;
    });
    return found as Received;
  }

  /** Waits until a condition on what was received holds. */
  async until(what: string, holds: () => boolean): Promise<void> {
    const end = Date.now() + PATIENCE_MS;
    while (!holds()) {
      const left = end - Date.now();
      if (left <= 0) {
        const last = JSON.stringify(this.received.slice(-3)).slice(0, 600);
        throw new Error(`waited in vain for ${what}; closed: ${this.closeCode}; last: ${last}`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.waiters.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  /** Waits for the end of the connection and gives its code. */
  async closed(): Promise<number> {
    await this.until('close', () => this.closeCode !== null);
    return this.closeCode ?? 0;
  }

  async close(): Promise<void> {
    this.ws.resume();
    if (this.closeCode === null) this.ws.close();
    const cut = setTimeout(() => this.ws.terminate(), 1_000);
    await this.closed();
    clearTimeout(cut);
  }

  private wake(): void {
    const { waiters } = this;
    this.waiters = [];
    for (const waiter of waiters) waiter();
  }
}
