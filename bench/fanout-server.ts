import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { MemoryBroker } from '../src/broker/broker-memory.js';
import type { Publication } from '../src/events.js';
import { createLogger } from '../src/logger.js';
import { startGateway } from '../src/ws/server.js';
import { listenRaw } from './raw-server.js';

/**
 * The server of `fanout.bench.ts` and `connections.bench.ts`, in a process of its own so that its processor time and memory can be told from the
 * clients'. `argv[2]` is `uws` or `ws` for our gateway on that driver, `raw` for uWebSockets.js alone, `raw-ws` for `ws`
 * alone, which cannot publish.
 */

/** What the parent asks for; each is answered by one message. */
export type Order =
  | { readonly do: 'publish'; readonly frames: number; readonly perTurn: number }
  | { readonly do: 'memory' };

export interface Published {
  /** `process.hrtime` of the first publish, ns; the same clock in all processes. */
  readonly at: string;
}

/** Offsets of five bytes from the start, so that all frames have the same size. */
const FIRST_OFFSET = 70_000;
const CHANNEL = 'candles:BTC/USDT:1m';
/** Bytes of a message as the gateway encodes it, for the bare library to send as many. */
const RAW_BYTES = 181;

type Publish = () => void;

async function gateway(transport: 'uws' | 'ws'): Promise<{ port: number; publish: Publish }> {
  const broker = new MemoryBroker<Publication>();
  const row = [1.76e12, 61_837.63, 61_900.1, 61_800.2, 61_850.55, 12.345, 1_234, 61_845.1, false];
  row.push('forming' as never, 'stream' as never, 1, 250, false, 1.76e12, 1.76e12);
  let offset = FIRST_OFFSET;
  const started = await startGateway(
    {
      host: '127.0.0.1',
      port: 0,
      transport,
      originAllowList: [],
      webRoot: null,
      logger: createLogger({ level: 'silent', format: 'json' }),
    },
    {
      market: {
        symbols: () => ['BTC/USDT'],
        assetId: () => 1,
        isSimulated: () => true,
        indicatorColumns: [],
        state: () => ({ offset, time: Date.now(), row }),
        recentClosed: () => [],
        closesAfter: () => null,
        patterns: () => null,
      },
      candles: { latestClosed: async () => [], latestClosedExact: async () => [] },
      assets: { list: async () => [], get: async () => null },
      analysis: null,
      stored: null,
      users: null,
      accounts: null,
      signIn: null,
      status: null,
      userViews: null,
      readiness: { notReady: () => null, simulated: true },
      metricsText: async () => '',
      epoch: 'bench',
    },
    broker,
  );
  const publish = () => {
    offset += 1;
    broker.publish(CHANNEL, { channel: CHANNEL, offset, time: Date.now(), lossless: false, row });
  };
  return { port: started.port, publish };
}

async function raw(): Promise<{ port: number; publish: Publish }> {
  const { app, port } = await listenRaw();
  const payload = Buffer.alloc(RAW_BYTES, 7);
  return { port, publish: () => app.publish('bench', payload, true, false) };
}

async function rawWs(): Promise<{ port: number; publish: Publish }> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  await once(server, 'listening');
  const publish = (): never => {
    throw new Error('ws has no publish');
  };
  return { port: (server.address() as AddressInfo).port, publish };
}

function start(kind: string | undefined): Promise<{ port: number; publish: Publish }> {
  if (kind === 'uws' || kind === 'ws') return gateway(kind);
  return kind === 'raw-ws' ? rawWs() : raw();
}

async function main(): Promise<void> {
  const { port, publish } = await start(process.argv[2]);
  const send = (message: unknown) => process.send?.(message);
  process.on('message', (order: Order) => {
    if (order.do === 'memory') {
      globalThis.gc?.();
      send({
        rss: process.memoryUsage().rss,
        cpuMicros: process.cpuUsage().user + process.cpuUsage().system,
      });
      return;
    }
    const at = process.hrtime.bigint().toString();
    let left = order.frames;
    const turn = () => {
      for (let i = 0; i < order.perTurn && left > 0; i++, left--) publish();
      if (left > 0) setImmediate(turn);
      else send({ at } satisfies Published);
    };
    turn();
  });
  process.once('disconnect', () => process.exit());
  send({ port });
}

await main();
