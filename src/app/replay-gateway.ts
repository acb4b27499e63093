import { randomBytes } from 'node:crypto';
import { MemoryBroker } from '../broker/broker-memory.js';
import type { Config } from '../config.js';
import type { Engine, EngineSink } from '../engine/engine.js';
import type { FeedEvent, Publication } from '../events.js';
import type { Logger } from '../logger.js';
import { Metrics } from '../metrics.js';
import type { AssetFilter, AssetReader, AssetRecord } from '../store/records.js';
import { startGateway } from '../ws/server.js';
import { gatewayOptions, gatewayUrl } from './gateway-options.js';
import { EngineMarketView } from './market-view.js';
import { MemoryCandles } from './memory-candles.js';
import { Publisher } from './publisher.js';
import { RecentClosed } from './recent-closed.js';
import { ServedAsset } from './served-asset.js';

/** Where the prices of a replay come from, as assets say it. */
const DATA_SOURCE = 'replay';
const DRAIN_MS = 1_000;

/** A symbol that is replayed and served. */
export interface ReplayMarket {
  readonly symbol: string;
  /** The engine's number. */
  readonly asset: number;
  readonly amountDecimals: number;
}

/** The gateway of a replay: what the engine tells goes to its clients, marked as simulated. */
export interface ReplayGateway {
  readonly url: string;
  /** To be told by the engine. */
  readonly sink: EngineSink;
  /** To be told of each event before the engine processes it. */
  begin(event: FeedEvent): void;
  close(): Promise<void>;
}

/**
 * Opens the gateway over the engine of a replay: the same channels and queries as `serve` has, without a database. Closed
 * candles are answered from memory.
 *
 * @throws OperatorError if the port cannot be listened on
 */
export async function startReplayGateway(
  engine: Engine,
  markets: readonly ReplayMarket[],
  config: Config,
  logger: Logger,
): Promise<ReplayGateway> {
  const broker = new MemoryBroker<Publication>();
  const served = markets.map(servedAsset);
  const publisher = new Publisher(engine, broker, Date.now);
  const candles = new MemoryCandles(engine, assetIdOf);
  // A candle is in memory at once, so none has to be remembered besides.
  const recent = new RecentClosed(
    engine,
    () => true,
    () => true,
  );
  const market = new EngineMarketView(engine, recent, Date.now);
  for (const asset of served) {
    publisher.add(asset);
    market.add(asset);
  }
  const metrics = new Metrics();
  const gateway = await startGateway(
    gatewayOptions(config, logger.child({ component: 'gateway' })),
    {
      market,
      candles,
      assets: new ReplayedAssets(served),
      analysis: null,
      stored: null,
      users: null,
      accounts: null,
      signIn: null,
      status: null,
      userViews: null,
      readiness: { notReady: () => null, simulated: true },
      metricsText: () => metrics.text(),
      epoch: randomBytes(8).toString('hex'),
    },
    broker,
  );
  return {
    url: gatewayUrl(config, gateway.port),
    sink: {
      closed(asset, timeframeIndex) {
        recent.closed(asset, timeframeIndex);
        candles.closed(asset, timeframeIndex);
        publisher.closed(asset, timeframeIndex);
      },
      moved: (asset) => publisher.moved(asset),
      ticked: (asset) => publisher.ticked(asset),
      dropped: () => undefined,
      // A replay sets no alerts.
      fired: () => undefined,
      expired: () => undefined,
    },
    begin: (event) => publisher.begin(event),
    async close() {
      await gateway.close(DRAIN_MS);
      await broker.close();
    },
  };
}

function assetIdOf(asset: number): number {
  return asset + 1;
}

function servedAsset({ symbol, asset, amountDecimals }: ReplayMarket): ServedAsset {
  const [base = '', quote = ''] = symbol.replace(/:.*/, '').split('/');
  const market = { exchange: DATA_SOURCE, symbol, base, quote, amountDecimals, simulated: true };
  return new ServedAsset(market, asset, assetIdOf(asset), DATA_SOURCE);
}

/** The replayed symbols as assets, of which nothing is known but the live price. */
class ReplayedAssets implements AssetReader {
  readonly #records: readonly AssetRecord[];

  constructor(served: readonly ServedAsset[]) {
    this.#records = served.map(({ market: { symbol, base, quote }, assetId, dataSource }) => ({
      id: assetId,
      symbol,
      name: base,
      assetType: 'crypto',
      quoteCurrency: quote,
      dataSource,
      isActive: true,
      currentPrice: null,
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
    }));
  }

  async list({
    type,
    sectorId,
    q = '',
    ids,
    limit,
    afterId = 0,
  }: AssetFilter): Promise<readonly AssetRecord[]> {
    // No sector is recorded.
    if (sectorId !== undefined) return [];
    const wanted = q.toLowerCase();
    return this.#records
      .filter((asset) => ids.includes(asset.id) && asset.id > afterId && (type ?? 'crypto') === 'crypto')
      .filter(({ symbol, name }) => [symbol, name].some((text) => text.toLowerCase().includes(wanted)))
      .slice(0, limit);
  }

  async get(id: number): Promise<AssetRecord | null> {
    return this.#records.find((asset) => asset.id === id) ?? null;
  }
}
