import type { Broker } from '../broker/broker.js';
import type { Engine } from '../engine/engine.js';
import type { AssetStats } from '../engine/views.js';
import type { Publication } from '../events.js';
import type { Feed, FeedCounters } from '../feeds/feed.js';
import type { Metrics, Reading } from '../metrics.js';
import type { LaneStats } from '../store/lanes/lane-buffer.js';
import type { StoreWriter } from '../store/writer.js';
import type { Gateway } from '../ws/server.js';
import type { Checkpoints } from './checkpoints.js';
import type { LoadState } from './history-loader.js';
import type { HistoryStore } from './history-store.js';
import type { ServedAsset } from './served-asset.js';

export interface MeteredParts {
  readonly engine: Engine;
  readonly served: readonly ServedAsset[];
  readonly feeds: readonly Feed[];
  readonly writer: StoreWriter;
  readonly history: HistoryStore;
  readonly broker: Broker<Publication>;
  readonly gateway: Gateway;
  readonly loadState: Readonly<LoadState>;
  readonly checkpoints: Checkpoints;
  /** Our clock, ms since the epoch. */
  readonly now: () => number;
}

const FEED_COUNTERS: Readonly<Record<keyof FeedCounters, readonly [name: string, help: string]>> = {
  messages: ['messages_total', 'Messages received from the exchange'],
  trades: ['trades_total', 'New trades passed to the engine'],
  reconnects: ['reconnects_total', 'Lost connections that were made anew'],
  stalls: ['stalls_total', 'Connections given up because they were silent'],
  duplicates: ['duplicates_total', 'Trades or closed candles that had been seen before'],
  reordered: ['reordered_total', 'Trades that came after a later one'],
  late: ['late_total', 'New trades whose minute had been closed already'],
  missingTrades: ['missing_trades_total', 'Trade ids never received; their minutes came from history'],
  malformed: ['malformed_total', 'Frames and entries that were no valid data'],
  gapsOpened: ['gaps_opened_total', 'Holes noticed in what was received'],
  gapsRepaired: ['gaps_repaired_total', 'Holes filled from history'],
  gapsUnrepaired: ['gaps_unrepaired_total', 'Minutes with trades about which history had nothing'],
  confirms: ['confirms_total', 'Questions to history about minutes that the stream could not vouch for'],
  confirmedMinutes: ['confirmed_minutes_total', "Minutes closed by the exchange's own candle from history"],
  contradicted: ['contradicted_total', 'Answers that contradicted the stream and were asked for again'],
  restRequests: ['rest_requests_total', 'Requests to the exchange'],
  restRetries: ['rest_retries_total', 'Requests that were tried again'],
  rateLimitWaitMs: ['rate_limit_wait_milliseconds_total', 'Time waited because the exchange asked to'],
};

const ENGINE_COUNTERS: Readonly<Record<keyof AssetStats, string>> = {
  trades: 'Trades taken in',
  late: 'Trades and candles of a minute that was closed already, dropped',
  invalid: 'Events with impossible numbers or times, dropped',
  flat: 'Quiet minutes that became a flat candle',
  differed: 'Finished candles of the exchange that differ from what trades built',
  confirmed: 'Finished candles of the exchange that confirm a closed one',
  conflicting: 'Finished candles of the exchange that contradict a closed one',
  gapsOpened: 'Gaps opened',
  gapsRepaired: 'Gaps repaired',
  gapsUnrepaired: 'Gaps given up',
};

/** Names every metric of the server, and what it reads. Reading costs a walk over symbols; ticking costs nothing. */
export function bindMetrics(metrics: Metrics, parts: MeteredParts): void {
  bindFeeds(metrics, parts.feeds);
  bindEngine(metrics, parts);
  bindStore(metrics, parts);
  bindCheckpoints(metrics, parts);
  bindGateway(metrics, parts);
  bindProcess(metrics);
}

function bindFeeds(metrics: Metrics, feeds: readonly Feed[]): void {
  const perFeed = (read: (feed: Feed) => number) => (): readonly Reading[] =>
    feeds.map((feed) => ({ labels: { exchange: feed.exchange }, value: read(feed) }));
  const labels = ['exchange'];
  for (const [key, [name, help]] of Object.entries(FEED_COUNTERS)) {
    const read = perFeed((feed) => feed.status().counters[key as keyof FeedCounters]);
    metrics.counter({ name: `cryptopredict_feed_${name}`, help, labels, read });
  }
  const gauge = (name: string, help: string, read: (feed: Feed) => number): void =>
    metrics.gauge({ name: `cryptopredict_feed_${name}`, help, labels, read: perFeed(read) });
  gauge('connected', '1 if every needed connection is up', (feed) => Number(feed.status().connected));
  gauge('sockets', 'Open WebSocket connections to the exchange', (feed) => feed.status().sockets);
  gauge('clock_offset_milliseconds', 'Exchange time minus ours', (feed) => feed.status().clockOffsetMs);
  gauge(
    'open_gaps',
    'Symbols with a gap open now',
    (feed) => feed.status().symbols.filter((symbol) => symbol.gap !== null).length,
  );
  metrics.counter({
    name: 'cryptopredict_feed_rest_errors_total',
    help: 'Failed requests to the exchange by kind',
    labels: ['exchange', 'kind'],
    read: () =>
      feeds.flatMap((feed) =>
        Object.entries(feed.status().restErrors).map(([kind, value]) => ({
          labels: { exchange: feed.exchange, kind },
          value,
        })),
      ),
  });
}

function bindEngine(metrics: Metrics, { engine, served, loadState }: MeteredParts): void {
  for (const [key, help] of Object.entries(ENGINE_COUNTERS)) {
    const snake = key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    metrics.counter({
      name: `cryptopredict_engine_${snake}_total`,
      help,
      read: () => served.reduce((sum, { asset }) => sum + engine.stats(asset)[key as keyof AssetStats], 0),
    });
  }
  metrics.gauge({
    name: 'cryptopredict_engine_series_bytes',
    help: 'Memory of all series: forming candles, indicators and their state',
    read: () => engine.seriesBytes,
  });
  metrics.gauge({
    name: 'cryptopredict_engine_bytes_per_series',
    help: 'Memory of one series, of the eight of each symbol',
    read: () => engine.bytesPerSeries,
  });
  metrics.gauge({
    name: 'cryptopredict_engine_alerts',
    help: 'Active alerts',
    read: () => engine.alerts.size,
  });
  metrics.gauge({ name: 'cryptopredict_symbols', help: 'Symbols served', read: () => loadState.total });
  metrics.gauge({
    name: 'cryptopredict_symbols_live',
    help: 'Symbols whose history is loaded and whose events flow',
    read: () => loadState.live,
  });
}

function bindStore(metrics: Metrics, { writer, history }: MeteredParts): void {
  const counter = (name: string, help: string, read: () => number): void =>
    metrics.counter({ name: `cryptopredict_store_${name}`, help, read });
  const gauge = (name: string, help: string, read: () => number): void =>
    metrics.gauge({ name: `cryptopredict_store_${name}`, help, read });
  counter('closed_written_total', 'Closed candles written', () => writer.stats.closedWritten);
  counter(
    'closed_overflowed_total',
    'Closed candles for which there was no room',
    () => writer.stats.closedOverflowed,
  );
  counter('forming_written_total', 'Forming candles written', () => writer.stats.formingWritten);
  counter('forming_dropped_total', 'Forming candles given up', () => writer.stats.formingDropped);
  counter('rejected_total', 'Rows that the database refused', () => writer.stats.rejected);
  counter('retries_total', 'Writes that were tried again', () => writer.stats.retries);
  counter('history_written_total', 'Candles of fetched history written', () => history.written);
  counter(
    'history_refused_total',
    'Candles of fetched history that the database refused',
    () => history.refused,
  );
  counter(
    'history_failures_total',
    'Writes of fetched history that were tried again',
    () => history.failures,
  );
  gauge('healthy', '1 if the last write succeeded', () => Number(writer.stats.isHealthy));
  gauge('closed_queued', 'Closed candles that wait to be written', () => writer.stats.closedQueued);
  gauge(
    'oldest_closed_age_milliseconds',
    'How long the oldest has waited',
    () => writer.stats.oldestClosedAgeMs,
  );
  gauge('history_pending', 'Candles of fetched history that wait to be written', () => history.pending);
  gauge('history_unstored', 'Candles of fetched history that are tried again', () => history.unstored);
  bindLanes(metrics, writer);
  gauge('spool_bytes', 'Rows that wait on the disk', () => writer.stats.spool?.bytes ?? 0);
  gauge('spool_failing', '1 while the disk takes no rows', () =>
    Number(writer.stats.spool?.isFailing ?? false),
  );
  counter(
    'spool_torn_total',
    'Files whose last write had been cut off',
    () => writer.stats.spool?.tornSegments ?? 0,
  );
  counter('spool_refused_total', 'Damaged files put aside', () => writer.stats.spool?.refusedSegments ?? 0);
}

const LANE_METRICS: readonly (readonly [name: string, help: string, key: keyof LaneStats])[] = [
  ['queued_rows', 'Rows that wait', 'queuedRows'],
  ['queued_bytes', 'About the memory that they take', 'queuedBytes'],
  ['oldest_age_milliseconds', 'How long the oldest in memory has waited', 'oldestAgeMs'],
  ['written_total', 'Rows written', 'written'],
  ['refused_total', 'Rows that the database refused', 'refused'],
  ['dropped_total', 'Rows given up that may be', 'dropped'],
  ['overflowed_total', 'Rows for which neither memory nor disk had room', 'overflowed'],
  ['lost_total', 'Rows on the disk that could not be read again', 'lost'],
];

function bindLanes(metrics: Metrics, writer: StoreWriter): void {
  for (const [name, help, key] of LANE_METRICS) {
    metrics[name.endsWith('_total') ? 'counter' : 'gauge']({
      name: `cryptopredict_store_lane_${name}`,
      help,
      labels: ['lane'],
      read: () =>
        Object.entries(writer.stats.lanes).map(([lane, stats]) => ({ labels: { lane }, value: stats[key] })),
    });
  }
}

function bindCheckpoints(metrics: Metrics, { checkpoints: { stats }, now }: MeteredParts): void {
  const counter = (name: string, help: string, read: () => number): void =>
    metrics.counter({ name: `cryptopredict_checkpoint_${name}`, help, read });
  const gauge = (name: string, help: string, read: () => number): void =>
    metrics.gauge({ name: `cryptopredict_checkpoint_${name}`, help, read });
  gauge(
    'age_seconds',
    'Age of the newest checkpoint; NaN: there is none',
    () => (now() - stats.writtenAt) / 1_000,
  );
  gauge('bytes', 'Size of the newest checkpoint; NaN: there is none', () => stats.bytes);
  gauge(
    'duration_seconds',
    'How long the last write took, waits included; NaN: none yet',
    () => stats.seconds,
  );
  gauge('last_success', '1 if the last write succeeded, 0 if not; NaN: none yet', () =>
    stats.written + stats.failed === 0 ? Number.NaN : Number(stats.isLastSound),
  );
  counter('written_total', 'Checkpoints written', () => stats.written);
  counter('failed_total', 'Checkpoints that could not be written', () => stats.failed);
  counter('restored_total', 'Symbols that went on from a checkpoint', () => stats.restored);
  counter('refused_total', 'Symbols whose checkpoint could not be used', () => stats.refused);
}

function bindGateway(metrics: Metrics, { gateway, broker }: MeteredParts): void {
  const { stats } = gateway;
  const counter = (name: string, help: string, read: () => number): void =>
    metrics.counter({ name: `cryptopredict_${name}`, help, read });
  counter('gateway_connections_total', 'WebSocket connections accepted', () => stats.connectionsTotal);
  counter('gateway_messages_in_total', 'Messages from clients', () => stats.messagesIn);
  counter('gateway_bytes_in_total', 'Bytes from clients', () => stats.bytesIn);
  counter('gateway_messages_out_total', 'Messages to clients', () => stats.messagesOut);
  counter('gateway_bytes_out_total', 'Payload bytes to clients', () => stats.bytesOut);
  counter('gateway_skipped_total', 'Updates replaced by newer ones for slow clients', () => stats.skipped);
  counter('gateway_encodes_total', 'Publications encoded, once per form', () => stats.encodes);
  counter('gateway_gaps_total', 'Publications that did not follow their predecessor', () => stats.gaps);
  counter(
    'gateway_unnoticed_losses_total',
    'Subscribers who lacked an event whose loss nothing told of: it was read from the database',
    () => stats.unnoticedLosses,
  );
  counter('broker_published_total', 'Messages handed to the broker', () => broker.status().published);
  counter('broker_delivered_total', 'Messages that the broker delivered', () => broker.status().delivered);
  counter('broker_dropped_total', 'Messages lost because the broker was away', () => broker.status().dropped);
  counter('broker_reconnects_total', 'Lost broker connections made anew', () => broker.status().reconnects);
  const gauge = (name: string, help: string, read: () => number): void =>
    metrics.gauge({ name: `cryptopredict_${name}`, help, read });
  gauge('gateway_connections', 'Open WebSocket connections', () => stats.connections);
  gauge('gateway_subscriptions', 'Subscriptions of all connections', () => stats.subscriptions);
  gauge('gateway_queued_bytes', 'Bytes that wait for clients', () => gateway.queuedBytes());
  gauge('broker_connected', '1 if the broker is connected', () => Number(broker.status().connected));
  const byKey = (map: ReadonlyMap<string | number, number>, label: string) => (): readonly Reading[] =>
    [...map].map(([key, value]) => ({ labels: { [label]: String(key) }, value }));
  metrics.counter({
    name: 'cryptopredict_gateway_closes_total',
    help: 'Closed connections by close code',
    labels: ['code'],
    read: byKey(stats.closes, 'code'),
  });
  metrics.counter({
    name: 'cryptopredict_gateway_errors_total',
    help: 'Error replies by op and code',
    labels: ['error'],
    read: byKey(stats.errors, 'error'),
  });
}

function bindProcess(metrics: Metrics): void {
  metrics.gauge({
    name: 'cryptopredict_memory_bytes',
    help: 'Resident memory of the process',
    read: () => process.memoryUsage.rss(),
  });
}
