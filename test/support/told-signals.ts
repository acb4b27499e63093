import type { Test } from 'tap';
import type { Pool } from '../../src/store/pool.js';

/**
 * Asserts that each stored signal was told of when it was new and when it ended, once in each of its two channels, and
 * that nothing else was told. Gives how many signals there are.
 */
export async function assertSignalsTold(t: Test, pool: Pool): Promise<number> {
  const { rows: signals } = await pool.query<{ id: number; status: string }>(
    'SELECT id, status FROM ai_trading_signals ORDER BY id',
  );
  const { rows: told } = await pool.query<{ id: number; status: string; n: number }>(
    `SELECT (data ->> 'id')::int AS id, data ->> 'status' AS status, count(*)::int AS n FROM outbox
     WHERE channel = 'signals' OR channel LIKE 'signals:%' GROUP BY 1, 2`,
  );
  const expected = signals.flatMap(({ id, status }) =>
    ['active', ...(status === 'active' ? [] : [status])].map((one) => `${id} ${one} 2`),
  );
  t.strictSame(
    told.map(({ id, status, n }) => `${id} ${status} ${n}`).toSorted(),
    expected.toSorted(),
    `${signals.length} signals: each was told of once, and its end once`,
  );
  return signals.length;
}
