import { resolve } from 'node:path';
import type { Config } from '../config.js';
import { type Logger, redactUrl } from '../logger.js';
import { startEmbeddedPostgres } from '../store/embedded-postgres.js';
import { createPool, type Pool, waitForDatabase } from '../store/pool.js';
import type { Stopper } from './stopper.js';

export interface Database {
  readonly pool: Pool;
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
  const { databaseUrl, poolSize } = config;
  if (databaseUrl !== undefined) {
    const pool = createPool({ url: databaseUrl, size: poolSize, logger });
    await stopper.add('database connections', () => pool.end());
    await waitForDatabase(pool, { logger });
    return { pool, isEmbedded: false, place: redactUrl(databaseUrl), lost: never() };
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
  const pool = createPool({ url: postgres.url, size: poolSize, logger });
  await stopper.add('database connections', () => pool.end());
  await waitForDatabase(pool, { logger });
  const lost = postgres.exited.then((reason) => reason ?? never());
  return { pool, isEmbedded: true, place: `embedded, in ${dataDir}`, lost };
}

function never(): Promise<string> {
  return new Promise(() => undefined);
}
