import { loadUws } from '../src/ws/uws-native.js';
import type { BenchResult } from './bench.js';
import { CountingClients } from './count-clients.js';
import { GatewayChild } from './gateway-child.js';
import type { Kind } from './gateway-server.js';

/**
 * One publication to many clients: from `broker.publish` to the sockets, on both drivers, beside raw uWebSockets.js
 * (`publish`), plain `ws` (a loop of `send`) and Socket.IO (`emit`), all sending messages of the same size. If it
 * worsens, every client's prices come later and one process serves fewer.
 */
const CLIENTS = [100, 1_000, 5_000] as const;
/** Columns of an indicator set, and what its message comes to. */
const SIZES = [
  { columns: 9, name: '200 B' },
  { columns: 100, name: '1 KB' },
] as const;
/** Frames of one turn of the event loop. */
const PER_TURN = [1, 16] as const;
const ROUNDS = 3;
const ROUND_MS = 800;
/** Frames that are on their way at once, of all clients together: a few MB in the kernel's buffers. */
const IN_FLIGHT = 40_000;
const LATENCY_CLIENTS = 1_000;
/** 20 messages a second for some seconds. */
const LATENCY_MS = 50;
const LATENCY_MESSAGES = 60;

interface Speed {
  readonly perSecond: number;
  readonly cpuPerMillion: number;
}

interface Figures {
  /** By what was published in one turn. */
  readonly speeds: ReadonlyMap<number, Speed>;
  readonly latency: { readonly p50: number; readonly p99: number } | null;
}

/** Bytes of a WebSocket message's header. */
const headOf = (bytes: number): number => (bytes < 126 ? 2 : 4);

/** Measures every kind of server with each number of clients and each size. */
export async function run(): Promise<readonly BenchResult[]> {
  const hasUws = 'native' in loadUws();
  const ours = hasUws ? (['uws', 'ws'] as const) : (['ws'] as const);
  const results: BenchResult[] = [];
  for (const clients of CLIENTS) {
    for (const { columns, name } of SIZES) {
      const rounds = new Map<Kind, Figures[]>();
      let bytes = 0;
      // One after the other, several times: what else the machine does then falls on all of them.
      for (let round = 0; round < ROUNDS; round++) {
        for (const kind of [...ours, 'raw', 'raw-ws', 'socket.io'] as const) {
          if (kind === 'raw' && !hasUws) continue;
          const isOurs = kind === 'uws' || kind === 'ws';
          const measured = await measure(kind, isOurs ? columns : bytes, clients);
          if (isOurs) bytes = measured.frameBytes - headOf(measured.frameBytes);
          rounds.set(kind, [...(rounds.get(kind) ?? []), measured]);
        }
      }
      const figures = new Map([...rounds].map(([kind, measured]) => [kind, medians(measured)]));
      for (const driver of ours) results.push(...compare(driver, `${clients} clients, ${name}`, figures));
    }
  }
  return results;
}

/** Gives the median of each figure. */
function medians(rounds: readonly Figures[]): Figures {
  const median = (values: readonly number[]): number =>
    values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
  const of = (read: (figures: Figures) => number | undefined): number => {
    return median(rounds.flatMap((figures) => read(figures) ?? []));
  };
  const speeds = PER_TURN.map((perTurn): [number, Speed] => [
    perTurn,
    {
      perSecond: of(({ speeds }) => speeds.get(perTurn)?.perSecond),
      cpuPerMillion: of(({ speeds }) => speeds.get(perTurn)?.cpuPerMillion),
    },
  ]);
  const isTimed = rounds.some(({ latency }) => latency !== null);
  return {
    speeds: new Map(speeds),
    latency: isTimed
      ? { p50: of(({ latency }) => latency?.p50), p99: of(({ latency }) => latency?.p99) }
      : null,
  };
}

function compare(
  driver: 'uws' | 'ws',
  where: string,
  figures: ReadonlyMap<Kind, Figures>,
): readonly BenchResult[] {
  const mine = figures.get(driver);
  const raw = figures.get('raw');
  if (mine === undefined) return [];
  const results: BenchResult[] = [];
  for (const perTurn of PER_TURN) {
    const how = perTurn === 1 ? 'one a turn' : `${perTurn} a turn`;
    const own = mine.speeds.get(perTurn);
    if (own === undefined) continue;
    const peers = (['raw-ws', 'socket.io'] as const).map((kind) => {
      const peer = figures.get(kind)?.speeds.get(perTurn)?.perSecond ?? Number.NaN;
      return `${(own.perSecond / peer).toFixed(1)} × ${kind === 'raw-ws' ? 'plain ws' : 'Socket.IO'}`;
    });
    const limit = raw?.speeds.get(perTurn);
    const limitName = 'raw uWebSockets.js publish';
    results.push(
      {
        name: `${where}, ${driver}, ${how}`,
        unit: 'frames/s',
        ours: Math.round(own.perSecond),
        ...(limit === undefined ? {} : { limit: Math.round(limit.perSecond), limitName }),
        note: peers.join(', '),
      },
      {
        name: `${where}, ${driver}, ${how}: processor time`,
        unit: 's per million frames',
        ours: round(own.cpuPerMillion, 3),
        ...(limit === undefined ? {} : { limit: round(limit.cpuPerMillion, 3), limitName }),
      },
    );
  }
  for (const key of ['p50', 'p99'] as const) {
    if (mine.latency === null) continue;
    results.push({
      name: `${where}, ${driver}, ${1_000 / LATENCY_MS} a second: tick to client ${key}`,
      unit: 'ms',
      ours: round(mine.latency[key], 2),
      ...(raw?.latency ? { limit: round(raw.latency[key], 2), limitName: 'raw uWebSockets.js publish' } : {}),
    });
  }
  return results;
}

async function measure(kind: Kind, size: number, count: number): Promise<Figures & { frameBytes: number }> {
  const server = await GatewayChild.start(kind, size);
  const clients = new CountingClients(count);
  try {
    await clients.connect(server.port, clientOf(kind));
    // One frame tells how long each is; some more warm up the compiler.
    await server.publish([clients], 1, 1, 1);
    const frameBytes = clients.smallest();
    const rounds = Math.max(PER_TURN[1], Math.ceil(IN_FLIGHT / count / PER_TURN[1]) * PER_TURN[1]);
    for (let i = 0; i < 10; i++) await server.publish([clients], PER_TURN[1], PER_TURN[1], frameBytes);
    const speeds = new Map<number, Speed>();
    for (const perTurn of PER_TURN) {
      speeds.set(perTurn, await throughput(server, clients, rounds, perTurn, frameBytes));
    }
    const latency =
      count === LATENCY_CLIENTS
        ? await server.latencies([clients], LATENCY_MESSAGES, LATENCY_MS, frameBytes)
        : null;
    return { speeds, latency, frameBytes };
  } finally {
    clients.end();
    await server.end();
  }
}

function clientOf(kind: Kind) {
  if (kind === 'uws' || kind === 'ws') return 'subscribed';
  return kind === 'socket.io' ? 'socket.io' : 'bare';
}

async function throughput(
  server: GatewayChild,
  clients: CountingClients,
  frames: number,
  perTurn: number,
  frameBytes: number,
): Promise<Speed> {
  const before = await server.usage();
  const began = performance.now();
  let delivered = 0;
  while (performance.now() - began < ROUND_MS) {
    await server.publish([clients], frames, perTurn, frameBytes);
    delivered += frames * clients.count;
  }
  const seconds = (performance.now() - began) / 1_000;
  const spent = (await server.usage()).cpuMicros - before.cpuMicros;
  return { perSecond: delivered / seconds, cpuPerMillion: spent / delivered };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
