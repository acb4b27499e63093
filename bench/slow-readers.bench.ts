/**
 * A thousand clients of which a hundred stop reading, and clients that come with two hundred channels each: what the others
 * notice of it, and what it costs the server. If it worsens, one bad client makes everybody's prices late.
 */
import type { Socket } from 'node:net';
import { DEFAULT_LIMITS } from '../src/ws/limits.js';
import { loadUws } from '../src/ws/uws-native.js';
import type { BenchResult } from './bench.js';
import { CountingClients } from './count-clients.js';
import { GatewayChild, type Latency } from './gateway-child.js';
import { openClient, subscription } from './open-client.js';
import { QUIET_CHANNELS } from './quiet-symbols.js';

const QUICK = 900;
const SLOW = 100;
/** About 4 KB a message. */
const COLUMNS = 400;
/** More than the kernel takes for a client that does not read, 4 MB or less. */
const FILLING = 1_500;
const MESSAGES = 60;
const EVERY_MS = 50;
/** Those that stop reading have it, too. */
const FILLING_CHANNEL = 'indicators:S0/USDT:1m';
/** Clients that come with all quiet channels at once. */
const COMING = 500;

/** Measures each driver that loads. */
export async function run(): Promise<readonly BenchResult[]> {
  const drivers = 'native' in loadUws() ? (['uws', 'ws'] as const) : (['ws'] as const);
  const results: BenchResult[] = [];
  for (const driver of drivers) results.push(...(await measure(driver)));
  return results;
}

async function measure(driver: 'uws' | 'ws'): Promise<readonly BenchResult[]> {
  const server = await GatewayChild.start(driver, COLUMNS);
  const quick = new CountingClients(QUICK);
  const slow: Socket[] = [];
  const coming: Socket[] = [];
  try {
    await quick.connect(server.port, 'subscribed');
    for (let n = 0; n < SLOW; n++) {
      const socket = (await openClient(server.port, 'subscribed')).on('data', () => undefined);
      socket.write(subscription([FILLING_CHANNEL]));
      slow.push(socket);
    }
    await server.publish([quick], 1, 1, 1);
    const frameBytes = quick.smallest();
    const quiet = await server.latencies([quick], MESSAGES, EVERY_MS, frameBytes);
    for (const socket of slow) socket.pause();
    await server.fill(FILLING_CHANNEL, FILLING);
    const disturbed = await server.latencies([quick], MESSAGES, EVERY_MS, frameBytes);
    const { gateway } = await server.usage();
    const results = [
      ...latencyRows(`${driver}: tick to client, ${SLOW} of ${QUICK + SLOW} have stopped`, disturbed, quiet),
      {
        name: `${driver}: waits in the server for a client that has stopped`,
        unit: 'bytes',
        ours: Math.round(gateway.queued / SLOW),
        limit: DEFAULT_LIMITS.highMarkBytes,
        limitName: 'the mark above which only the newest state is kept',
        note: `what one turn adds comes on top; ${gateway.slowCloses} were closed with 4408`,
      },
    ];
    for (const socket of slow) socket.resume();
    await untilCaughtUp(server);
    const { skipped } = (await server.usage()).gateway;
    results.push({ name: `${driver}: updates skipped, and told`, unit: 'a client', ours: skipped / SLOW });
    for (let n = 0; n < COMING; n++) {
      coming.push((await openClient(server.port, 'idle')).on('data', () => undefined));
    }
    const again = await server.latencies([quick], MESSAGES, EVERY_MS, frameBytes);
    const wish = subscription(QUIET_CHANNELS);
    const wanted = (await server.usage()).gateway.subscriptions + COMING * QUIET_CHANNELS.length;
    for (const socket of coming) socket.write(wish);
    const meanwhile = await server.latencies([quick], MESSAGES / 2, EVERY_MS / 5, frameBytes);
    const { subscriptions } = (await server.usage()).gateway;
    const what = `${COMING} clients subscribe to ${QUIET_CHANNELS.length} channels each`;
    const left = Math.max(0, wanted - subscriptions);
    results.push(
      ...latencyRows(
        `${driver}: tick to client, while ${what}`,
        meanwhile,
        again,
        `${left} were still to come`,
      ),
    );
    return results;
  } finally {
    quick.end();
    for (const socket of [...slow, ...coming]) socket.destroy();
    await server.end();
  }
}

function latencyRows(name: string, ours: Latency, quiet: Latency, note?: string): BenchResult[] {
  return (['p50', 'p99'] as const).map((key) => ({
    ...{ name: `${name}, ${key}`, unit: 'ms', ours: Number(ours[key].toFixed(2)) },
    ...{ limit: Number(quiet[key].toFixed(2)), limitName: 'the same clients a moment before' },
    ...(note === undefined ? {} : { note }),
  }));
}

async function untilCaughtUp(server: GatewayChild): Promise<void> {
  const end = performance.now() + 20_000;
  while ((await server.usage()).gateway.queued > 0) {
    if (performance.now() > end) throw new Error('the slow ones did not catch up');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
