import type { Connection } from './pool.js';

/** What a user has a bounded or single number of, so that counting and adding is one step. */
export type OwnedKind = 'watchlists' | 'portfolios' | 'alerts' | 'predictions' | 'feedback';

/** Numbers of ours among the advisory locks, by kind. */
const LOCKS: Readonly<Record<OwnedKind, number>> = {
  watchlists: 771_204_120,
  portfolios: 771_204_121,
  alerts: 771_204_122,
  predictions: 771_204_123,
  feedback: 771_204_124,
};

/**
 * Lets one transaction at a time count and add what a user owns; released at its end. The statement that counts must
 * come after this one, since a statement sees what was committed before it began.
 *
 * @param owner null: what belongs to nobody, such as default watchlists
 */
export async function lockOwner(
  connection: Connection,
  kind: OwnedKind,
  owner: number | null,
): Promise<void> {
  await connection.query('SELECT pg_advisory_xact_lock($1, $2)', [LOCKS[kind], owner ?? 0]);
}
