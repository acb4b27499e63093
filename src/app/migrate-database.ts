import type { Config } from '../config.js';
import type { Logger } from '../logger.js';
import { migrate, migrationStatus } from '../store/migrate.js';
import { openDatabase } from './database.js';
import { Stopper } from './stopper.js';

/** Brings the schema up to date and gives what was done, in words for the terminal. @throws OperatorError */
export async function migrateDatabase(config: Config, logger: Logger): Promise<string> {
  const stopper = new Stopper(logger);
  try {
    const database = await openDatabase(config, logger, stopper);
    const applied = await migrate(database.pool);
    const { applied: all } = await migrationStatus(database.pool);
    const done = applied.length === 0 ? 'nothing to do' : `applied ${applied.join(', ')}`;
    return `Database (${database.place}): ${done}; ${all.length} migrations in all.\n`;
  } finally {
    await stopper.stop();
  }
}
