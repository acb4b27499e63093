import type { Queryable } from '../pool.js';

/** How many models are in which state. */
export interface ModelCounts {
  readonly active: number;
  /** A training of theirs runs, or they are marked so. */
  readonly training: number;
  readonly error: number;
}

/** Counts the models by state. */
export async function countModels(database: Queryable): Promise<ModelCounts> {
  const { rows } = await database.query<ModelCounts>(
    `SELECT count(*) FILTER (WHERE m.status = 'active') AS active,
       count(*) FILTER (WHERE m.status = 'training' OR EXISTS (
         SELECT FROM model_jobs j
         WHERE j.model_id = m.id AND j.job_category = 'training' AND j.job_status = 'running')) AS training,
       count(*) FILTER (WHERE m.status = 'error') AS error
     FROM ai_models m`,
  );
  const [counts] = rows;
  if (counts === undefined) throw new Error('ai_models gave no counts');
  return counts;
}
