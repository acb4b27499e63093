#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';
import { banner } from './app/banner.js';
import { interruptible } from './app/interruptible.js';
import { endProcessOnSignals } from './app/signals.js';
import { Stopper } from './app/stopper.js';
import { type Flags, runCli } from './cli.js';
import { type Config, readConfig } from './config.js';
import { messageOf, OperatorError } from './errors.js';
import { createLogger, type Logger } from './logger.js';

// V8 leaves a function unoptimised whose bytecode is longer than this, 60 KB by default: the compiled indicators of a
// configuration with some 150 values are. They would be thirty times slower without a word.
setFlagsFromString('--max-optimized-bytecode-size=1000000');

// What each command needs is loaded by itself: the exchange client alone costs a third of a second and 130 MB, and
// `--help` or a refused flag should not wait for it.

function prepare(flags: Flags): { config: Config; logger: Logger } {
  const config = readConfig(flags, process.env);
  return { config, logger: createLogger({ level: config.logLevel, format: config.logFormat }) };
}

async function serve(flags: Flags): Promise<void> {
  const started = performance.now();
  const { config, logger } = prepare(flags);
  const stopper = new Stopper(logger);
  endProcessOnSignals(stopper, logger);
  const { startServer } = await import('./app/server.js');
  try {
    const server = await startServer(config, logger, stopper);
    process.stdout.write(banner(server, performance.now() - started));
    // A part that is lost for good ends the process: whoever supervises it starts it clean.
    const lost = server.lost.then((reason) => {
      throw new OperatorError(`ending: ${reason}`);
    });
    await Promise.race([server.loaded, lost]);
    if (stopper.stopping) return;
    logger.info(
      { symbols: server.loadState.live, seconds: Math.round(performance.now() - started) / 1000 },
      'live',
    );
    await lost;
  } catch (error) {
    // What a stop under way makes fail is no fault.
    if (!stopper.stopping) {
      await stopper.stop();
      throw error;
    }
  }
}

async function migrate(flags: Flags): Promise<void> {
  const { config, logger } = prepare(flags);
  const { migrateDatabase } = await import('./app/migrate-database.js');
  process.exitCode = await migrateDatabase(config, logger, (text) => process.stdout.write(text));
}

async function backfill(flags: Flags): Promise<void> {
  const { config, logger } = prepare(flags);
  const { backfill: run } = await import('./app/backfill.js');
  await interruptible(logger, async (signal) => {
    process.stdout.write(await run(config, logger, signal));
  });
}

async function backup(flags: Flags): Promise<void> {
  const { config, logger } = prepare(flags);
  const { backupDatabase } = await import('./app/backup-database.js');
  await interruptible(logger, async (signal) => {
    process.stdout.write(await backupDatabase(config, logger, signal));
  });
}

async function restore(flags: Flags): Promise<void> {
  const { config, logger } = prepare(flags);
  const { restoreDatabase } = await import('./app/backup-database.js');
  await interruptible(logger, async (signal) => {
    process.stdout.write(await restoreDatabase(config, logger, signal));
  });
}

async function user(flags: Flags, words: readonly string[]): Promise<void> {
  const { config, logger } = prepare(flags);
  const { manageUsers } = await import('./app/user-command.js');
  await interruptible(logger, async (signal) => {
    process.stdout.write(await manageUsers(words, config, logger, signal));
  });
}

async function doctor(flags: Flags): Promise<void> {
  const { config, logger } = prepare(flags);
  const { diagnose } = await import('./app/doctor.js');
  const isHealthy = await diagnose(config, logger, (line) => process.stdout.write(`${line}\n`));
  process.exit(isHealthy ? 0 : 1);
}

async function indicators(flags: Flags): Promise<void> {
  const { config, logger } = prepare(flags);
  const { writeIndicators } = await import('./app/indicators-file.js');
  await interruptible(logger, (signal) => writeIndicators(config, logger, signal));
}

async function replay(flags: Flags, files: readonly string[]): Promise<void> {
  const { config, logger } = prepare(flags);
  const { replayFiles } = await import('./app/replay.js');
  const { OutputFile } = await import('./app/output-file.js');
  await interruptible(logger, async (signal) => {
    const stdout = await OutputFile.open('-');
    await replayFiles(files, config, logger, signal, async (text) => {
      await stdout.write(text, signal);
      await stdout.commit(signal);
    });
  });
}

/** An operator's mistake is a line that says what to do; anything else is ours and shows its stack. */
function explain(error: unknown): string {
  if (error instanceof OperatorError) return `cryptopredict: ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : messageOf(error);
}

try {
  await runCli(process.argv.slice(2), {
    serve,
    migrate,
    backfill,
    backup,
    restore,
    user,
    doctor,
    indicators,
    replay,
  });
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
}
