#!/usr/bin/env node
import { banner } from './app/banner.js';
import { diagnose } from './app/doctor.js';
import { migrateDatabase } from './app/migrate-database.js';
import { startServer } from './app/server.js';
import { endProcessOnSignals } from './app/signals.js';
import { type Flags, runCli } from './cli.js';
import { type Config, readConfig } from './config.js';
import { messageOf, OperatorError } from './errors.js';
import { createLogger, type Logger } from './logger.js';

function prepare(flags: Flags): { config: Config; logger: Logger } {
  const config = readConfig(flags, process.env);
  return { config, logger: createLogger({ level: config.logLevel, format: config.logFormat }) };
}

async function serve(flags: Flags): Promise<void> {
  const started = Date.now();
  const { config, logger } = prepare(flags);
  const signals = endProcessOnSignals(logger);
  const server = await startServer(config, logger, signals.aborted);
  signals.stopWith((deadlineMs) => server.stop(deadlineMs));
  process.stdout.write(banner(server, Date.now() - started));
}

async function migrate(flags: Flags): Promise<void> {
  const { config, logger } = prepare(flags);
  process.stdout.write(await migrateDatabase(config, logger));
}

async function doctor(flags: Flags): Promise<void> {
  const { config, logger } = prepare(flags);
  const healthy = await diagnose(config, logger, (line) => process.stdout.write(`${line}\n`));
  process.exitCode = healthy ? 0 : 1;
}

/** An operator's mistake is one line that says what to do; anything else is ours and shows its stack. */
function explain(error: unknown): string {
  if (error instanceof OperatorError) return `cryptopredict: ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : messageOf(error);
}

try {
  await runCli(process.argv.slice(2), { serve, migrate, doctor });
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
}
