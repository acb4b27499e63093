/**
 * From a trade to a client: through the whole path (exchange's socket → ccxt → engine → gateway → client), and from
 * the engine's door to the client alone. If this worsens, everybody sees every price later. The limit of the first is
 * a relay that reads the exchange's stream with `ws` and publishes each message unread; of the second a bare publish.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Packr } from 'msgpackr';
import { WebSocket } from 'ws';
import { connect } from '../src/client/client.js';
import { STREAM_PATH, SUBPROTOCOLS } from '../src/protocol.js';
import { loadUws } from '../src/ws/uws-native.js';
import { until } from '../test/support/until.js';
import type { BenchResult } from './bench.js';
import { startExchange } from './exchange-process.js';
import type { Ticked, TickOrder } from './latency-server.js';
import { startServed, untilLive } from './served.js';
import { TapProxy } from './tap-proxy.js';

const SYMBOLS = 20;
const MEASURE_MS = 10_000;
/**
 * Long enough for the first two ends of a minute: the minute in which a server starts was seen in part, so history is
 * asked about it, and the candles of the next one wait for the answer.
 */
const WARM_UP_MS = 8_000;
/** Market time per real time: trades enough for a 99th percentile. */
const SPEED = 10;
/** Busy hours of the generated market. */
const START_AT = Date.UTC(2026, 0, 15, 14, 30, 45);
const TICKS = 2_000;
const TICK_MS = 2;

interface Percentiles {
  readonly p50: number;
  readonly p99: number;
  readonly count: number;
}

/** Gives p50 and p99 in ms. */
export async function run(): Promise<readonly BenchResult[]> {
  const hasUws = 'native' in loadUws();
  const door = await engineToClient('ours');
  const bare = hasUws ? await engineToClient('raw') : null;
  const { ours, relay } = await wholePath(hasUws);
  return [
    ...rows('trade on the exchange’s socket → client', ours, relay, 'bare relay, ws → publish', (count) => {
      const perSecond = Math.round(count / (MEASURE_MS / 1_000));
      return `${count} trades of ${SYMBOLS} symbols, ${perSecond}/s; until the moved candle is decoded; trades and indicators subscribed, too`;
    }),
    ...rows('trade at the engine → client', door, bare, 'raw uWebSockets.js publish', (count) => {
      return `${count} trades, one at a time, to one client's socket`;
    }),
  ];
}

function rows(
  name: string,
  ours: Percentiles,
  limit: Percentiles | null,
  limitName: string,
  note: (count: number) => string,
): readonly BenchResult[] {
  return (['p50', 'p99'] as const).map((key) => ({
    name: `${name}, ${key}`,
    unit: 'ms',
    ours: ours[key],
    ...(limit === null ? {} : { limit: limit[key], limitName }),
    note: note(ours.count),
  }));
}

/** One client of one symbol, one trade at a time. */
async function engineToClient(kind: 'ours' | 'raw'): Promise<Percentiles> {
  const child = fork(fileURLToPath(new URL('./latency-server.js', import.meta.url)), [kind], {
    execArgv: [],
  });
  let arrivals: bigint[] = [];
  try {
    const { port } = await answer<{ port: number }>(child);
    const client = new WebSocket(
      `ws://127.0.0.1:${port}${STREAM_PATH}`,
      kind === 'ours' ? [SUBPROTOCOLS[0]] : [],
    );
    let messages = 0;
    client.on('message', () => {
      arrivals.push(process.hrtime.bigint());
      messages += 1;
    });
    await once(client, 'open');
    if (kind === 'ours') {
      const subscribe = { id: 1, op: 'subscribe', channels: ['candles:BTC/USDT:1m'], rows: true };
      client.send(new Packr({ useRecords: false }).pack(subscribe));
      // Welcome, reply, snapshot.
      await until('the snapshot has come', () => messages === 3);
    }
    const tick = async (ticks: number): Promise<readonly number[]> => {
      arrivals = [];
      const ticked = answer<Ticked>(child);
      child.send({ ticks, everyMs: TICK_MS } satisfies TickOrder);
      const { at } = await ticked;
      await until('every tick has arrived', () => arrivals.length === ticks);
      return at.map((sent, i) => Number((arrivals[i] ?? 0n) - BigInt(sent)) / 1e6);
    };
    await tick(TICKS / 4);
    const waits = await tick(TICKS);
    client.terminate();
    return percentiles(waits);
  } finally {
    await end(child);
  }
}

/** The product as a process of its own beside the demo exchange as another. */
async function wholePath(hasUws: boolean): Promise<{ ours: Percentiles; relay: Percentiles | null }> {
  const exchange = await startExchange([
    '--symbols',
    String(SYMBOLS),
    '--start-at',
    String(START_AT),
    '--paused',
  ]);
  const proxy = await TapProxy.start(exchange.url);
  try {
    const play = async (measure: (arrived: Map<string, number>) => Promise<() => Promise<void>>) => {
      const arrived = new Map<string, number>();
      const stop = await measure(arrived);
      await exchange.control({ action: 'play', speed: SPEED });
      await new Promise((resolve) => setTimeout(resolve, WARM_UP_MS));
      arrived.clear();
      proxy.sentAt.clear();
      await new Promise((resolve) => setTimeout(resolve, MEASURE_MS));
      await exchange.control({ action: 'pause' });
      await stop();
      const waits = Array.from(arrived, ([key, at]) => at - (proxy.sentAt.get(key) ?? Number.NaN));
      return percentiles(waits.filter((wait) => !Number.isNaN(wait)));
    };
    const relay = hasUws ? await play((arrived) => relayed(proxy.url, exchange.url, arrived)) : null;
    return { relay, ours: await play((arrived) => served(proxy.url, arrived)) };
  } finally {
    await proxy.close();
    await exchange.stop();
  }
}

/** Our server and client: a trade has arrived when the candle that it moved is in the program's hands. */
async function served(url: string, arrived: Map<string, number>): Promise<() => Promise<void>> {
  const server = await startServed(url, ['--history-depth', '300']);
  await untilLive(server, 30_000);
  const client = connect(server.url);
  const { items } = await client.query('assets.list', { limit: SYMBOLS });
  for (const { symbol } of items) {
    let pending: string[] = [];
    const id = symbol.replace('/', '');
    await client.subscribe(`trades:${symbol}`, ({ data }) => {
      for (const trade of data) pending.push(`${id} ${trade.id}`);
    });
    await client.subscribe(`indicators:${symbol}:1m`, () => undefined);
    await client.subscribe(`candles:${symbol}:1m`, () => {
      const now = performance.now();
      for (const key of pending) arrived.set(key, now);
      pending = [];
    });
  }
  return async () => {
    client.close();
    await server.stop();
  };
}

async function relayed(
  url: string,
  exchangeUrl: string,
  arrived: Map<string, number>,
): Promise<() => Promise<void>> {
  const info = (await (await fetch(`${exchangeUrl}/api/v3/exchangeInfo`)).json()) as {
    symbols: readonly { symbol: string }[];
  };
  const streams = info.symbols.map(({ symbol }) => `${symbol.toLowerCase()}@trade`).join('/');
  const address = `${url.replace('http', 'ws')}/stream?streams=${streams}`;
  const child = fork(fileURLToPath(new URL('./relay-server.js', import.meta.url)), [address], {
    execArgv: [],
  });
  const { port } = await answer<{ port: number }>(child);
  const client = new WebSocket(`ws://127.0.0.1:${port}${STREAM_PATH}`);
  client.on('message', (message) => {
    const now = performance.now();
    const { data } = JSON.parse(String(message)) as { data: { s: string; t: number } };
    arrived.set(`${data.s} ${data.t}`, now);
  });
  await once(client, 'open');
  return async () => {
    client.terminate();
    await end(child);
  };
}

function percentiles(waits: readonly number[]): Percentiles {
  const sorted = Float64Array.from(waits).sort();
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), count: sorted.length };
}

async function answer<T>(child: ChildProcess): Promise<T> {
  const [message] = (await once(child, 'message')) as [T];
  return message;
}

async function end(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill();
  await exit;
}
