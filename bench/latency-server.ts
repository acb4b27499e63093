import { EngineSinks } from '../src/app/engine-sinks.js';
import { EngineMarketView } from '../src/app/market-view.js';
import { Persistence } from '../src/app/persistence.js';
import { Publisher } from '../src/app/publisher.js';
import { RecentClosed } from '../src/app/recent-closed.js';
import { ServedAsset } from '../src/app/served-asset.js';
import { MemoryBroker } from '../src/broker/broker-memory.js';
import { DEFAULT_INDICATORS } from '../src/engine/indicators/registry.js';
import type { Publication, TradeEvent } from '../src/events.js';
import { createLogger } from '../src/logger.js';
import { startGateway } from '../src/ws/server.js';
import { BEGIN, populate } from './populated-engine.js';
import { listenRaw } from './raw-server.js';

/**
 * A server for `latency.bench.ts` that makes its own trades: `argv[2]` is `ours` for engine, publisher and gateway as
 * the product wires them, or `raw` for uWebSockets.js alone.
 */

/** What the parent asks for: one trade every `everyMs`. */
export interface TickOrder {
  readonly ticks: number;
  readonly everyMs: number;
}

/** The answer: when each trade was handed to the engine, ns of `process.hrtime`, the same clock in all processes. */
export interface Ticked {
  readonly at: readonly string[];
}

const SYMBOL = 'BTC/USDT';
/** Bytes of a candle's update as the gateway encodes it. */
const RAW_BYTES = 181;

type Tick = (index: number) => void;

async function ours(): Promise<{ port: number; tick: Tick }> {
  const engine = populate(DEFAULT_INDICATORS, 1);
  const broker = new MemoryBroker<Publication>();
  const market = {
    exchange: 'bench',
    symbol: SYMBOL,
    base: 'BTC',
    quote: 'USDT',
    amountDecimals: 5,
    simulated: true,
  };
  const served = new ServedAsset(market, 0, 1, 'bench');
  const publisher = new Publisher(engine, broker, Date.now);
  const recent = new RecentClosed(
    engine,
    () => true,
    () => true,
  );
  const view = new EngineMarketView(engine, recent, Date.now);
  const persistence = new Persistence(engine, { closed: () => undefined, forming: () => undefined });
  publisher.add(served);
  view.add(served);
  persistence.add(served);
  const sinks = new EngineSinks(publisher, persistence, recent);
  const gateway = await startGateway(
    {
      host: '127.0.0.1',
      port: 0,
      transport: 'auto',
      originAllowList: [],
      webRoot: null,
      logger: createLogger({ level: 'silent', format: 'json' }),
    },
    {
      market: view,
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
  const tick = (index: number): void => {
    const time = BEGIN + index;
    const event: TradeEvent = {
      type: 'trade',
      asset: 0,
      id: String(index),
      time,
      price: 60_000 + (index % 97) / 10,
      amount: 0.01,
      side: 'buy',
      receivedAt: time,
    };
    publisher.begin(event);
    engine.process(event, sinks);
  };
  return { port: gateway.port, tick };
}

async function raw(): Promise<{ port: number; tick: Tick }> {
  const { app, port } = await listenRaw();
  const payload = Buffer.alloc(RAW_BYTES, 7);
  return { port, tick: () => app.publish('bench', payload, true, false) };
}

const { port, tick } = process.argv[2] === 'ours' ? await ours() : await raw();
let index = 0;
process.on('message', ({ ticks, everyMs }: TickOrder) => {
  const at: string[] = [];
  const timer = setInterval(() => {
    at.push(process.hrtime.bigint().toString());
    index += 1;
    tick(index);
    if (at.length < ticks) return;
    clearInterval(timer);
    process.send?.({ at } satisfies Ticked);
  }, everyMs);
});
process.once('disconnect', () => process.exit());
process.send?.({ port });
