import type { Config } from '../config.js';
import { OperatorError } from '../errors.js';
import type { Logger } from '../logger.js';
import { inspectMigrations, type MigrationState, migrate, rehearseMigrations } from '../store/migrate.js';
import { openDatabase } from './database.js';
import { Stopper } from './stopper.js';

/** Codes that the process ends with, for scripts: `--status` found migrations that are not applied, or faults. */
const PENDING = 2;
const FAULTY = 1;

const WORDS: Readonly<Record<MigrationState['state'], string>> = {
  applied: 'applied',
  pending: 'pending',
  edited: 'EDITED since it was applied: put the file back and write a new one',
  unknown: 'UNKNOWN to this version: update CryptoPredict, or use another database',
};

/**
 * Brings the schema up to date; with `--status` says what is applied and what is pending, with `--dry-run` tries what
 * is pending and takes it back. Tells what was done line by line, and gives the code that the process ends with.
 *
 * @param tell takes whole lines for the terminal
 * @throws OperatorError
 */
export async function migrateDatabase(
  config: Config,
  logger: Logger,
  tell: (text: string) => void,
): Promise<number> {
  if (config.status && config.dryRun) {
    throw new OperatorError('--status and --dry-run exclude each other: the first shows, the second tries');
  }
  const stopper = new Stopper(logger);
  try {
    const { pool, place } = await openDatabase(config, logger, stopper);
    if (config.status) return tellStatus(await inspectMigrations(pool), place, tell);
    const word = config.dryRun ? 'would apply' : 'applied';
    const onApplied = (name: string, ms: number): void => tell(`${word} ${name} (${Math.round(ms)} ms)\n`);
    const names = await (config.dryRun ? rehearseMigrations : migrate)(pool, { onApplied });
    const total = (await inspectMigrations(pool)).length;
    const done = names.length === 0 ? 'nothing to do' : `${word} ${names.length}`;
    const taken = config.dryRun ? ', all taken back' : '';
    tell(`Database (${place}): ${done}${taken}; ${total} migrations in all.\n`);
    return 0;
  } finally {
    await stopper.stop();
  }
}

function tellStatus(
  migrations: readonly MigrationState[],
  place: string,
  tell: (text: string) => void,
): number {
  const width = Math.max(...migrations.map(({ name }) => name.length));
  for (const { name, state, appliedAt } of migrations) {
    const time = appliedAt === null ? '' : new Date(appliedAt).toISOString();
    tell(`${name.padEnd(width)}  ${time.padEnd(24)}  ${WORDS[state]}\n`);
  }
  const count = (wanted: MigrationState['state']): number =>
    migrations.filter(({ state }) => state === wanted).length;
  const faults = count('edited') + count('unknown');
  tell(
    `Database (${place}): ${count('applied')} applied, ${count('pending')} pending, ${faults} at fault; ${migrations.length} migrations in all.\n`,
  );
  if (faults > 0) return FAULTY;
  return count('pending') > 0 ? PENDING : 0;
}
