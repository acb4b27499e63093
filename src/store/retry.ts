import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../errors.js';
import { errorCode } from './error-code.js';
import type { Batch, Refusal, WriteOutcome } from './lanes/lane.js';
import type { Connection, Pool } from './pool.js';

/** A transaction of ours that waits for us so long has lost us: its locks are needed. */
const IDLE_MS = 10_000;
/** How long a write waits for a lock before it is tried again. */
const LOCK_MS = 10_000;
/** How long a connection may take to say that it has rolled back; then it is closed, which does the same. */
const ROLLBACK_MS = 1_000;

const BEGIN = `BEGIN; SET LOCAL idle_in_transaction_session_timeout = ${IDLE_MS}; SET LOCAL lock_timeout = ${LOCK_MS}`;

/** SQLSTATE 22 data, 23 constraints, 54 too large, P0001 raised by a trigger of ours. */
const ROWS_FAULT = /^((22|23|54)...|P0001)$/;

/**
 * Says whether an error comes of the values and would come again with them. Anything else (no connection, a deadlock, a
 * full disk, a missing table, no right) may pass.
 */
export function isRowsFault(error: unknown): boolean {
  const code = errorCode(error);
  if (code !== undefined) return ROWS_FAULT.test(code);
  // Thrown by our own code over a value, before the database has seen it.
  return error instanceof TypeError || error instanceof RangeError;
}

/** Gives what was thrown as an error. */
export function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(messageOf(error));
}

/**
 * Runs `write` on all rows in one transaction. If a row is at fault the batch is halved until it is alone: it is set
 * aside and all others are written, in their order.
 *
 * @param write gives how many rows were inserted or changed; it is given the same rows again after a failure
 * @throws what is not the rows' fault
 */
export async function writeInTransactions<Row>(
  pool: Pool,
  { rows }: Pick<Batch<Row>, 'rows'>,
  write: (connection: Connection, rows: readonly Row[]) => Promise<number>,
): Promise<WriteOutcome<Row>> {
  const refusals: Refusal<Row>[] = [];
  const written = await halve(pool, rows, write, refusals);
  return { written, unchanged: rows.length - written - refusals.length, refusals };
}

async function halve<Row>(
  pool: Pool,
  rows: readonly Row[],
  write: (connection: Connection, rows: readonly Row[]) => Promise<number>,
  refusals: Refusal<Row>[],
): Promise<number> {
  const [first] = rows;
  if (first === undefined) return 0;
  try {
    return await briefTransaction(pool, (connection) => write(connection, rows));
  } catch (error) {
    if (!isRowsFault(error)) throw error;
    if (rows.length === 1) {
      refusals.push({ row: first, error: asError(error) });
      return 0;
    }
    const middle = rows.length >> 1;
    const left = await halve(pool, rows.slice(0, middle), write, refusals);
    return left + (await halve(pool, rows.slice(middle), write, refusals));
  }
}

/**
 * As `transaction`, for writes that are made again when they fail: the database ends it if we are cut off in the midst,
 * so that its locks do not stand in the way of the next try, and a connection that hangs is not asked to roll back.
 */
async function briefTransaction<T>(pool: Pool, work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await pool.connect();
  let isBroken = true;
  try {
    await connection.query(BEGIN);
    const result = await work(connection);
    await connection.query('COMMIT');
    isBroken = false;
    return result;
  } catch (error) {
    // A code is an answer, and an error of ours leaves the connection alive; anything else is the connection's end.
    if (errorCode(error) !== undefined || isRowsFault(error)) isBroken = !(await hasRolledBack(connection));
    throw error;
  } finally {
    connection.release(isBroken);
  }
}

async function hasRolledBack(connection: Connection): Promise<boolean> {
  const done = new AbortController();
  const rolledBack = connection.query('ROLLBACK').then(
    () => true,
    () => false,
  );
  const late = sleep(ROLLBACK_MS, false, { signal: done.signal }).catch(() => false);
  const answer = await Promise.race([rolledBack, late]);
  done.abort();
  return answer;
}
