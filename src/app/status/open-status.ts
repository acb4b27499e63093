import type { MailStatus } from '../../accounts/mail-queue.js';
import type { Broker } from '../../broker/broker.js';
import type { FeedEvent, FeedSink, Publication } from '../../events.js';
import type { Feed } from '../../feeds/feed.js';
import type { Sources } from '../../feeds/sources/create-sources.js';
import type { Logger } from '../../logger.js';
import type { Metrics } from '../../metrics.js';
import type { Housekeeping } from '../../store/housekeeping.js';
import type { OutboxRelay } from '../../store/outbox-relay.js';
import type { Pool } from '../../store/pool.js';
import type { StoreWriter } from '../../store/writer.js';
import type { AnalysisView, SystemStatus } from '../../ws/ports.js';
import type { Gateway } from '../../ws/server.js';
import type { Analyses } from '../analyses.js';
import { bindAnalyses } from '../analysis-metrics.js';
import { bindBackground } from '../background-metrics.js';
import type { Checkpoints } from '../checkpoints.js';
import type { LoadState } from '../history-loader.js';
import type { HistoryStore } from '../history-store.js';
import type { LiveChanges } from '../live-changes.js';
import { Periodic } from '../periodic.js';
import type { Pipeline } from '../pipeline.js';
import type { Stopper } from '../stopper.js';
import { DatabaseProbe } from './database-probe.js';
import { analysesProbe, engineProbe } from './engine-probes.js';
import { FeedProbe } from './feed-probe.js';
import { brokerProbe, gatewayProbe } from './gateway-probes.js';
import { layerProbes } from './layer-probes.js';
import { mailProbe, sourceProbe } from './outside-probes.js';
import { DiskProbe, EventLoopProbe, memoryProbe } from './process-probes.js';
import { StatusBook } from './status-book.js';
import { StatusJournal } from './status-journal.js';
import { bindStatus } from './status-metrics.js';
import { changesProbe, checkpointProbe, outboxProbe, tasksProbe, writerProbe } from './store-probes.js';
import { TickMeter } from './tick-meter.js';

const LOOK_MS = 1_000;
const ROW_MS = 60_000;
/** How long a stop waits for the last events to be written, ms. */
const STOP_MS = 300;

/** The parts that run before the gateway does. */
export interface StatusParts {
  readonly pipeline: Pipeline;
  readonly feeds: readonly Feed[];
  readonly loadState: Readonly<LoadState>;
  readonly analyses: Analyses;
  readonly view: AnalysisView;
  readonly writer: StoreWriter;
  readonly history: HistoryStore;
  readonly relay: OutboxRelay;
  readonly changes: LiveChanges;
  readonly housekeeping: Housekeeping;
  readonly checkpoints: Checkpoints;
  readonly broker: Broker<Publication>;
  readonly database: { readonly engine: Pool; readonly gateway: Pool };
  readonly metrics: Metrics;
  readonly dataDir: string;
  readonly isSimulated: boolean;
  readonly logger: Logger;
  /** Our clock, ms since the epoch. */
  readonly now: () => number;
}

/** The parts that come later. */
export interface LateParts {
  readonly gateway?: Gateway;
  /** Connections that the gateway takes at most. */
  readonly maxConnections?: number;
  readonly sources?: Sources;
  readonly mail?: () => MailStatus;
}

/** Watches the server. */
export interface StatusWatch {
  /** For the gateway. */
  readonly status: SystemStatus;
  /** Has more parts watched, once they run. */
  watch(parts: LateParts): void;
  /** Gives what takes the events of a feed through the pipeline; counts them, and tells of gaps. */
  sinkOf(feed: Feed): FeedSink;
}

/**
 * Begins to look at the server, once a second, until it stops, and shows what it sees in `/metrics`; events and rows go
 * through the engine's pool.
 */
export async function openStatus(parts: StatusParts, stopper: Stopper): Promise<StatusWatch> {
  const { pipeline, feeds, loadState, analyses, view, database, metrics, logger, now } = parts;
  const { isSimulated } = parts;
  const journal = new StatusJournal({ pool: database.engine, logger, now });
  const book = new StatusBook({
    logger,
    isSimulated,
    now,
    onChanges: (changes, map) => journal.add(changes, map),
  });
  const meter = new TickMeter((event) => pipeline.process(event));
  const eventLoop = new EventLoopProbe();
  book.add(
    ...feeds.map((feed) => new FeedProbe(feed, feeds.length === 1)),
    engineProbe(meter, loadState),
    analysesProbe(analyses),
    ...layerProbes({ view, host: analyses.host, symbols: pipeline.served.length }),
    writerProbe(parts.writer, parts.history),
    new DatabaseProbe(database.engine, database.gateway),
    outboxProbe(parts.relay),
    changesProbe(parts.changes),
    tasksProbe(parts.housekeeping),
    checkpointProbe(parts.checkpoints),
    brokerProbe(parts.broker),
    eventLoop,
    memoryProbe(),
    new DiskProbe(parts.dataDir),
  );
  bindStatus(metrics, { current: () => book.current(), journal, eventLoop });
  bindBackground(metrics, parts);
  bindAnalyses(metrics, analyses);
  const periodic = new Periodic(logger);
  periodic.every(LOOK_MS, 'look at the parts', () => book.look());
  periodic.every(ROW_MS, 'row of the health', () => journal.add([], book.current()));
  await stopper.add(
    'system status',
    async () => {
      eventLoop.stop();
      await periodic.stop();
      await journal.stop();
    },
    STOP_MS,
  );
  return {
    status: book,
    watch({ gateway, maxConnections = Number.POSITIVE_INFINITY, sources, mail }) {
      if (gateway !== undefined) book.add(gatewayProbe(gateway, maxConnections));
      if (mail !== undefined) book.add(mailProbe(mail));
      if (sources === undefined) return;
      for (const { source, isOn } of sources.stats) {
        if (!isOn) continue;
        book.add(sourceProbe(source, () => sources.stats.find((stats) => stats.source === source)));
      }
    },
    sinkOf({ exchange }) {
      return (event: FeedEvent) => {
        meter.process(event);
        if (event.type !== 'gap') return;
        const symbol = pipeline.served[event.asset]?.market.symbol ?? `asset ${event.asset}`;
        const { from, to, state, cause } = event;
        journal.add(
          [{ event: 'gap', part: `feed:${exchange}`, symbol, state, cause, from, to, time: now() }],
          null,
        );
      };
    },
  };
}
