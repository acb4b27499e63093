import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { CountingClients } from './count-clients.js';
import type { Kind, Order, Published, Usage } from './gateway-server.js';

/** Times from the publication to the arrival at each client, ms. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
}

/** `gateway-server.ts` as a process of its own. */
export class GatewayChild {
  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
  ) {}

  /** `size`: of our own gateway the columns of an indicator set, of the others the bytes of a message. */
  static async start(kind: Kind, size: number): Promise<GatewayChild> {
    const path = fileURLToPath(new URL('./gateway-server.js', import.meta.url));
    const child = fork(path, [kind, String(size)], { execArgv: ['--expose-gc'] });
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    return new GatewayChild(child, port);
  }

  /** Has frames published, and waits until every client has them; gives the time of the first publish, ns. */
  async publish(
    clients: readonly CountingClients[],
    frames: number,
    perTurn: number,
    frameBytes: number,
  ): Promise<bigint> {
    const arrived = clients.map((some) => some.expect(frames * frameBytes));
    const { at } = await this.#ask<Published>({ do: 'publish', frames, perTurn });
    await Promise.all(arrived);
    return BigInt(at[0] ?? 0);
  }

  /** Publishes so many messages, one every `everyMs`, and gives how long they took. */
  async latencies(
    clients: readonly CountingClients[],
    messages: number,
    everyMs: number,
    frameBytes: number,
  ): Promise<Latency> {
    const all: number[] = [];
    for (let i = 0; i < messages; i++) {
      const at = await this.publish(clients, 1, 1, frameBytes);
      for (const { arrivals } of clients) {
        for (const arrival of arrivals) all.push(Number(arrival - at) / 1e6);
      }
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
    const sorted = Float64Array.from(all).sort();
    const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
    return { p50: at(0.5), p99: at(0.99) };
  }

  /** Has frames published on another channel than the one that all have, five in a turn; waits for nobody. */
  async fill(channel: string, frames: number): Promise<void> {
    await this.#ask<Published>({ do: 'publish', frames, perTurn: 5, channel });
  }

  /** What the process has used, after garbage was collected. */
  async usage(): Promise<Usage> {
    return this.#ask<Usage>({ do: 'memory' });
  }

  async end(): Promise<void> {
    const exit = once(this.child, 'exit');
    this.child.kill();
    await exit;
  }

  async #ask<T>(order: Order): Promise<T> {
    const told = once(this.child, 'message') as Promise<[T]>;
    this.child.send(order);
    return (await told)[0];
  }
}
