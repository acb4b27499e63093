import { resolve } from 'node:path';
import type { Config } from '../config.js';
import type { Logger } from '../logger.js';
import { runningPostgresUrl } from '../store/running-postgres.js';
import { type Database, openDatabase } from './database.js';
import type { Stopper } from './stopper.js';

/**
 * Opens the database as `openDatabase` does, but beside the server that runs the embedded one, if one does.
 *
 * @throws OperatorError that says what to do
 */
export async function openBesideServer(config: Config, logger: Logger, stopper: Stopper): Promise<Database> {
  if (config.databaseUrl !== undefined) return openDatabase(config, logger, stopper);
  const url = await runningPostgresUrl(resolve(config.dataDir));
  return openDatabase(url === null ? config : { ...config, databaseUrl: url }, logger, stopper);
}
