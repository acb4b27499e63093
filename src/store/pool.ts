import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { backoffMs } from '../backoff.js';
import { messageOf, OperatorError } from '../errors.js';
import type { Logger } from '../logger.js';
import { errorCode } from './error-code.js';
import type { ServerRole } from './roles.js';

export type Pool = pg.Pool;
/** A connection, or a pool that takes any. */
export type Queryable = Pick<pg.ClientBase, 'query'>;
/** One connection out of a pool. */
export type Connection = pg.PoolClient;

export interface PoolOptions {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  /** What the connections work as; the login must be the role or a member of it. Default: the login itself. */
  readonly role?: ServerRole;
  /** Connections at most. Default 6. */
  readonly size?: number;
  readonly logger: Logger;
  /** Shown in `pg_stat_activity`. Default `cryptopredict`. */
  readonly applicationName?: string;
  /** A query without an answer for so long fails and its connection is dropped: it hangs. Default 60,000 ms. */
  readonly queryTimeoutMs?: number;
  /** Called once for every connection that broke; they are also logged, and replaced by the pool. */
  readonly onConnectionError?: (error: Error) => void;
}

const CONNECT_TIMEOUT_MS = 10_000;
const DEFAULT_QUERY_TIMEOUT_MS = 60_000;

/**
 * Makes a pool of connections in UTC. `bigint` comes back as a number, `timestamptz` as ms since the epoch,
 * `numeric` as text with every digit. Connects on the first query. The caller ends it.
 */
export function createPool(options: PoolOptions): Pool {
  const role = options.role === undefined ? '' : ` -c role=${options.role}`;
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.size ?? 6,
    application_name: options.applicationName ?? 'cryptopredict',
    // Said at the start of a connection rather than by a query after it: no query can run before it holds.
    options: `-c TimeZone=UTC -c DateStyle=ISO${role}`,
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: options.queryTimeoutMs ?? DEFAULT_QUERY_TIMEOUT_MS,
    types: { getTypeParser },
  });
  // On every connection and not only on the pool, which listens to idle ones only: an error that nobody listens to,
  // such as a connection cut off in a transaction, ends the process.
  pool.on('connect', (connection) => {
    let isTold = false;
    connection.on('error', (error: Error) => {
      if (isTold) return;
      isTold = true;
      // `end` resolves before the far side has taken leave: a database that stops meanwhile breaks nothing.
      if (pool.ending) return;
      options.logger.warn({ err: error }, 'a database connection broke');
      options.onConnectionError?.(error);
    });
  });
  // The pool repeats what its idle connections have told.
  pool.on('error', () => undefined);
  return pool;
}

const INT8 = 20;
const TIMESTAMPTZ = 1184;
const parseDate: (text: string) => Date | number | null = pg.types.getTypeParser(TIMESTAMPTZ);

function getTypeParser(oid: number, format?: 'text' | 'binary'): unknown {
  if (format !== 'binary' && oid === INT8) return parseInt8;
  if (format !== 'binary' && oid === TIMESTAMPTZ) return parseTimestamp;
  return pg.types.getTypeParser(oid, format ?? 'text');
}

function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`bigint ${text} does not fit a number`);
  return value;
}

function parseTimestamp(text: string): number {
  const value = parseDate(text);
  const ms = value instanceof Date ? value.getTime() : Number.NaN;
  if (Number.isNaN(ms)) throw new RangeError(`timestamp ${text} has no place on the time line`);
  return ms;
}

/**
 * Runs `work` in one transaction: committed when it resolves, rolled back when it rejects.
 *
 * @throws whatever `work` or the database throws; the connection is dropped if the rollback fails too
 */
export async function transaction<T>(pool: Pool, work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await pool.connect();
  let broken: Error | undefined;
  try {
    await connection.query('BEGIN');
    const result = await work(connection);
    await connection.query('COMMIT');
    return result;
  } catch (error) {
    await connection.query('ROLLBACK').catch((rollbackError: unknown) => {
      broken = new Error(messageOf(rollbackError));
    });
    throw error;
  } finally {
    connection.release(broken);
  }
}

/** SQLSTATEs that waiting does not mend: wrong password, no such login or database, no right to it or to the role. */
const HOPELESS = new Set(['28P01', '28000', '3D000', '42501']);

/**
 * Waits until the database answers, with growing, jittered pauses.
 *
 * @throws OperatorError if it does not within `timeoutMs` (default 30,000), or at once if it refuses us for good
 */
export async function waitForDatabase(
  pool: Pool,
  options: {
    readonly logger: Logger;
    readonly timeoutMs?: number;
    readonly signal?: AbortSignal;
    /** The variable that the address was given by, for who has to mend it. Default `DATABASE_URL`. */
    readonly variable?: string;
  },
): Promise<void> {
  const { timeoutMs = 30_000, variable = 'DATABASE_URL' } = options;
  let waitedMs = 0;
  for (let attempt = 0; ; attempt++) {
    try {
      await pool.query('SELECT 1');
      return;
    } catch (error) {
      const reason = messageOf(error) || errorCode(error) || 'no answer';
      if (HOPELESS.has(errorCode(error) ?? '')) {
        throw new OperatorError(`the database refuses us: ${reason}; check ${variable}`);
      }
      if (waitedMs >= timeoutMs) {
        throw new OperatorError(
          `the database does not answer: ${reason}; start it, or check ${variable}${variable === 'DATABASE_URL' ? ' (unset it to use the embedded one)' : ''}`,
        );
      }
      const pauseMs = Math.min(backoffMs(attempt, { baseMs: 100, maxMs: 2_000 }), timeoutMs - waitedMs);
      if (attempt % 5 === 0) options.logger.warn(`waiting for the database: ${reason}`);
      await sleep(pauseMs, undefined, options.signal === undefined ? {} : { signal: options.signal });
      waitedMs += Math.max(pauseMs, 1);
    }
  }
}
