import type { Queryable } from '../pool.js';
import { type NewRecommendation, RECOMMENDATIONS, type RecommendationRow } from '../signal-records.js';
import { insertRecommendations } from './recommendations.js';

/** Where an asset stands in a default list. */
export interface DefaultSeat {
  readonly watchlistId: number;
  readonly positionType: 'long' | 'short';
  readonly notes: string | null;
}

/** What was recommended of an asset, and whether it is still to be decided on or carried out. */
export interface TierAdviceRecord {
  readonly assetId: number;
  /** End of the day of which it was, ms. */
  readonly time: number;
  readonly isOpen: boolean;
  /** The list in which it would take a place that was free; null: none, or it is not open. */
  readonly to: number | null;
}

/** A close of a stored daily candle. */
export interface DayClose {
  readonly assetId: number;
  /** End of the day, ms. */
  readonly time: number;
  readonly close: number;
}

const SELECT = RECOMMENDATIONS.select('r');

/** Changes of the tiers among all recommendations, by the key that the advisor gives them. */
const IS_TIER_CHANGE = `r.user_id IS NULL AND r.dedup_key LIKE 'tier:%' AND jsonb_typeof(r.recommendation_payload) = 'object'`;
/** Older ones are settled. Let the index of creation find the others. */
const IS_RECENT = `r.created_at > now() - interval '90 days'`;
/** End of the day of which it was; NULL, and no error, if a payload says nothing of the kind. */
const TIME = `CASE WHEN r.recommendation_payload ->> 'time' ~ '^\\d{4}-[01]\\d-[0-3]\\dT[\\d:.]+Z$'
  THEN (r.recommendation_payload ->> 'time')::timestamptz END`;
const IS_OPEN = `(r.status = 'approved' OR r.status = 'pending' AND coalesce(r.expires_at > now(), true))`;

/** Lets one transaction at a time propose changes, until its end. */
export async function lockTierProposals(connection: Queryable): Promise<void> {
  await connection.query(`SELECT pg_advisory_xact_lock(hashtextextended('tier_changes', 0))`);
}

/**
 * Writes recommendations and tells the admins of those that are new. A change of the tiers is left out if one of the same
 * asset is open. Gives how many are new.
 *
 * @param connection in a transaction of the engine, as its last work
 */
export async function proposeRecommendations(
  connection: Queryable,
  recommendations: readonly NewRecommendation[],
): Promise<number> {
  if (!recommendations.some(isTierChange)) {
    return (await insertRecommendations(connection, recommendations)).length;
  }
  await lockTierProposals(connection);
  const advice = await listTierAdvice(connection);
  const open = new Set(advice.filter(({ isOpen }) => isOpen).map(({ assetId }) => assetId));
  const fresh = recommendations.filter((one) => {
    const id = isTierChange(one) ? one.recommendationPayload?.asset_id : undefined;
    if (typeof id !== 'number') return true;
    if (open.has(id)) return false;
    // Of two days that waited for the database the first counts.
    open.add(id);
    return true;
  });
  return (await insertRecommendations(connection, fresh)).length;
}

function isTierChange({ userId, dedupKey }: NewRecommendation): boolean {
  return (userId ?? null) === null && dedupKey?.startsWith('tier:') === true;
}

/** Gives what has been recommended of the tiers in the last 90 days, oldest first. */
export async function listTierAdvice(database: Queryable): Promise<readonly TierAdviceRecord[]> {
  const { rows } = await database.query<TierAdviceRecord>(
    `SELECT asset.id::integer AS "assetId", ${TIME} AS "time", ${IS_OPEN} AS "isOpen",
       CASE WHEN ${IS_OPEN} AND asset.list ~ '^\\d{1,9}$' THEN asset.list::integer END AS "to"
     FROM recommendations r
     CROSS JOIN LATERAL (
       VALUES
         (r.recommendation_payload ->> 'asset_id', CASE WHEN r.recommendation_payload ->> 'swap' IS NULL
           THEN r.recommendation_payload #>> '{to_watchlist,id}' END),
         (r.recommendation_payload #>> '{swap,asset_id}', NULL)
     ) AS asset (id, list)
     WHERE ${IS_TIER_CHANGE} AND ${IS_RECENT} AND asset.id ~ '^\\d{1,9}$' AND ${TIME} IS NOT NULL
     ORDER BY "time", r.id, "assetId"`,
  );
  return rows;
}

/** Gives approved changes that wait to be carried out, the oldest first. */
export async function listApprovedTierChanges(
  database: Queryable,
  limit: number,
): Promise<readonly RecommendationRow[]> {
  const { rows } = await database.query<RecommendationRow>(
    `SELECT ${SELECT} FROM recommendations r WHERE ${IS_TIER_CHANGE} AND r.status = 'approved'
     ORDER BY r.reviewed_at, r.id LIMIT $1`,
    [limit],
  );
  return rows;
}

/** Takes hold of an approved change until the end of the transaction; false: it is none any more, or another has it. */
export async function holdApproved(connection: Queryable, id: number): Promise<boolean> {
  const { rowCount } = await connection.query(
    `SELECT FROM recommendations WHERE id = $1 AND status = 'approved' FOR NO KEY UPDATE SKIP LOCKED`,
    [id],
  );
  return rowCount === 1;
}

/** Says whether the transaction's user is an admin. */
export async function isAdmin(connection: Queryable): Promise<boolean> {
  const { rows } = await connection.query<{ admin: boolean }>('SELECT current_user_is_admin() AS admin');
  return rows[0]?.admin === true;
}

/** Says whether an asset is served and shown. */
export async function isSupportedAsset(database: Queryable, assetId: number): Promise<boolean> {
  const { rowCount } = await database.query(
    'SELECT FROM assets WHERE id = $1 AND is_active AND is_supported',
    [assetId],
  );
  return rowCount === 1;
}

/** Lets nobody else change default lists until the end of the transaction. Gives the ids of those that are there. */
export async function lockDefaultLists(
  connection: Queryable,
  ids: readonly number[],
): Promise<readonly number[]> {
  const { rows } = await connection.query<{ id: number }>(
    `SELECT id FROM watchlists WHERE id = ANY($1::int[]) AND user_id IS NULL AND is_active
     ORDER BY id FOR NO KEY UPDATE`,
    [ids],
  );
  return rows.map(({ id }) => id);
}

/** Gives where an asset stands in the given default lists. */
export async function seatsOf(
  connection: Queryable,
  assetId: number,
  listIds: readonly number[],
): Promise<readonly DefaultSeat[]> {
  const { rows } = await connection.query<DefaultSeat>(
    `SELECT watchlist_id AS "watchlistId", position_type AS "positionType", notes FROM watchlist_assets
     WHERE asset_id = $1 AND watchlist_id = ANY($2::int[]) AND is_active ORDER BY watchlist_id`,
    [assetId, listIds],
  );
  return rows;
}

/** Gives changes whose outcome after so many days is due and not measured yet, the oldest first. */
export async function listDueOutcomes(
  database: Queryable,
  days: number,
  limit: number,
): Promise<readonly RecommendationRow[]> {
  const { rows } = await database.query<RecommendationRow>(
    `SELECT ${SELECT} FROM recommendations r
     WHERE ${IS_TIER_CHANGE} AND ${IS_RECENT} AND r.status <> 'pending'
       AND ${TIME} <= now() - $1::int * interval '1 day'
       AND NOT coalesce(r.outcome_result, '{}') ? ('days_' || $1::int)
     ORDER BY r.created_at, r.id LIMIT $2`,
    [days, limit],
  );
  return rows;
}

/** Adds what was measured after so many days, once. False: it is there already. */
export async function writeOutcome(
  database: Queryable,
  id: number,
  days: number,
  outcome: Readonly<Record<string, unknown>>,
): Promise<boolean> {
  const { rowCount } = await database.query(
    `UPDATE recommendations SET outcome_result = coalesce(outcome_result, '{}') || $3::jsonb
     WHERE id = $1 AND NOT coalesce(outcome_result, '{}') ? ('days_' || $2::int)`,
    [id, days, JSON.stringify(outcome)],
  );
  return rowCount === 1;
}

/** Gives the closes of stored, closed daily candles that ended at the given times, ms. */
export async function dayCloses(
  database: Queryable,
  assetIds: readonly number[],
  times: readonly number[],
): Promise<readonly DayClose[]> {
  const { rows } = await database.query<DayClose>(
    `SELECT asset_id AS "assetId", extract(epoch FROM candle_time)::float8 * 1000 + 86400000 AS "time",
       close_price::float8 AS close
     FROM price_data
     WHERE asset_id = ANY($1::int[]) AND timeframe = '1d' AND is_closed
       AND candle_time = ANY(ARRAY(SELECT to_timestamp(t / 1000 - 86400) FROM unnest($2::float8[]) AS t))`,
    [assetIds, times],
  );
  return rows;
}
