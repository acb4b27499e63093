import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { createBroker } from '../broker/create-broker.js';
import type { Config } from '../config.js';
import { Engine } from '../engine/engine.js';
import type { FeedEvent, Publication } from '../events.js';
import { fromIndicatorDocument, toIndicatorDocument } from '../indicator-document.js';
import type { Logger } from '../logger.js';
import { Metrics } from '../metrics.js';
import { packageRoot } from '../package-root.js';
import { publicationCodec } from '../publication-codec.js';
import { migrate } from '../store/migrate.js';
import { ensurePartitionsAhead } from '../store/partitions.js';
import { AssetRepository } from '../store/repositories/assets.js';
import { CandleRepository } from '../store/repositories/candles.js';
import { readPriceHistory } from '../store/repositories/price-history.js';
import { CandleWriter } from '../store/writer.js';
import { DAY_MS } from '../timeframe.js';
import { startGateway } from '../ws/server.js';
import type { DriverInfo } from '../ws/transport.js';
import { type Database, openDatabase } from './database.js';
import { EngineSinks } from './engine-sinks.js';
import { connectFeeds, type Feeds } from './feeds.js';
import { assetFigures } from './figures.js';
import { type LoadState, loadHistory } from './history-loader.js';
import { HistoryStore } from './history-store.js';
import { EngineMarketView } from './market-view.js';
import { Periodic } from './periodic.js';
import { Persistence } from './persistence.js';
import { Publisher } from './publisher.js';
import { readiness } from './readiness.js';
import { RecentClosed } from './recent-closed.js';
import { ServedAsset } from './served-asset.js';
import { bindMetrics } from './server-metrics.js';
import type { Stopper } from './stopper.js';
import { type Assignment, assignSymbols } from './symbols.js';

/** How often prices and changes of `assets` are brought up to date. */
const FIGURES_MS = 60_000;
const GATEWAY_DRAIN_MS = 1_000;
const WRITER_CLOSE_MS = 1_500;

/** A running server, for the banner and for tests. */
export interface RunningServer {
  readonly url: string;
  readonly port: number;
  readonly driver: DriverInfo;
  readonly database: Database;
  readonly feeds: Feeds;
  readonly symbols: readonly string[];
  readonly isSimulated: boolean;
  readonly broker: 'memory' | 'redis';
  /** Resolves when the history of every symbol is loaded, or given up. */
  readonly loaded: Promise<void>;
  readonly loadState: Readonly<LoadState>;
  /** Resolves with the reason if a part that the server cannot do without ends. */
  readonly lost: Promise<string>;
}

/**
 * Starts everything, outside in: database, exchanges, engine, gateway; then loads history while the gateway already
 * answers. Each part is registered with `stopper` as soon as it runs, so stopping works at any moment.
 *
 * @throws OperatorError for what the operator can mend
 */
export async function startServer(config: Config, logger: Logger, stopper: Stopper): Promise<RunningServer> {
  const now = Date.now;
  const [database, feeds] = await Promise.all([
    openMigrated(config, logger, stopper),
    connectFeeds(config, logger, stopper),
  ]);
  const { pool } = database;
  const assignments = assignSymbols(feeds.feeds, config.symbols);
  const documents = { toDocument: toIndicatorDocument, fromDocument: fromIndicatorDocument };
  const candles = new CandleRepository(pool, documents);
  const assets = new AssetRepository(pool);

  const broker = await createBroker<Publication>({
    redisUrl: config.redisUrl,
    codec: publicationCodec,
    logger: logger.child({ component: 'broker' }),
  });
  await stopper.add('broker', () => broker.close());

  const storeLogger = logger.child({ component: 'store' });
  const writer = new CandleWriter({
    pool,
    logger: storeLogger,
    toDocument: toIndicatorDocument,
    formingWriteMs: config.formingWriteMs,
  });
  const engine = new Engine();
  const persistence = new Persistence(engine, writer);
  await stopper.add('candle writer', async () => {
    persistence.writeForming();
    await writer.close(WRITER_CLOSE_MS);
  });

  const served = await serve(assignments, engine, assets);
  const publisher = new Publisher(engine, broker, now);
  const recent = new RecentClosed(
    engine,
    (asset) => served[asset]?.market.simulated ?? false,
    () => writer.stats.closedQueued === 0,
  );
  const market = new EngineMarketView(engine, recent, now);
  for (const asset of served) {
    publisher.add(asset);
    persistence.add(asset);
    market.add(asset);
  }
  const sinks = new EngineSinks(publisher, persistence, recent);

  const history = new HistoryStore(candles, storeLogger, now);
  await stopper.add('history store', () => history.stop());
  const loadState: LoadState = { total: served.length, live: 0, failed: new Map() };
  const isSimulated = served.some((asset) => asset.market.simulated);
  const metrics = new Metrics();
  const gateway = await startGateway(
    {
      host: config.host,
      port: config.port,
      transport: config.transport,
      limits: {
        maxFrameBytes: config.maxFrameBytes,
        maxSubscriptions: config.maxSubscriptions,
        maxMessagesPerSecond: config.maxMessagesPerSecond,
        maxConnections: config.maxConnections,
        maxConnectionsPerAddress: config.maxConnectionsPerAddress,
      },
      originAllowList: config.allowedOrigins ?? [],
      webRoot: fileURLToPath(new URL('web/', packageRoot())),
      logger: logger.child({ component: 'gateway' }),
    },
    {
      market,
      candles,
      assets,
      readiness: readiness({ loadState, feeds: feeds.feeds, writer, isSimulated }),
      metricsText: () => metrics.text(),
      epoch: randomBytes(8).toString('hex'),
    },
    broker,
  );
  bindMetrics(metrics, { engine, served, feeds: feeds.feeds, writer, history, broker, gateway, loadState });

  for (const feed of feeds.feeds) {
    const mine = assignments.flatMap((assignment, index) =>
      assignment.feed === feed
        ? [{ symbol: assignment.market.symbol, asset: served[index]?.asset ?? index }]
        : [],
    );
    feed.watch(mine, (event: FeedEvent) => {
      publisher.begin(event);
      engine.process(event, sinks);
    });
  }

  const aborted = new AbortController();
  const periodic = new Periodic(logger);
  periodic.every(config.formingWriteMs, 'forming candles', () => persistence.writeForming());
  const ids = served.map((asset) => asset.assetId);
  periodic.every(FIGURES_MS, 'asset figures', async () =>
    assets.updateFigures(
      assetFigures(engine, served, await readPriceHistory(pool, ids, feeds.feeds[0]?.now() ?? now())),
    ),
  );
  periodic.every(DAY_MS / 4, 'partitions', () => ensurePartitionsAhead(pool, now()));
  await stopper.add('timers', () => periodic.stop());
  await stopper.add('history loading', () => aborted.abort());
  await stopper.add('gateway', () => gateway.close(GATEWAY_DRAIN_MS));

  const loading = assignments.flatMap(({ feed }, index) => {
    const asset = served[index];
    return asset === undefined ? [] : [{ feed, served: asset }];
  });
  const loaded = loadHistory(
    loading,
    {
      engine,
      sink: sinks,
      candles,
      depth: config.historyDepth,
      logger,
      signal: aborted.signal,
      store: (records) => history.add(records),
    },
    loadState,
  );
  return {
    url: `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${gateway.port}`,
    port: gateway.port,
    driver: gateway.driver,
    database,
    feeds,
    symbols: market.symbols(),
    isSimulated,
    broker: broker.status().driver,
    loaded,
    loadState,
    lost: Promise.race([database.lost, feeds.lost]),
  };
}

async function openMigrated(config: Config, logger: Logger, stopper: Stopper): Promise<Database> {
  const database = await openDatabase(config, logger.child({ component: 'store' }), stopper);
  await migrate(database.pool, { onApplied: (name) => logger.info({ migration: name }, 'migrated') });
  await ensurePartitionsAhead(database.pool, Date.now());
  return database;
}

/** Gives every assigned market its number in the engine and its row in `assets`, in the order of the assignments. */
async function serve(
  assignments: readonly Assignment[],
  engine: Engine,
  assets: AssetRepository,
): Promise<readonly ServedAsset[]> {
  const records = await assets.register(
    assignments.map(({ feed, market }) => ({
      symbol: market.symbol,
      base: market.base,
      quote: market.quote,
      dataSource: feed.dataSource,
    })),
  );
  const idOf = new Map(records.map((record) => [`${record.dataSource} ${record.symbol}`, record.id]));
  return assignments.map(({ feed, market }) => {
    const assetId = idOf.get(`${feed.dataSource} ${market.symbol}`);
    if (assetId === undefined) throw new Error(`${market.symbol} was not registered`);
    const asset = engine.addAsset({ amountDecimals: market.amountDecimals, simulated: market.simulated });
    return new ServedAsset(market, asset, assetId, feed.dataSource);
  });
}
