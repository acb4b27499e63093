import { resolve } from 'node:path';
import type { Config } from '../config.js';
import { type Logger, redactUrl } from '../logger.js';
import { startEmbeddedPostgres } from '../store/embedded-postgres.js';
import { createPool, type Pool, type PoolOptions, waitForDatabase } from '../store/pool.js';
import type { Stopper } from './stopper.js';

/** Of the schema's owner: he works at starts and in commands only. */
const OWNER_POOL_SIZE = 2;

export interface Database {
  /** Of the owner, who may change the schema. */
  readonly pool: Pool;
  /** The owner's address. */
  readonly url: string;
  readonly isEmbedded: boolean;
  /** Where it is, fit to be shown. */
  readonly place: string;
  /** Resolves with the reason if an embedded database ends for good without having been asked to. */
  readonly lost: Promise<string>;
}

/**
 * Opens the database that the configuration names, or starts the embedded one; it answers when this resolves.
 *
 * @throws OperatorError that says what to do
 */
export async function openDatabase(config: Config, logger: Logger, stopper: Stopper): Promise<Database> {
  const { databaseUrl } = config;
  if (databaseUrl !== undefined) {
    const pool = await openPool({ url: databaseUrl, size: OWNER_POOL_SIZE, logger }, stopper);
    return { pool, url: databaseUrl, isEmbedded: false, place: redactUrl(databaseUrl), lost: never() };
  }
  const dataDir = resolve(config.dataDir);
  const aborted = new AbortController();
  const starting = startEmbeddedPostgres({ dataDir, logger, signal: aborted.signal });
  // Before it has started: a stop may come at any moment.
  await stopper.add('embedded database', async () => {
    aborted.abort();
    await starting.then(
      (postgres) => postgres.stop(),
      () => undefined,
    );
  });
  const postgres = await starting;
  const { url } = postgres;
  const pool = await openPool({ url, size: OWNER_POOL_SIZE, logger }, stopper);
  const lost = postgres.exited.then((reason) => reason ?? never());
  return { pool, url, isEmbedded: true, place: `embedded, in ${dataDir}`, lost };
}

/** How long a stop waits for connections, ms: whoever needs the answer to a query has waited for it before. */
const END_MS = 500;

/** Makes a pool that is ended at a stop, and waits until the database answers. @throws OperatorError if it does not */
export async function openPool(
  options: PoolOptions & { readonly variable?: string },
  stopper: Stopper,
): Promise<Pool> {
  const pool = createPool(options);
  const end = (): Promise<void> => (pool.ended ? Promise.resolve() : pool.end());
  await stopper.add('database connections', end, END_MS);
  await waitForDatabase(pool, options);
  return pool;
}

function never(): Promise<string> {
  return new Promise(() => undefined);
}
