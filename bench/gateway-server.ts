import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Server as SocketIoServer } from 'socket.io';
import { type WebSocket, WebSocketServer } from 'ws';
import { MemoryBroker } from '../src/broker/broker-memory.js';
import type { Publication } from '../src/events.js';
import { createLogger } from '../src/logger.js';
import { type Gateway, startGateway } from '../src/ws/server.js';
import { QUIET_SYMBOLS } from './quiet-symbols.js';
import { listenRaw } from './raw-server.js';

/**
 * The server of `gateway.bench.ts` and `connections.bench.ts`, in a process of its own so that its processor time and
 * memory can be told from the clients'. `argv[2]` is its kind; `argv[3]` of our own gateway the columns of an indicator
 * set, of the others the bytes of a message.
 */
export const KINDS = ['uws', 'ws', 'raw', 'raw-ws', 'socket.io'] as const;
export type Kind = (typeof KINDS)[number];

/** What the parent asks for; each is answered by one message. */
export type Order =
  | {
      readonly do: 'publish';
      readonly frames: number;
      readonly perTurn: number;
      /** Of our own gateway: another channel than the one that all have. */
      readonly channel?: string;
    }
  | { readonly do: 'memory' };

export interface Published {
  /** `process.hrtime` of each turn in which something was published, ns; the same clock in all processes. */
  readonly at: readonly string[];
}

export interface Usage {
  readonly rss: number;
  readonly cpuMicros: number;
  /** Of our own gateway; of the others 0. */
  readonly gateway: {
    /** Bytes that wait for clients. */
    readonly queued: number;
    readonly subscriptions: number;
    /** Updates that slow clients were told to have missed. */
    readonly skipped: number;
    /** Connections that were closed with 4408. */
    readonly slowCloses: number;
    readonly connections: number;
  };
}

/** What our clients subscribe to. */
const CHANNEL = 'indicators:BTC/USDT:1m';
/** Offsets of five bytes from the start, so that all frames have the same size. */
const FIRST_OFFSET = 70_000;
const HEAD = [1.76e12, false, 'forming', 'stream', 1, 250, false, 1.76e12, 1.76e12];

/** The socket below one of `ws`. */
type Corked = WebSocket & { readonly _socket: Socket };

interface Started {
  readonly port: number;
  /** Publishes so many messages in one turn. */
  readonly publish: (count: number, channel?: string) => void;
  /** Only of our own. */
  readonly gateway?: Gateway;
}

async function gateway(transport: 'uws' | 'ws', columns: number): Promise<Started> {
  const broker = new MemoryBroker<Publication>();
  const row = [...HEAD, ...Array.from({ length: columns }, (_, i) => 100.1 + i)];
  const offsets = new Map<string, number>();
  const offsetOf = (channel: string): number => offsets.get(channel) ?? FIRST_OFFSET;
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
        symbols: () => ['BTC/USDT', ...QUIET_SYMBOLS],
        assetId: () => 1,
        isSimulated: () => true,
        indicatorColumns: Array.from({ length: columns }, (_, i) => `c${i}`),
        state: ({ name }) => ({ offset: offsetOf(name), time: Date.now(), row }),
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
  const publish = (count: number, channel = CHANNEL) => {
    for (let i = 0; i < count; i++) {
      const offset = offsetOf(channel) + 1;
      offsets.set(channel, offset);
      broker.publish(channel, { channel, offset, time: Date.now(), lossless: false, row });
    }
  };
  return { port: started.port, publish, gateway: started };
}

async function raw(bytes: number): Promise<Started> {
  const { app, port } = await listenRaw();
  const payload = Buffer.alloc(bytes, 7);
  const publish = (count: number) => {
    for (let i = 0; i < count; i++) app.publish('bench', payload, true, false);
  };
  return { port, publish };
}

async function rawWs(bytes: number): Promise<Started> {
  const server = new WebSocketServer({
    host: '127.0.0.1',
    port: 0,
    perMessageDeflate: false,
    backlog: 4_096,
  });
  await once(server, 'listening');
  const payload = Buffer.alloc(bytes, 7);
  const publish = (count: number) => {
    for (const client of server.clients) {
      // What one turn makes for a client goes out in one write, as its users do it who know.
      const { _socket: socket } = client as Corked;
      socket.cork();
      for (let i = 0; i < count; i++) client.send(payload);
      socket.uncork();
    }
  };
  return { port: (server.address() as AddressInfo).port, publish };
}

async function socketIo(bytes: number): Promise<Started> {
  const http = createServer();
  // Its pings would have to be answered by clients that only count bytes.
  const server = new SocketIoServer(http, {
    transports: ['websocket'],
    pingInterval: 3_600_000,
    serveClient: false,
  });
  http.listen({ host: '127.0.0.1', port: 0, backlog: 4_096 });
  await once(http, 'listening');
  const text = 'x'.repeat(bytes);
  const publish = (count: number) => {
    for (let i = 0; i < count; i++) server.emit('update', text);
  };
  return { port: (http.address() as AddressInfo).port, publish };
}

function start(kind: Kind, size: number): Promise<Started> {
  switch (kind) {
    case 'uws':
    case 'ws':
      return gateway(kind, size);
    case 'raw':
      return raw(size);
    case 'raw-ws':
      return rawWs(size);
    case 'socket.io':
      return socketIo(size);
  }
}

async function main(): Promise<void> {
  const kind = KINDS.find((known) => known === process.argv[2]);
  if (kind === undefined) throw new RangeError(`${process.argv[2]} is not one of ${KINDS.join(', ')}`);
  const { port, publish, gateway } = await start(kind, Number(process.argv[3] ?? 16));
  const send = (message: unknown) => process.send?.(message);
  process.on('message', (order: Order) => {
    if (order.do === 'memory') {
      globalThis.gc?.();
      const { user, system } = process.cpuUsage();
      const stats = gateway?.stats;
      send({
        rss: process.memoryUsage().rss,
        cpuMicros: user + system,
        gateway: {
          queued: gateway?.queuedBytes() ?? 0,
          subscriptions: stats?.subscriptions ?? 0,
          skipped: stats?.skipped ?? 0,
          slowCloses: stats?.closes.get(4408) ?? 0,
          connections: stats?.connections ?? 0,
        },
      } satisfies Usage);
      return;
    }
    const { perTurn } = order;
    const at: string[] = [];
    let left = order.frames;
    const turn = () => {
      at.push(process.hrtime.bigint().toString());
      const count = Math.min(perTurn, left);
      publish(count, order.channel);
      left -= count;
      if (left === 0) send({ at } satisfies Published);
      else setImmediate(turn);
    };
    turn();
  });
  process.once('disconnect', () => process.exit());
  send({ port });
}

await main();
