import { MemoryBroker } from '../../src/broker/broker-memory.js';
import type { PriceChannel } from '../../src/channels.js';
import type { Publication } from '../../src/events.js';
import { createLogger } from '../../src/logger.js';
import { CANDLE_FIELDS } from '../../src/protocol.js';
import type { AssetRecord, CandleQuery, CandleRecord } from '../../src/store/records.js';
import type { Timeframe } from '../../src/timeframe.js';
import type { GatewayLimits } from '../../src/ws/limits.js';
import type { ChannelState, GatewayPorts } from '../../src/ws/ports.js';
import { type Gateway, startGateway } from '../../src/ws/server.js';
import { FakeAnalysis, storedSignals } from './analysis-view.js';

const SYMBOLS = ['BTC/USDT', 'ETH/USDT'];
const silent = createLogger({ level: 'silent', format: 'json' });

/**
 * A real gateway over a market that the test moves by hand: it stands for engine and database, which the tests of
 * the client do not need. `stop` and `start` keep port and market; with `start('another epoch')` it is a new run.
 */
export class ServedMarket {
  readonly #states = new Map<string, ChannelState>();
  readonly #closed: CandleRecord[] = [];
  readonly #events: { readonly epoch: string; readonly offset: number }[] = [];
  #broker = new MemoryBroker<Publication>();
  #gateway: Gateway | undefined;
  #port = 0;
  simulated = true;

  constructor(
    private readonly limits: Partial<GatewayLimits> = {},
    private readonly webRoot: string | null = null,
  ) {}

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.#port}`;
  }

  get gateway(): Gateway {
    if (this.#gateway === undefined) throw new Error('the gateway does not run');
    return this.#gateway;
  }

  /** Listens, on the same port as before if it ran before. */
  async start(epoch = 'first'): Promise<this> {
    this.#broker = new MemoryBroker<Publication>();
    this.#gateway = await startGateway(
      {
        host: '127.0.0.1',
        port: this.#port,
        transport: 'ws',
        limits: this.limits,
        originAllowList: [],
        webRoot: this.webRoot,
        logger: silent,
      },
      this.#ports(epoch),
      this.#broker,
    );
    this.#port = this.#gateway.port;
    return this;
  }

  async stop(): Promise<void> {
    const gateway = this.#gateway;
    this.#gateway = undefined;
    await gateway?.close(1_000);
  }

  /** Changes a channel's state and publishes it. */
  publish(channel: string, row: readonly unknown[], lossless = false): void {
    const time = 1_700_000_000_000;
    const offset = (this.#states.get(channel)?.offset ?? 0) + 1;
    this.#states.set(channel, { offset, time, row });
    this.#broker.publish(channel, { channel, offset, time, lossless, row });
  }

  /** Tells an event of `signals`, as the outbox does. */
  signal(data: Readonly<Record<string, unknown>>): void {
    const position = { epoch: 'outbox', offset: (this.#events.at(-1)?.offset ?? 0) + 1 };
    this.#events.push(position);
    const { epoch, offset } = position;
    const time = 1_700_000_000_000;
    this.#broker.publish('signals', { channel: 'signals', offset, time, lossless: true, row: [epoch, data] });
  }

  /** Publishes a candle of BTC/USDT; a closed one is stored too. */
  candle(time: number, close: number, closed: boolean, timeframe: Timeframe = '1m'): void {
    const candle = { time, open: 100, high: 200, low: 50, close, volume: 1.5, trade_count: 3, vwap: 101 };
    const quality = { state: closed ? 'closed' : 'forming', source: 'built', coverage: 1, depth: 9 };
    const map: Record<string, unknown> = {
      ...candle,
      ...quality,
      closed,
      simulated: this.simulated,
      exchange_time: time,
      received_time: time + 5,
    };
    if (closed) this.#closed.push({ ...record(time, close), timeframe });
    this.publish(
      `candles:BTC/USDT:${timeframe}`,
      CANDLE_FIELDS.map((field) => map[field]),
      closed,
    );
  }

  #ports(epoch: string): GatewayPorts {
    const market = {
      symbols: () => SYMBOLS,
      assetId: (symbol: string) => (SYMBOLS.includes(symbol) ? SYMBOLS.indexOf(symbol) + 1 : undefined),
      isSimulated: () => true,
      indicatorColumns: ['sma_20', 'ema_20'],
      state: (channel: PriceChannel) => this.#states.get(channel.name) ?? { offset: 0, time: 0, row: null },
      recentClosed: () => [],
      closesAfter: () => null,
      patterns: () => null,
    };
    return {
      market,
      candles: {
        latestClosed: async (query) => this.#select(query),
        latestClosedExact: async (query) =>
          this.#select(query).map((candle) => ({
            record: candle,
            open: String(candle.open),
            high: String(candle.high),
            low: String(candle.low),
            close: String(candle.close),
            volume: String(candle.volume),
          })),
      },
      assets: {
        list: async ({ limit, afterId = 0 }) =>
          SYMBOLS.map(asset)
            .filter(({ id }) => id > afterId)
            .slice(0, limit),
        get: async (id) => SYMBOLS.map(asset).find((item) => item.id === id) ?? null,
      },
      analysis: new FakeAnalysis(this.#states),
      stored: storedSignals(async () => ({ position: this.#events.at(-1) ?? null, signals: [] })),
      users: null,
      accounts: null,
      signIn: null,
      status: null,
      userViews: null,
      readiness: { notReady: () => null, simulated: this.simulated },
      metricsText: async () => '',
      epoch,
    };
  }

  #select({ assetId, timeframe, from = 0, to = Infinity, limit }: CandleQuery): readonly CandleRecord[] {
    return this.#closed
      .filter((candle) => candle.assetId === assetId && candle.timeframe === timeframe)
      .filter(({ time }) => time >= from && time < to)
      .slice(-limit);
  }
}

function record(time: number, close: number): CandleRecord {
  return {
    assetId: 1,
    timeframe: '1m',
    time,
    open: 100,
    high: 200,
    low: 50,
    close,
    volume: 1.5,
    tradeCount: 3,
    vwap: 101,
    isClosed: true,
    isValidated: true,
    source: 'built',
    coverage: 1,
    indicators: { sma_20: close - 1, ema_20: close + 1 },
  };
}

function asset(symbol: string, index: number): AssetRecord {
  return {
    id: index + 1,
    symbol,
    name: symbol.split('/')[0] ?? symbol,
    assetType: 'crypto',
    quoteCurrency: 'USDT',
    dataSource: 'demo',
    isActive: true,
    currentPrice: '100.5',
    priceChange24h: null,
    priceChange7d: null,
    priceChange30d: null,
    ath: null,
    athDate: null,
    atl: null,
    atlDate: null,
    marketCap: null,
    marketCapRank: null,
    totalVolume: null,
    lastPriceUpdate: null,
  };
}
