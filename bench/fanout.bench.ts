import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { loadUws } from '../src/ws/uws-native.js';
import type { BenchResult } from './bench.js';
import type { Order, Published } from './fanout-server.js';
import { openClient } from './open-client.js';

/**
 * Fan-out: one tick to a thousand clients. Watches the way from `broker.publish` to the sockets; if it worsens, every
 * client's prices come later and one process serves fewer. Beside it the bare library: uWebSockets.js' `publish`.
 */
const CLIENTS = 1_000;
const ROUND_MS = 1_500;
const LATENCY_ROUNDS = 40;

interface Figures {
  readonly alone: number;
  readonly burst: number;
  readonly cpuAlone: number;
  readonly cpuBurst: number;
  readonly p50: number;
  readonly p99: number;
}

/** Measures our gateway on each driver that loads, and the bare library. */
export async function run(): Promise<readonly BenchResult[]> {
  const hasUws = 'native' in loadUws();
  const raw = hasUws ? await measure('raw') : null;
  const results: BenchResult[] = [];
  for (const driver of hasUws ? (['uws', 'ws'] as const) : (['ws'] as const)) {
    const ours = await measure(driver);
    const row = (name: string, unit: string, key: keyof Figures, digits: number): BenchResult => ({
      name: `fan-out to ${CLIENTS} clients, ${driver}: ${name}`,
      unit,
      ours: round(ours[key], digits),
      ...(raw === null ? {} : { limit: round(raw[key], digits), limitName: 'raw uWebSockets.js publish' }),
    });
    results.push(
      row('one frame a turn', 'frames/s', 'alone', 0),
      row('16 frames a turn', 'frames/s', 'burst', 0),
      row('processor time, one a turn', 's per million frames', 'cpuAlone', 3),
      row('processor time, 16 a turn', 's per million frames', 'cpuBurst', 3),
      row('tick to client p50', 'ms', 'p50', 2),
      row('tick to client p99', 'ms', 'p99', 2),
    );
  }
  return results;
}

async function measure(kind: 'raw' | 'uws' | 'ws'): Promise<Figures> {
  const path = fileURLToPath(new URL('./fanout-server.js', import.meta.url));
  const child = fork(path, [kind], { execArgv: ['--expose-gc'] });
  const clients = new Clients();
  try {
    const { port } = await answer<{ port: number }>(child);
    await clients.connect(port, kind !== 'raw');
    // One frame tells how long each is; a few hundred more warm up the compiler.
    await publish(child, clients, 1, 1, null);
    const size = clients.smallest();
    for (let i = 0; i < 10; i++) await publish(child, clients, 32, 16, size);
    const alone = await throughput(child, clients, 40, 1, size);
    const burst = await throughput(child, clients, 320, 16, size);
    const latencies = await latency(child, clients, size);
    return {
      alone: alone.perSecond,
      burst: burst.perSecond,
      cpuAlone: alone.cpuPerMillion,
      cpuBurst: burst.cpuPerMillion,
      p50: latencies[Math.floor(latencies.length * 0.5)] ?? 0,
      p99: latencies[Math.floor(latencies.length * 0.99)] ?? 0,
    };
  } finally {
    clients.end();
    child.disconnect();
    child.kill();
    await once(child, 'exit');
  }
}

async function throughput(
  child: ChildProcess,
  clients: Clients,
  frames: number,
  perTurn: number,
  size: number,
) {
  const cpu = await memory(child);
  const began = performance.now();
  let delivered = 0;
  while (performance.now() - began < ROUND_MS) {
    await publish(child, clients, frames, perTurn, size);
    delivered += frames * CLIENTS;
  }
  const seconds = (performance.now() - began) / 1_000;
  const spent = (await memory(child)).cpuMicros - cpu.cpuMicros;
  return { perSecond: delivered / seconds, cpuPerMillion: spent / delivered };
}

/** Gives, sorted, the ms from publish to the arrival at each client. */
async function latency(child: ChildProcess, clients: Clients, size: number): Promise<Float64Array> {
  const all: number[] = [];
  for (let i = 0; i < LATENCY_ROUNDS; i++) {
    const at = await publish(child, clients, 1, 1, size);
    for (const arrival of clients.arrivals) all.push(Number(arrival - at) / 1e6);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return Float64Array.from(all).sort();
}

/** Has frames published, and waits until every client has them; gives the time of the first publish, ns. */
async function publish(
  child: ChildProcess,
  clients: Clients,
  frames: number,
  perTurn: number,
  size: number | null,
): Promise<bigint> {
  const arrived = clients.expect(size === null ? 1 : frames * size);
  const published = answer<Published>(child);
  child.send({ do: 'publish', frames, perTurn } satisfies Order);
  const { at } = await published;
  await arrived;
  return BigInt(at);
}

async function memory(child: ChildProcess): Promise<{ cpuMicros: number }> {
  const told = answer<{ cpuMicros: number }>(child);
  child.send({ do: 'memory' } satisfies Order);
  return told;
}

async function answer<T>(child: ChildProcess): Promise<T> {
  const [message] = (await once(child, 'message')) as [T];
  return message;
}

/** Bare TCP clients that only count bytes, so that they cost as little as can be. */
class Clients {
  arrivals: bigint[] = [];
  private readonly sockets: Socket[] = [];
  private bytes: Float64Array = new Float64Array(CLIENTS);
  private wanted = Number.POSITIVE_INFINITY;
  private done = 0;
  private onDone: () => void = () => undefined;

  /** Connects them; with `subscribes` each gets our channel's snapshot. */
  async connect(port: number, subscribes: boolean): Promise<void> {
    for (let from = 0; from < CLIENTS; from += 100) {
      const opened = Array.from({ length: 100 }, (_, i) => this.open(port, from + i, subscribes));
      await Promise.all(opened);
    }
  }

  /** Resolves when each client has got so many bytes from now on. */
  expect(bytes: number): Promise<void> {
    this.bytes = new Float64Array(CLIENTS);
    this.arrivals = [];
    this.wanted = bytes;
    this.done = 0;
    return new Promise((resolve) => {
      this.onDone = resolve;
    });
  }

  smallest(): number {
    return Math.min(...this.bytes);
  }

  end(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  private async open(port: number, index: number, subscribes: boolean): Promise<void> {
    const socket = await openClient(port, subscribes ? 'subscribed' : 'bare');
    this.sockets.push(socket);
    socket.on('data', (data: Buffer) => {
      const before = this.bytes[index] ?? 0;
      const now = before + data.length;
      this.bytes[index] = now;
      if (before >= this.wanted || now < this.wanted) return;
      this.arrivals.push(process.hrtime.bigint());
      this.done += 1;
      if (this.done === CLIENTS) this.onDone();
    });
  }
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
