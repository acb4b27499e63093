import type { Queryable } from '../pool.js';

/** What the cards of the layers say of lists and signals. */
export interface LayerFigures {
  readonly activeSignals: number;
  /** Mean of theirs, 0–1; null: there are none. */
  readonly signalConfidence: number | null;
  /** Assets of default lists that the newest hourly analyses give a score. */
  readonly scoredAssets: number;
  /** Mean of these analyses, 0–1; null: there are none, or none says. */
  readonly listConfidence: number | null;
  /** When the newest of them was made, ms; null: there are none. */
  readonly listsAnalysedAt: number | null;
}

/** Counts of what admins look after. */
export interface AdminFigures {
  readonly users: number;
  readonly activeUsers: number;
  readonly admins: number;
  /** Of the last 7 days. */
  readonly newUsers: number;
  readonly pendingRecommendations: number;
  readonly openFeedback: number;
  readonly activeModels: number;
  readonly trainingModels: number;
  readonly errorModels: number;
  /** Of the last 24 hours. */
  readonly failedTasks: number;
}

/** Gives what the cards of the layers say, as anybody may see it. */
export async function layerFigures(database: Queryable, dataSource: string): Promise<LayerFigures> {
  const { rows } = await database.query<LayerFigures>(
    `WITH lists AS (
       SELECT a.* FROM watchlists w
       CROSS JOIN LATERAL (
         SELECT n.analysis_time, n.ai_confidence_score, n.asset_scores
         FROM ai_watchlist_analysis n JOIN metrics_snapshot m ON m.id = n.metrics_snapshot_id
         WHERE n.watchlist_id = w.id AND n.timeframe = '1h' AND m.data_source = $1
         ORDER BY n.analysis_time DESC, n.id DESC LIMIT 1
       ) a
       WHERE w.user_id IS NULL AND w.is_active
     ), signals AS (
       SELECT s.confidence_score FROM ai_trading_signals s JOIN assets a ON a.id = s.asset_id
       WHERE s.status = 'active' AND s.user_id IS NULL AND a.data_source = $1
     )
     SELECT (SELECT count(*)::int FROM signals) AS "activeSignals",
       (SELECT avg(confidence_score)::float8 FROM signals) AS "signalConfidence",
       (SELECT count(DISTINCT e ->> 'asset_id')::int FROM lists, jsonb_array_elements(lists.asset_scores) AS e
        WHERE jsonb_typeof(e -> 'score') = 'number') AS "scoredAssets",
       (SELECT avg(ai_confidence_score)::float8 FROM lists) AS "listConfidence",
       (SELECT max(analysis_time) FROM lists) AS "listsAnalysedAt"`,
    [dataSource],
  );
  const [figures] = rows;
  if (figures === undefined) throw new Error('a query of one row gave none');
  return figures;
}

/** Gives the counts of an admin's dashboard; who is none sees next to nothing. */
export async function adminFigures(database: Queryable): Promise<AdminFigures> {
  const { rows } = await database.query<AdminFigures>(
    `SELECT u.*, m.*,
       (SELECT count(*)::int FROM recommendations
        WHERE status = 'pending' AND coalesce(expires_at > now(), true)) AS "pendingRecommendations",
       (SELECT count(*)::int FROM user_feedback WHERE status NOT IN ('addressed', 'closed')) AS "openFeedback",
       (SELECT count(*)::int FROM background_tasks
        WHERE status = 'failed' AND completed_at > now() - interval '24 hours') AS "failedTasks"
     FROM (
       SELECT count(*)::int AS users, (count(*) FILTER (WHERE is_active))::int AS "activeUsers",
         (count(*) FILTER (WHERE role = 'admin'))::int AS admins,
         (count(*) FILTER (WHERE created_at > now() - interval '7 days'))::int AS "newUsers"
       FROM users WHERE deleted_at IS NULL
     ) u, (
       SELECT (count(*) FILTER (WHERE is_active))::int AS "activeModels",
         (count(*) FILTER (WHERE status = 'training'))::int AS "trainingModels",
         (count(*) FILTER (WHERE status = 'error'))::int AS "errorModels"
       FROM ai_models
     ) m`,
  );
  const [figures] = rows;
  if (figures === undefined) throw new Error('a query of one row gave none');
  return figures;
}
