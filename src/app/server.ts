import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { createBroker } from '../broker/create-broker.js';
import { isEventTopic } from '../channels.js';
import type { Config } from '../config.js';
import type { Publication } from '../events.js';
import { fromIndicatorDocument, toIndicatorDocument } from '../indicator-document.js';
import type { Logger } from '../logger.js';
import { Metrics } from '../metrics.js';
import { publicationCodec } from '../publication-codec.js';
import { GuestReader } from '../store/guest-reader.js';
import { Housekeeping } from '../store/housekeeping.js';
import { ensureChannels } from '../store/outbox.js';
import { ensurePartitionsAhead } from '../store/partitions.js';
import { AssetRepository } from '../store/repositories/assets.js';
import { CandleRepository } from '../store/repositories/candles.js';
import type { StoreWriter } from '../store/writer.js';
import { startGateway } from '../ws/server.js';
import type { DriverInfo } from '../ws/transport.js';
import { openAccounts } from './accounts.js';
import { Analyses } from './analyses.js';
import { apiLogs } from './api-logs.js';
import { type CheckpointSource, Checkpoints } from './checkpoints.js';
import { configuredIndicators } from './configured-indicators.js';
import { connectFeeds, type Feeds } from './feeds.js';
import { gatewayOptions, gatewayUrl } from './gateway-options.js';
import { type LoadState, loadHistory } from './history-loader.js';
import { HistoryStore } from './history-store.js';
import { openLive } from './live.js';
import { outboxChannels } from './outbox-channels.js';
import { createPipeline } from './pipeline.js';
import { readiness } from './readiness.js';
import { startRecurringWork } from './recurring-work.js';
import { servedBases } from './served-bases.js';
import { openServerDatabase, type ServerDatabase } from './server-database.js';
import { bindMetrics } from './server-metrics.js';
import { bindSources } from './source-metrics.js';
import { startSources } from './sources.js';
import { openStatus } from './status/open-status.js';
import type { Stopper } from './stopper.js';
import { openStorage } from './storage.js';
import { assignSymbols } from './symbols.js';
import { userStore } from './user-store.js';
import { openViews, type Views } from './user-views/open-views.js';

const GATEWAY_DRAIN_MS = 1_000;
const WRITER_CLOSE_MS = 1_500;
/** A query of theirs that hangs must not take the writer's time. */
const TIMERS_STOP_MS = 300;
const HISTORY_STOP_MS = 1_000;
/** The last checkpoint takes no longer of the time that a stop has. */
const LAST_CHECKPOINT_MS = 1_500;

/** A running server, for the banner and for tests. */
export interface RunningServer {
  readonly url: string;
  readonly port: number;
  readonly driver: DriverInfo;
  readonly database: ServerDatabase;
  readonly feeds: Feeds;
  readonly symbols: readonly string[];
  readonly isSimulated: boolean;
  readonly broker: 'memory' | 'redis';
  /** By which the first admin is made; null: there is one. */
  readonly adminToken: string | null;
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
  const indicators = configuredIndicators(config.indicators);
  // Before anything is opened: who names a file that does not exist should not wait for a database.
  const listening = gatewayOptions(config, logger.child({ component: 'gateway' }));
  const storeLogger = logger.child({ component: 'store' });
  const opening = openServerDatabase(config, storeLogger, stopper);
  const connecting = connectFeeds(config, logger, stopper);
  // Both to their end, also if one fails: what is half open cannot be stopped in order.
  await Promise.allSettled([opening, connecting]);
  const [database, feeds] = await Promise.all([opening, connecting]);
  const { engine: pool } = database;
  await ensurePartitionsAhead(pool, now()).catch((error: unknown) => {
    // Somebody holds locks, such as a dump. Candles find a home all the same, and housekeeping comes back to it.
    storeLogger.warn({ err: error }, 'the partitions of the coming months are not made yet');
  });
  const assignments = assignSymbols(feeds.feeds, config.symbols);
  const assets = new AssetRepository(pool);
  const documents = { toDocument: toIndicatorDocument, fromDocument: fromIndicatorDocument };
  const candles = new CandleRepository(pool, documents);
  const broker = await createBroker<Publication>({
    redisUrl: config.redisUrl,
    codec: publicationCodec,
    logger: logger.child({ component: 'broker' }),
    isShared: isEventTopic,
  });
  await stopper.add('broker', () => broker.close());
  const { formingWriteMs } = config;
  const dataDir = resolve(config.dataDir);
  let analyses: Analyses | null = null;
  let views: Views | null = null;
  const storage = await openStorage(
    {
      ...{ pool, broker, logger: storeLogger, dataDir, spoolMb: config.spoolMb, formingWriteMs },
      heard(event) {
        analyses?.heard(event);
        views?.userViews.heard(event);
      },
    },
    stopper,
  );
  const { writer, relay } = storage;
  const pipeline = await createPipeline(assignments, { broker, writer, assets, indicators, now });
  const { engine, served, market, persistence } = pipeline;
  await ensureChannels(pool, outboxChannels(served));
  const housekeeping = new Housekeeping({ pool, logger: storeLogger });
  const history = new HistoryStore({
    ...{ candles, logger: storeLogger, now },
    onMuchStored: (from, to) => {
      const params = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
      housekeeping.request('price_analyze', params).catch((error: unknown) => {
        storeLogger.warn({ err: error }, 'the tables of candles are not analysed');
      });
    },
  });
  const loadState: LoadState = { total: served.length, live: 0, failed: new Map() };
  const aborted = new AbortController();
  const { checkpointMinutes } = config;
  const checkpoints = new Checkpoints({ dataDir, logger: storeLogger, now, signal: aborted.signal });
  const state: CheckpointSource = { engine, served, missing: () => missingIn(writer) };
  // Before every symbol is live, and while history is not stored, the file of the process before says more.
  const isComplete = (): boolean =>
    loadState.live + loadState.failed.size === loadState.total && history.pending + history.unstored === 0;
  if (checkpointMinutes > 0) {
    await checkpoints.read();
    // Registered before the writer, so done after it: the database has everything then.
    await stopper.add('checkpoint', async () => {
      if (isComplete()) await checkpoints.writeLast(state, LAST_CHECKPOINT_MS);
    });
  }
  await stopper.add('candle writer', async () => {
    persistence.writeForming();
    await writer.close(WRITER_CLOSE_MS);
  });
  const live = await openLive(
    { pipeline, writer, pool, url: database.engineUrl, logger: storeLogger },
    stopper,
  );

  analyses = await Analyses.open({
    ...{ pipeline, writer, pool, gateway: database.gateway, tables: live.tables, now },
    logger: logger.child({ component: 'analyses' }),
  });
  const { analysis, host } = analyses;
  await stopper.add('analyses', () => analyses.stop(), TIMERS_STOP_MS);

  await stopper.add(
    'history and housekeeping',
    () => Promise.all([history.stop(), housekeeping.stop()]),
    HISTORY_STOP_MS,
  );
  housekeeping.start();

  const isSimulated = served.some((asset) => asset.market.simulated);
  const ready = readiness({ loadState, feeds: feeds.feeds, writer, isSimulated });
  views = await openViews(
    { pipeline, analyses, broker, tables: live.tables, pool, ready, logger, now },
    stopper,
  );
  const { view, userViews } = views;
  const metrics = new Metrics();
  const accounts = await openAccounts(config, { pool, writer, logger, metrics }, stopper);
  const parts = {
    ...{ pipeline, feeds: feeds.feeds, loadState, analyses, view, writer, history, relay, broker, database },
    ...{ changes: live.changes, housekeeping, checkpoints, metrics, dataDir, isSimulated, logger, now },
  };
  const watch = await openStatus(parts, stopper);
  const gateway = await startGateway(
    {
      ...listening,
      requestLog: apiLogs(writer, metrics, now),
    },
    {
      market,
      candles: new CandleRepository(database.gateway, documents),
      assets: new AssetRepository(database.gateway),
      analysis: view,
      stored: new GuestReader(database.gateway, analyses.dataSource),
      users: userStore(database.gateway, analyses.dataSource),
      ...accounts.ports,
      status: watch.status,
      userViews,
      readiness: ready,
      metricsText: () => metrics.text(),
      epoch: randomBytes(8).toString('hex'),
    },
    broker,
  );
  bindMetrics(metrics, { ...parts, engine, served, gateway });
  watch.watch({ gateway, maxConnections: config.maxConnections, mail: () => accounts.mail() });

  const periodic = startRecurringWork({
    ...{ pipeline, analyses, view, readiness: ready, assets, pool, formingWriteMs, logger },
    checkpoint: {
      minutes: checkpointMinutes,
      write: async () => {
        if (isComplete()) await checkpoints.write(state);
      },
    },
    marketNow: () => feeds.feeds[0]?.now() ?? now(),
  });
  await stopper.add('timers', () => periodic.stop(), TIMERS_STOP_MS);

  const loading = assignments.flatMap(({ feed }, index) => {
    const asset = served[index];
    return asset === undefined ? [] : [{ feed, served: asset }];
  });
  for (const feed of feeds.feeds) {
    const mine = loading.filter((entry) => entry.feed === feed).map((entry) => entry.served);
    feed.watch(
      mine.map(({ asset, market: { symbol } }) => ({ symbol, asset })),
      watch.sinkOf(feed),
    );
  }
  // Nothing may flow into what is stopped next, so feeds go with the gateway, before writer and broker.
  await stopper.add('gateway and feeds', async () => {
    aborted.abort();
    await Promise.all([gateway.close(GATEWAY_DRAIN_MS), ...feeds.feeds.map((feed) => feed.close())]);
  });
  const loaded = loadHistory(
    loading,
    {
      engine,
      sink: pipeline.sinks,
      candles,
      depth: config.historyDepth,
      logger,
      signal: aborted.signal,
      store: (records) => history.add(records),
      checkpoints,
      now,
      taker: host,
    },
    loadState,
  ).then(() => {
    checkpoints.report();
    void analyses.settle();
  });
  const sources = await startSources(
    config,
    {
      ...{ logger, writer, isSimulated },
      // What is simulated speaks of the exchange's time.
      now: isSimulated ? () => Math.floor(feeds.feeds[0]?.now() ?? now()) : now,
      sink: (event) => analysis.apply(event),
      bases: () => servedBases(engine, served),
      demoUrl: feeds.demoUrl,
    },
    stopper,
  );
  bindSources(metrics, sources);
  watch.watch({ sources });
  return {
    url: gatewayUrl(config, gateway.port),
    port: gateway.port,
    driver: gateway.driver,
    database,
    feeds,
    symbols: market.symbols(),
    isSimulated,
    broker: broker.status().driver,
    adminToken: accounts.adminToken,
    loaded,
    loadState,
    lost: Promise.race([database.lost, feeds.lost]),
  };
}

/** Says why the database does not hold every candle that was closed so far; null if it does. */
function missingIn({ stats }: StoreWriter): ReturnType<CheckpointSource['missing']> {
  if (stats.closedOverflowed > 0) return { reason: 'closed candles were lost', mayPass: false };
  if (stats.closedQueued > 0)
    return { reason: 'the database has not taken all closed candles', mayPass: true };
  return null;
}
