import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../logger.js';
import { alertLane } from '../store/lanes/alerts.js';
import type { Pool } from '../store/pool.js';
import type { StoreWriter } from '../store/writer.js';
import { AlertDesk } from './alert-desk.js';
import { LiveChanges } from './live-changes.js';
import { LiveTables } from './live-tables.js';
import type { Pipeline } from './pipeline.js';
import type { Stopper } from './stopper.js';

export interface LiveOptions {
  readonly pipeline: Pipeline;
  readonly writer: StoreWriter;
  /** Of the engine's role. */
  readonly pool: Pool;
  /** Address for a connection of our own that listens. */
  readonly url: string;
  readonly logger: Logger;
}

/** What users and admins have set, in memory, and what is told of alerts. */
export interface Live {
  readonly tables: LiveTables;
  readonly changes: LiveChanges;
  readonly desk: AlertDesk;
}

/** How long a start waits until what an earlier process has left of alerts is written: until then they seem not to have fired. */
const LEFT_OVER_MS = 2_000;
/** How long a stop waits for a query of the changes: one that hangs must not take the writer's time. */
const CLOSE_MS = 600;

/**
 * Brings what users and admins have set into memory and the alerts into the engine's book, before any price moves, and
 * keeps them there as the database has them.
 *
 * @throws what the database throws at the first reading
 */
export async function openLive(options: LiveOptions, stopper: Stopper): Promise<Live> {
  const { pipeline, writer, pool, url, logger } = options;
  const { engine, served, sinks, market } = pipeline;
  const assetIds = served.map(({ assetId }) => assetId);
  const desk: AlertDesk = new AlertDesk({
    assetIdOf: (asset) => assetIds[asset] ?? 0,
    write: (event) => hand(event),
  });
  const hand = writer.addLane(alertLane({ onSettled: (events) => desk.settled(events) }));
  sinks.tellAlerts(desk);
  const done = new AbortController();
  const late = sleep(LEFT_OVER_MS, undefined, { signal: done.signal }).catch(() => undefined);
  await Promise.race([writer.flush(), late]);
  done.abort();
  const tables = new LiveTables();
  const changes = new LiveChanges({
    ...{ url, pool, logger, served, tables, desk },
    book: engine.alerts,
    onListed: ({ market: { symbol } }, isListed) => market.setListed(symbol, isListed),
  });
  await stopper.add('live changes', () => changes.close(), CLOSE_MS);
  await changes.start();
  return { tables, changes, desk };
}
