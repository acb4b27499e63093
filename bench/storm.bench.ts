/**
 * 5,000 clients that come at once, are all cut, and all come back at once. If it worsens, a cut of the network keeps
 * clients without prices for longer, some longer than others.
 */
import type { Socket } from 'node:net';
import { loadUws } from '../src/ws/uws-native.js';
import type { BenchResult } from './bench.js';
import { GatewayChild } from './gateway-child.js';
import { openClient } from './open-client.js';

const CLIENTS = 5_000;
const COLUMNS = 9;

interface Wave {
  readonly sockets: readonly Socket[];
  readonly medianMs: number;
  readonly slowestMs: number;
  readonly failed: number;
}

/** Measures each driver that loads. */
export async function run(): Promise<readonly BenchResult[]> {
  const drivers = 'native' in loadUws() ? (['uws', 'ws'] as const) : (['ws'] as const);
  const results: BenchResult[] = [];
  for (const driver of drivers) results.push(...(await measure(driver)));
  return results;
}

async function measure(driver: 'uws' | 'ws'): Promise<readonly BenchResult[]> {
  const server = await GatewayChild.start(driver, COLUMNS);
  try {
    // What the first ones cost is the process's.
    await leave(server, await come(server));
    const empty = await server.usage();
    const first = await come(server);
    const full = await server.usage();
    cut(first);
    const second = await come(server);
    await leave(server, second);
    const after = await server.usage();
    const failed = first.failed + second.failed;
    const row = (what: string, ms: number, note: string): BenchResult => ({
      ...{ name: `${driver}: ${what}`, unit: 'ms', ours: Math.round(ms), note },
    });
    const spread = ({ slowestMs, medianMs }: Wave): string =>
      `${(slowestMs / medianMs).toFixed(1)} times the median; ${failed} of all failed`;
    const grown = (after.rss - empty.rss) / 2 ** 20;
    return [
      row(
        `${CLIENTS} come at once, until the median has its snapshot`,
        first.medianMs,
        'connection included',
      ),
      row(`${CLIENTS} come at once, until all have their snapshots`, first.slowestMs, spread(first)),
      row(`${CLIENTS} are cut and come back at once, median`, second.medianMs, 'connection included'),
      row(`${CLIENTS} are cut and come back at once, all`, second.slowestMs, spread(second)),
      {
        name: `${driver}: memory that is left when all have gone`,
        unit: 'MB',
        ours: Number(Math.max(0, grown).toFixed(1)),
        note: `they took ${((full.rss - empty.rss) / 2 ** 20).toFixed(1)}; ${after.gateway.subscriptions} subscriptions left`,
      },
    ];
  } finally {
    await server.end();
  }
}

/** All connect and subscribe at once. */
async function come(server: GatewayChild): Promise<Wave> {
  const sockets: Socket[] = [];
  const took: number[] = [];
  const began = performance.now();
  let failed = 0;
  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      try {
        sockets.push((await openClient(server.port, 'subscribed')).on('data', () => undefined));
        took.push(performance.now() - began);
      } catch {
        failed += 1;
      }
    }),
  );
  took.sort((a, b) => a - b);
  return {
    sockets,
    failed,
    medianMs: took[took.length >> 1] ?? Number.NaN,
    slowestMs: took.at(-1) ?? Number.NaN,
  };
}

function cut({ sockets }: Wave): void {
  for (const socket of sockets) socket.destroy();
}

async function leave(server: GatewayChild, wave: Wave): Promise<void> {
  cut(wave);
  const end = performance.now() + 20_000;
  for (;;) {
    const { gateway } = await server.usage();
    if (gateway.connections === 0 && gateway.subscriptions === 0) return;
    if (performance.now() > end) throw new Error(`${gateway.connections} connections are still there`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
