import type { Test } from 'tap';
import type { Broker } from '../../src/broker/broker.js';
import { MemoryBroker } from '../../src/broker/broker-memory.js';
import {
  channelName,
  isEventChannel,
  type PriceChannel,
  parseChannel,
  type StateChannel,
} from '../../src/channels.js';
import type { Publication } from '../../src/events.js';
import { createLogger } from '../../src/logger.js';
import type { AssetReader, AssetRecord, CandleReader, CandleRecord } from '../../src/store/records.js';
import type { Timeframe } from '../../src/timeframe.js';
import { ChannelSource } from '../../src/ws/channel-source.js';
import { EventSource } from '../../src/ws/event-source.js';
import type { HubSource } from '../../src/ws/hub.js';
import { MissedCloses } from '../../src/ws/missed-closes.js';
import type {
  ChannelState,
  ClosedAt,
  ClosedPatterns,
  GatewayPorts,
  MarketView,
  StoredAnalyses,
} from '../../src/ws/ports.js';
import { type Gateway, type GatewayOptions, startGateway } from '../../src/ws/server.js';
import { loadUws } from '../../src/ws/uws-native.js';
import { FakeAnalysis } from '../support/analysis-view.js';
import { SocketClient, type SocketClientOptions } from '../support/socket-client.js';

/** The drivers that run on this machine. */
export const DRIVERS: readonly ('ws' | 'uws')[] = 'native' in loadUws() ? ['ws', 'uws'] : ['ws'];

export const EPOCH = 'e1';
export const NOW = 1_760_000_000_000;
export const SYMBOLS = ['BTC/USDT', 'ETH/USDT', 'DOGE/USDT'];

/** A row of `candles` whose values follow from `n`, so that a mix-up is seen. */
export function candleRow(n: number, closed = false, time = NOW): unknown[] {
  const end = [closed, closed ? 'closed' : 'forming', 'simulated', 1, 250, true, time + n, time + n + 3];
  return [time, 100 + n, 101 + n, 99 + n, 100.5 + n, n / 8, n, null, ...end];
}

/** A row of `ticker`. */
export function tickerRow(last: number): unknown[] {
  return [NOW, last, null, null, null, null, null, null, null, true, NOW, NOW + 1];
}

/** A row of `trades`. */
export function tradeRow(n: number): unknown[] {
  return [`t${n}`, NOW + n, 100 + n, 1, 'buy', true, NOW + n, NOW + n + 2];
}

/** Stands for the engine: keeps the newest row of each channel and publishes changes to the broker. */
export class FakeMarket implements MarketView {
  readonly indicatorColumns = ['sma_20', 'rsi_14'];
  readonly states = new Map<string, ChannelState>();
  recent: (readonly unknown[])[] = [];
  /** Which offsets of a channel were closes; kept by `change`. */
  readonly closes = new Map<string, ClosedAt[]>();
  /** It does not know any more which they were. */
  isForgetful = false;
  /** The size of `trades` states. */
  tradesKept = 100;

  constructor(private readonly broker: Broker<Publication>) {}

  symbols(): readonly string[] {
    return SYMBOLS;
  }

  assetId(symbol: string): number | undefined {
    const index = SYMBOLS.indexOf(symbol);
    return index === -1 ? undefined : index + 1;
  }

  isSimulated(): boolean {
    return true;
  }

  state(channel: PriceChannel): ChannelState {
    if (this.assetId(channel.symbol) === undefined) throw new RangeError(channel.symbol);
    return this.states.get(channel.name) ?? { offset: 0, time: NOW, row: null };
  }

  recentClosed(): readonly (readonly unknown[])[] {
    return this.recent;
  }

  closesAfter(symbol: string, timeframe: Timeframe, offset: number): readonly ClosedAt[] | null {
    const name = channelName('candles', symbol, timeframe);
    return this.isForgetful ? null : (this.closes.get(name) ?? []).filter((closed) => closed.offset > offset);
  }

  patterns(): ClosedPatterns {
    return { time: NOW - 3_600_000, found: [{ name: 'hammer', direction: 'bullish' }] };
  }

  /** Changes a channel and publishes it, as the engine does; `false` for a change that the broker lost. */
  change(
    name: string,
    row: readonly unknown[],
    options: { lossless?: boolean; publish?: boolean } = {},
  ): number {
    const before = this.states.get(name);
    const offset = (before?.offset ?? 0) + 1;
    const time = NOW + offset;
    const isTrades = name.startsWith('trades:');
    const kept = isTrades ? [...(before?.row ?? []), ...row].slice(-this.tradesKept) : row;
    this.states.set(name, { offset, time, row: kept });
    if (options.lossless === true) {
      const closed = { offset, time: row[0] as number };
      this.closes.set(name, [...(this.closes.get(name) ?? []), closed]);
    }
    if (options.publish !== false && this.broker.wanted(name)) {
      this.broker.publish(name, { channel: name, offset, time, lossless: options.lossless ?? false, row });
    }
    return offset;
  }
}

/** A stored candle. */
export function record(time: number, changes: Partial<CandleRecord> = {}): CandleRecord {
  const prices = { open: 1.5, high: 2.5, low: 0.5, close: 2, volume: 3 };
  const quality = { isClosed: true, isValidated: true, source: 'simulated', coverage: 1 } as const;
  const rest = { assetId: 1, timeframe: '1m', tradeCount: 4, vwap: 1.75, indicators: { sma_20: 7 } } as const;
  return { ...rest, ...prices, ...quality, time, ...changes };
}

/** Stands for the tables: candles and assets in memory, with the meaning of the queries. */
export class FakeStore implements CandleReader, AssetReader {
  candles: CandleRecord[] = [];
  assets: AssetRecord[] = [];

  async latestClosed(query: Parameters<CandleReader['latestClosed']>[0]): Promise<readonly CandleRecord[]> {
    return this.candles
      .filter((c) => c.time >= (query.from ?? 0) && c.time < (query.to ?? Number.MAX_SAFE_INTEGER))
      .sort((a, b) => a.time - b.time)
      .slice(-query.limit)
      .map((c) => (query.withIndicators === true ? c : { ...c, indicators: null }));
  }

  async latestClosedExact(query: Parameters<CandleReader['latestClosed']>[0]) {
    const found = await this.latestClosed(query);
    return found.map((r) => ({
      record: r,
      open: `${r.open}00`,
      high: `${r.high}00`,
      low: `${r.low}00`,
      close: `${r.close}.00`,
      volume: `${r.volume}.00`,
    }));
  }

  async list({
    afterId,
    limit,
    type,
    q,
  }: Parameters<AssetReader['list']>[0]): Promise<readonly AssetRecord[]> {
    return this.assets
      .filter((a) => a.id > (afterId ?? 0) && (type === undefined || a.assetType === type))
      .filter((a) => q === undefined || `${a.symbol} ${a.name}`.toLowerCase().includes(q.toLowerCase()))
      .slice(0, limit);
  }

  async get(id: number): Promise<AssetRecord | null> {
    return this.assets.find((a) => a.id === id) ?? null;
  }
}

export interface GatewaySite {
  readonly gateway: Gateway;
  readonly market: FakeMarket;
  readonly analysis: FakeAnalysis;
  readonly store: FakeStore;
  readonly readiness: { reason: string | null };
  connect(options?: SocketClientOptions): Promise<SocketClient>;
}

/** Starts a gateway on a free port, with a market and tables that a test can change. */
export async function gatewaySite(
  t: Test,
  options: Partial<GatewayOptions> = {},
  broker: Broker<Publication> = new MemoryBroker<Publication>(),
  stored: StoredAnalyses | null = null,
  isAnalysed = true,
  more: Partial<GatewayPorts> = {},
): Promise<GatewaySite> {
  const market = new FakeMarket(broker);
  const store = new FakeStore();
  const analysis = new FakeAnalysis(market.states);
  const readiness = { reason: null as string | null };
  const ports: GatewayPorts = {
    market,
    candles: store,
    assets: store,
    analysis: isAnalysed ? analysis : null,
    stored,
    users: null,
    accounts: null,
    signIn: null,
    status: null,
    userViews: null,
    readiness: { notReady: () => readiness.reason, simulated: true },
    metricsText: async () => 'metric 1\n',
    epoch: EPOCH,
    ...more,
  };
  const gateway = await startGateway(
    {
      host: '127.0.0.1',
      port: 0,
      transport: 'ws',
      originAllowList: [],
      webRoot: null,
      logger: createLogger({ level: 'silent', format: 'json' }),
      ...options,
    },
    ports,
    broker,
  );
  t.teardown(() => gateway.close(0));
  return {
    gateway,
    market,
    analysis,
    store,
    readiness,
    async connect(clientOptions = {}) {
      const client = await SocketClient.connect(gateway.port, clientOptions);
      t.teardown(() => client.ws.terminate());
      return client;
    },
  };
}

/** Gives what a hub reads of a market alone, and of closed candles that are stored. */
export function hubSource(market: FakeMarket, candles: CandleReader = new FakeStore()): HubSource {
  const channels = new ChannelSource({
    ...{ market, analysis: null, stored: null, users: null, status: null, userViews: null },
  });
  const events = new EventSource({ stored: null, users: null, status: null });
  return { channels, events, closes: new MissedCloses({ market, candles }), epoch: EPOCH };
}

/** Gives a channel that is known to be right. */
export function channel(text: string): StateChannel {
  const parsed = parseChannel(text);
  if ('fault' in parsed) throw new Error(parsed.fault);
  if (isEventChannel(parsed)) throw new Error(`${text} has no state in memory`);
  return parsed;
}
