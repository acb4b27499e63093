import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Broker } from '../broker/broker.js';
import type { Publication } from '../events.js';
import { toIndicatorDocument } from '../indicator-document.js';
import type { Logger } from '../logger.js';
import { readDatabaseId } from '../store/database-id.js';
import { errorCode } from '../store/error-code.js';
import type { StoredEvent } from '../store/outbox.js';
import { OutboxRelay } from '../store/outbox-relay.js';
import type { Pool } from '../store/pool.js';
import { Spool } from '../store/spool/spool.js';
import { StoreWriter } from '../store/writer.js';
import { outboxPublication } from './outbox-publication.js';
import type { Stopper } from './stopper.js';

export interface StorageOptions {
  /** Of the engine's role. */
  readonly pool: Pool;
  readonly broker: Broker<Publication>;
  readonly logger: Logger;
  readonly dataDir: string;
  /** Disk space for rows that wait, MiB. */
  readonly spoolMb: number;
  readonly formingWriteMs: number;
  /** Told of each event once it is committed, and may be told again. */
  readonly heard: (event: StoredEvent) => void;
}

/** The way of rows to the database, and of what is committed there to whoever listens. */
export interface Storage {
  readonly writer: StoreWriter;
  readonly relay: OutboxRelay;
}

/**
 * Opens the way of rows to the database, takes over what earlier processes have left on the disk, and begins to publish
 * what is committed. The caller closes the writer, after everything that hands rows in; the relay stops after it.
 *
 * @throws OperatorError if the folder cannot be used
 */
export async function openStorage(options: StorageOptions, stopper: Stopper): Promise<Storage> {
  const { pool, broker, logger, dataDir, spoolMb, formingWriteMs } = options;
  // What waits for one database must not get into another, where its ids mean something else.
  const databaseId = await readDatabaseId(pool);
  const dir = join(dataDir, 'spool', databaseId);
  await warnOfOthers(join(dataDir, 'spool'), databaseId, logger);
  const spool = await Spool.open({ dir, logger, maxBytes: spoolMb * 2 ** 20 });
  const writer = new StoreWriter({ pool, logger, toDocument: toIndicatorDocument, spool, formingWriteMs });
  const relay = new OutboxRelay({
    pool,
    logger,
    publish: (event) => {
      options.heard(event);
      const publication = outboxPublication(event);
      broker.publish(publication.channel, publication);
    },
  });
  await stopper.add('outbox relay', () => relay.stop());
  relay.start();
  return { writer, relay };
}

/** Says what waits for other databases, such as the one that this one was restored from: nobody will write it. */
async function warnOfOthers(dir: string, databaseId: string, logger: Logger): Promise<void> {
  const files = await readdir(dir, { recursive: true }).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  });
  const others = files.filter((name) => name.endsWith('.spool') && !name.startsWith(databaseId));
  if (others.length === 0) return;
  logger.warn(
    { dir, files: others.slice(0, 10) },
    'rows wait on the disk for another database; they stay there',
  );
}
