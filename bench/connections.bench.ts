/**
 * Memory of a connection that does nothing. If this worsens, one process holds fewer clients. The limit is the bare
 * library of the same driver. Resident memory of the process: the kernel's socket buffers are not in it.
 */
import type { Socket } from 'node:net';
import { loadUws } from '../src/ws/uws-native.js';
import type { BenchResult } from './bench.js';
import { GatewayChild } from './gateway-child.js';
import type { Kind } from './gateway-server.js';
import { type ClientKind, openClient } from './open-client.js';

/** These come before memory is first read: what the first ones cost is the process's, not theirs. */
const FIRST = 1_000;
const MEASURED = 8_000;
/** A process's memory may grow in steps of a huge page: differences are no finer than that. */
const STEP_BYTES = 2 ** 21;
const AT_ONCE = 100;
/** Of an indicator set; of the bare libraries the bytes of a message, of which none is sent. */
const COLUMNS = 16;

/** Gives bytes per connection, on each driver that loads. */
export async function run(): Promise<readonly BenchResult[]> {
  const drivers = 'native' in loadUws() ? (['uws', 'ws'] as const) : (['ws'] as const);
  const results: BenchResult[] = [];
  for (const driver of drivers) {
    const limit = await bytesPerConnection(driver === 'uws' ? 'raw' : 'raw-ws', 'bare');
    for (const state of ['idle', 'subscribed'] as const) {
      results.push({
        name: `memory per connection, ${driver}, ${state === 'idle' ? 'idle' : 'idle, subscribed to a channel'}`,
        unit: 'bytes',
        ours: await bytesPerConnection(driver, state),
        limit,
        limitName: driver === 'uws' ? 'bare uWebSockets.js' : 'bare ws',
        note: `${MEASURED} connections; no finer than ${Math.round(STEP_BYTES / MEASURED)} bytes`,
      });
    }
  }
  return results;
}

async function bytesPerConnection(kind: Kind, client: ClientKind): Promise<number> {
  const server = await GatewayChild.start(kind, COLUMNS);
  const sockets: Socket[] = [];
  const connect = async (count: number): Promise<void> => {
    for (let done = 0; done < count; done += AT_ONCE) {
      const opened = Array.from({ length: AT_ONCE }, () => openClient(server.port, client));
      for (const socket of await Promise.all(opened)) sockets.push(socket.on('data', () => undefined));
    }
  };
  try {
    await connect(FIRST);
    const before = await memory(server);
    await connect(MEASURED);
    return Math.round(((await memory(server)) - before) / MEASURED);
  } finally {
    for (const socket of sockets) socket.destroy();
    await server.end();
  }
}

/** Gives the resident bytes after garbage was collected. */
async function memory(server: GatewayChild): Promise<number> {
  let rss = 0;
  // Some of what one collection frees is given back by the next.
  for (let i = 0; i < 3; i++) ({ rss } = await server.usage());
  return rss;
}
