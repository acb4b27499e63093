import { timeAt } from '../conditions.js';
import type { ModelJob } from '../model-records.js';
import { type Pool, type Queryable, transaction } from '../pool.js';
import { claimJob } from './models.js';

/** What of a model is judged, and of which time. */
export interface JudgedQuery {
  readonly modelId: number;
  readonly dataSource: string;
  /** Inclusive, ms. */
  readonly from: number;
  /** Exclusive, ms. */
  readonly to: number;
  /** Share that is held back, the newest, 0–1. */
  readonly validationSplit: number;
}

/** What became of one part of what a model has said. */
export interface JudgedFigures {
  readonly part: 'training' | 'validation';
  readonly samples: number;
  readonly successes: number;
  /** 0–1. */
  readonly meanConfidence: number;
  readonly confidenceDeviation: number;
  /** Mean squared distance of the confidence from what came, 1 or 0 (Brier 1950): 0 is best, 1 worst. */
  readonly brierScore: number;
  /** Times of the first and the last, ms. */
  readonly first: number;
  readonly last: number;
}

/**
 * Gives what became of a model's signals and predictions for everybody: of those that are judged, the older part and the
 * newer one apart. A part that is empty is left out.
 */
export async function judgedFigures(
  database: Queryable,
  query: JudgedQuery,
): Promise<readonly JudgedFigures[]> {
  const { rows } = await database.query<JudgedFigures>(
    `WITH samples AS (
       SELECT s.confidence_score AS confidence, s.signal_successful AS success, s.candle_time AS at, s.id
       FROM ai_trading_signals s JOIN assets a ON a.id = s.asset_id
       WHERE s.ai_model_id = $1 AND a.data_source = $2 AND s.user_id IS NULL AND s.signal_successful IS NOT NULL
         AND s.candle_time >= ${timeAt('$3')} AND s.candle_time < ${timeAt('$4')}
       UNION ALL
       SELECT p.confidence_score, p.is_accurate, p.target_datetime, p.id
       FROM predictions p JOIN assets a ON a.id = p.asset_id
       WHERE p.ai_model_id = $1 AND a.data_source = $2 AND p.user_id IS NULL AND p.is_accurate IS NOT NULL
         AND p.target_datetime >= ${timeAt('$3')} AND p.target_datetime < ${timeAt('$4')}
     ), placed AS (
       SELECT *, row_number() OVER (ORDER BY at, id) > count(*) OVER () * (1 - $5::numeric) AS is_newer FROM samples
     )
     SELECT CASE WHEN is_newer THEN 'validation' ELSE 'training' END AS part, count(*) AS samples,
       count(*) FILTER (WHERE success) AS successes, avg(confidence)::float8 AS "meanConfidence",
       stddev_pop(confidence)::float8 AS "confidenceDeviation",
       avg((confidence - success::int) ^ 2)::float8 AS "brierScore",
       extract(epoch FROM min(at))::float8 * 1000 AS first, extract(epoch FROM max(at))::float8 * 1000 AS last
     FROM placed GROUP BY is_newer ORDER BY is_newer`,
    [query.modelId, query.dataSource, query.from, query.to, query.validationSplit],
  );
  return rows;
}

/** A job that has reported nothing for so long is nobody's any more. */
const SILENT_MINUTES = 10;

/**
 * Takes the next job, unless one runs on any server; null: there is none to take. A job whose server has ended failed.
 */
export function claimOnlyJob(pool: Pool): Promise<ModelJob | null> {
  return transaction(pool, async (connection) => {
    await connection.query(`SELECT pg_advisory_xact_lock(hashtextextended('model_jobs', 0))`);
    await connection.query(
      `UPDATE model_jobs SET job_status = 'failed', error_message = 'the server that ran it has ended', completed_at = now()
       WHERE job_status = 'running' AND updated_at < now() - interval '${SILENT_MINUTES} minutes'`,
    );
    const { rowCount } = await connection.query(
      `SELECT FROM model_jobs WHERE job_status = 'running' LIMIT 1`,
    );
    return rowCount === 0 ? claimJob(connection) : null;
  });
}

/** Writes what a model is shown with, as its last evaluation found it. */
export async function setPerformanceMetrics(
  database: Queryable,
  modelId: number,
  figures: Readonly<Record<string, unknown>>,
): Promise<void> {
  await database.query('UPDATE ai_models SET performance_metrics = $2 WHERE id = $1', [
    modelId,
    JSON.stringify(figures),
  ]);
}
