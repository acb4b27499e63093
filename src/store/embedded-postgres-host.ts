/**
 * A process of its own that keeps the embedded PostgreSQL. It outlives a killed server by the moment it takes to
 * stop Postgres in order, and Ctrl-C in the server's terminal does not reach it: Postgres must stay up while the
 * server writes its last candles. Started by `embedded-postgres.ts`, which is the only one to talk to it.
 */
import type { ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { messageOf, OperatorError } from '../errors.js';
import { errorCode } from './error-code.js';
import { type Cluster, POSTGRES_NAME, prepareCluster, spawnPostgres } from './postgres-cluster.js';

/** What the server tells the host. */
export type ToHost =
  | { readonly type: 'start'; readonly dataDir: string; readonly flags: readonly string[] }
  | { readonly type: 'stop' };

/** What the host tells the server. */
export type FromHost =
  | { readonly type: 'log'; readonly level: 'debug' | 'info' | 'warn'; readonly text: string }
  | { readonly type: 'ready'; readonly url: string; readonly pid: number }
  | { readonly type: 'failed'; readonly message: string; readonly isOperatorError: boolean };

/** Tries to start anew after Postgres died by itself, before the host gives up. */
const MAX_RESTARTS = 5;
const RESTART_PAUSE_MS = 200;
const START_TRIES = 5;
const READY = 'database system is ready to accept connections';

let postgres: ChildProcess | undefined;
let isStopping = false;
let stopped: Promise<void> | undefined;
/** Resolves when a start has succeeded, failed or was broken off. */
let starting: Promise<void> = Promise.resolve();
const aborted = new AbortController();

function tell(message: FromHost): void {
  // The server may have been killed this moment: `disconnect` is on its way.
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

function log(level: 'debug' | 'info' | 'warn', text: string): void {
  tell({ type: 'log', level, text });
}

async function start(dataDir: string, flags: readonly string[]): Promise<void> {
  const cluster = await prepareCluster(dataDir, log, aborted.signal);
  const port = await launch(cluster, flags);
  await makeDatabase(cluster, port);
  const auth = `${POSTGRES_NAME}:${cluster.password}`;
  const url = `postgres://${auth}@127.0.0.1:${port}/${POSTGRES_NAME}`;
  tell({ type: 'ready', url, pid: postgres?.pid ?? 0 });
  void keepAlive(cluster, port, flags).catch(fail);
}

/** Starts Postgres on a free port and gives the port. */
async function launch(cluster: Cluster, flags: readonly string[]): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const fault = await startOn(cluster, port, flags);
    if (fault === null) return port;
    // Another program may have taken the port between our look and Postgres' start.
    if (attempt === START_TRIES || !fault.includes('Address already in use'))
      throw startFault(cluster, fault);
  }
}

function startFault(cluster: Cluster, fault: string): OperatorError {
  const line =
    /(?:FATAL|PANIC):\s*(.*)/.exec(fault)?.[1] ?? (fault.trim().split('\n').at(-1) || 'no reason given');
  return new OperatorError(
    `the embedded database in ${cluster.dir} does not start: ${line}; mend that, choose another folder with --data-dir, or set DATABASE_URL`,
  );
}

/** Resolves when Postgres takes connections (null), or with what it said when it ended instead. */
function startOn(cluster: Cluster, port: number, flags: readonly string[]): Promise<string | null> {
  if (isStopping) return Promise.resolve('the server is stopping');
  return new Promise((resolve) => {
    const child = spawnPostgres(cluster, port, flags);
    postgres = child;
    let output = '';
    let isReady = false;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      for (const line of text.split('\n')) {
        // A stop that we asked for ends connections that have not quite gone, which Postgres calls fatal.
        const isTrouble = !isStopping && / (FATAL|PANIC): /.test(line);
        if (line !== '') log(isTrouble ? 'warn' : 'debug', line);
      }
      if (isReady) return;
      output += text;
      isReady = output.includes(READY);
      if (isReady) resolve(null);
    });
    child.on('error', (error) => resolve(error.message));
    child.on('close', () => resolve(output));
  });
}

async function makeDatabase(cluster: Cluster, port: number): Promise<void> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: POSTGRES_NAME,
    password: cluster.password,
    database: 'postgres',
  });
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${POSTGRES_NAME}`);
  } catch (error) {
    const DUPLICATE_DATABASE = '42P04';
    if (errorCode(error) !== DUPLICATE_DATABASE) throw error;
  } finally {
    await client.end();
  }
}

/** Starts Postgres anew, on the same port, when it dies by itself; gives up after some tries without success. */
async function keepAlive(cluster: Cluster, port: number, flags: readonly string[]): Promise<void> {
  while (!isStopping) {
    await ended(postgres);
    for (let attempt = 1; !isStopping; attempt++) {
      log('warn', 'PostgreSQL has died; starting it again');
      // The processes of the dead one hold its shared memory until they notice.
      await sleep(RESTART_PAUSE_MS * attempt);
      const fault = await startOn(cluster, port, flags);
      if (fault === null) break;
      if (attempt === MAX_RESTARTS) throw startFault(cluster, fault);
    }
  }
}

function ended(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
}

/** Stops Postgres (fast: sessions are ended, everything committed is on disk), then this process. */
function stop(code: number): Promise<void> {
  isStopping = true;
  aborted.abort();
  stopped ??= (async () => {
    await starting;
    const child = postgres;
    child?.kill('SIGINT');
    await ended(child);
    process.exit(code);
  })();
  return stopped;
}

function fail(error: unknown): void {
  tell({ type: 'failed', message: messageOf(error), isOperatorError: error instanceof OperatorError });
  void stop(1);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

// Ctrl-C and `kill` are for the server: it flushes, then says stop. If it dies instead, `disconnect` says so.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.on('message', (message: ToHost) => {
  if (message.type === 'start') starting = start(message.dataDir, message.flags).catch(fail);
  else void stop(0);
});
process.on('disconnect', () => void stop(0));
// The server may have died before we listened.
if (!process.connected) void stop(0);
