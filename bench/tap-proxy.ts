import { connect, createServer, type Socket } from 'node:net';

/** A trade of the exchange's stream, with its whole text, so that half a message does not match. */
const TRADE = /"e":"trade","E":\d+,"s":"(\w+)","t":(\d+),[^{}]*"M":true\}/g;
/** Longer than a trade's text. */
const TAIL = 400;

/**
 * Stands between an exchange and whoever reads it, passes everything on, and notes when each trade was written to
 * the reader's socket: where the clock of the whole path begins.
 */
export class TapProxy {
  /** When a trade went out, by `BTCUSDT 123`; ms of `performance.now`. */
  readonly sentAt = new Map<string, number>();
  url = '';
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((near) => this.#pair(near));

  static async start(upstream: string): Promise<TapProxy> {
    const proxy = new TapProxy(Number(new URL(upstream).port));
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    const address = proxy.#server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    proxy.url = `http://127.0.0.1:${address.port}`;
    return proxy;
  }

  private constructor(private readonly upstreamPort: number) {}

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #pair(near: Socket): void {
    const far = connect({ port: this.upstreamPort, host: '127.0.0.1', noDelay: true });
    near.setNoDelay(true);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
    near.on('data', (bytes) => far.write(bytes));
    let tail = '';
    far.on('data', (bytes: Buffer) => {
      const text = tail + bytes.toString('latin1');
      const keys = Array.from(text.matchAll(TRADE), ([, symbol, id]) => `${symbol} ${id}`);
      tail = text.slice(-TAIL);
      const now = performance.now();
      near.write(bytes);
      // What the tail repeats was sent before.
      for (const key of keys) if (!this.sentAt.has(key)) this.sentAt.set(key, now);
    });
  }
}
