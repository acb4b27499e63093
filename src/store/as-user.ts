import { type Connection, type Pool, transaction } from './pool.js';

export interface AsUserOptions {
  /** Every query sees what was committed when the first one began; nothing can be written. Default false. */
  readonly isOneMoment?: boolean;
}

const ONE_MOMENT = 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY';

/**
 * Runs `work` in a transaction in which the database shows and takes the rows of one user only, whatever the queries
 * say; `userId` null is a guest. The pool is one of the role `cryptopredict_gateway`.
 *
 * @throws whatever `work` or the database throws; nothing of it stays then
 */
export function asUser<T>(
  pool: Pool,
  userId: number | null,
  work: (connection: Connection) => Promise<T>,
  { isOneMoment = false }: AsUserOptions = {},
): Promise<T> {
  return transaction(pool, async (connection) => {
    if (isOneMoment) await connection.query(ONE_MOMENT);
    // Of this transaction only: the next one on the connection is nobody's.
    await connection.query(`SELECT set_config('cryptopredict.user_id', $1, true)`, [
      userId === null ? '' : String(userId),
    ]);
    return work(connection);
  });
}
