import type { Socket } from 'node:net';
import { type ClientKind, openClient } from './open-client.js';

/** Connections that are opened at once. */
const AT_ONCE = 100;

/** Bare TCP clients that only count bytes, so that they cost as little as can be. */
export class CountingClients {
  /** `process.hrtime` of the moment at which each client had all that was expected, ns. */
  arrivals: bigint[] = [];
  readonly #sockets: Socket[] = [];
  readonly #bytes: Float64Array;
  #wanted = Number.POSITIVE_INFINITY;
  #done = 0;
  #onDone: () => void = () => undefined;

  constructor(readonly count: number) {
    this.#bytes = new Float64Array(count);
  }

  /** Connects them all; each is ready for what is published. */
  async connect(port: number, kind: ClientKind): Promise<void> {
    for (let from = 0; from < this.count; from += AT_ONCE) {
      const upTo = Math.min(this.count, from + AT_ONCE);
      await Promise.all(Array.from({ length: upTo - from }, (_, i) => this.#open(port, from + i, kind)));
    }
  }

  /** Resolves when each client has got so many bytes from now on. */
  expect(bytes: number): Promise<void> {
    this.#bytes.fill(0);
    this.arrivals = [];
    this.#wanted = bytes;
    this.#done = 0;
    return new Promise((resolve) => {
      this.#onDone = resolve;
    });
  }

  /** Bytes that the client with the fewest has got since. */
  smallest(): number {
    return this.#bytes.reduce((least, bytes) => Math.min(least, bytes), Number.POSITIVE_INFINITY);
  }

  end(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async #open(port: number, index: number, kind: ClientKind): Promise<void> {
    const socket = await openClient(port, kind);
    this.#sockets.push(socket);
    socket.on('data', (data: Buffer) => {
      const before = this.#bytes[index] ?? 0;
      const now = before + data.length;
      this.#bytes[index] = now;
      if (before >= this.#wanted || now < this.#wanted) return;
      this.arrivals.push(process.hrtime.bigint());
      this.#done += 1;
      if (this.#done === this.count) this.#onDone();
    });
  }
}
