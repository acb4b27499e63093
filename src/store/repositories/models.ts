import { Conditions } from '../conditions.js';
import { type KeyedRow, Keyset, type Page, type PageRequest } from '../keyset.js';
import {
  type JobCategory,
  type JobStatus,
  MODEL_JOBS,
  MODEL_PERFORMANCE,
  MODELS,
  type ModelEvaluation,
  type ModelJob,
  type ModelRecord,
  type ModelStatus,
  type ModelType,
  type NewModel,
  type NewModelEvaluation,
} from '../model-records.js';
import { type Connection, type Pool, type Queryable, transaction } from '../pool.js';

export interface ModelFilter extends PageRequest {
  readonly modelType?: ModelType;
  readonly status?: ModelStatus;
  readonly isActive?: boolean;
}

export interface JobFilter extends PageRequest {
  readonly modelId?: number;
  readonly status?: JobStatus;
  readonly category?: JobCategory;
}

export interface Retraining {
  readonly modelId: number;
  /** Admin who asks for it. */
  readonly initiatedBy: number;
  readonly trainingDataDays: number;
  /** Share of the data that is held back, 0–1. */
  readonly validationSplit: number;
  readonly hyperparameters?: Readonly<Record<string, unknown>>;
}

/** `conflict`: a training of the model waits or runs. */
export type Retrain =
  | { readonly outcome: 'queued'; readonly job: ModelJob }
  | { readonly outcome: 'not_found' | 'conflict' };

/** `conflict`: the job has ended. */
export type CancelJob =
  | { readonly outcome: 'cancelled'; readonly job: ModelJob }
  | { readonly outcome: 'not_found' | 'conflict' };

const BY_ID = new Keyset('models', 'ASC', [{ sql: 'm.id', type: 'integer' }]);
const NEWEST_JOB = new Keyset('model_jobs', 'DESC', [
  { sql: 'j.created_at', type: 'time' },
  { sql: 'j.id', type: 'integer' },
]);
const NEWEST_EVALUATION = new Keyset('model_performance', 'DESC', [
  { sql: 'p.evaluation_date', type: 'time' },
  { sql: 'p.id', type: 'integer' },
]);

/** A number that only retraining locks, with the model's id. */
const RETRAIN_LOCK = 1_263_401_127;

/** Writes versions of models; one that is there by name, type and version is written over. Gives their ids. */
export function upsertModels(database: Queryable, models: readonly NewModel[]): Promise<readonly number[]> {
  return MODELS.upsert(database, models);
}

/** Gives models by ascending id. */
export async function listModels(database: Queryable, filter: ModelFilter): Promise<Page<ModelRecord>> {
  const where = new Conditions()
    .add(filter.modelType, (place) => `m.model_type = ${place}`)
    .add(filter.status, (place) => `m.status = ${place}`)
    .add(filter.isActive, (place) => `m.is_active = ${place}`);
  const { rows } = await database.query<ModelRecord & KeyedRow>(
    `SELECT ${MODELS.select('m')}, ${BY_ID.select} FROM ai_models m
     WHERE ${where.sql(BY_ID.after(filter, where.values))} ${BY_ID.orderAndLimit(filter, where.values)}`,
    where.values,
  );
  return BY_ID.page(filter, rows, ({ page_key, ...model }) => model);
}

/** Gives a model; null: no such id. */
export async function getModel(database: Queryable, id: number): Promise<ModelRecord | null> {
  const { rows } = await database.query<ModelRecord>(
    `SELECT ${MODELS.select('m')} FROM ai_models m WHERE m.id = $1`,
    [id],
  );
  return rows[0] ?? null;
}

/** Gives the names of all models in their alphabet, each once. */
export async function modelNames(database: Queryable): Promise<readonly string[]> {
  const { rows } = await database.query<{ name: string }>(
    'SELECT DISTINCT name FROM ai_models ORDER BY name',
  );
  return rows.map(({ name }) => name);
}

/** Gives the id of the active version of a model; null: none is active. */
export async function activeModelId(database: Queryable, name: string): Promise<number | null> {
  const { rows } = await database.query<{ id: number }>(
    'SELECT id FROM ai_models WHERE name = $1 AND is_active ORDER BY id LIMIT 1',
    [name],
  );
  return rows[0]?.id ?? null;
}

/** Rule-based models that the engine runs, and the version that this program has. */
const ENGINE_MODELS = ['macro_regime', 'sector_rotation', 'asset_selection', 'signal_timing'] as const;
export type EngineModel = (typeof ENGINE_MODELS)[number];
const ENGINE_VERSION = '1.0.0';

/**
 * Makes the models that this program runs the active ones, and gives their ids.
 *
 * @throws Error if one is not in the database: a migration of it is missing
 */
export function activateEngineModels(pool: Pool): Promise<Readonly<Record<EngineModel, number>>> {
  return transaction(pool, async (connection) => {
    const { rows } = await connection.query<{ id: number; name: EngineModel }>(
      'SELECT id, name FROM ai_models WHERE name = ANY ($1) AND version = $2 ORDER BY id',
      [ENGINE_MODELS, ENGINE_VERSION],
    );
    const ids = new Map(rows.map(({ id, name }) => [name, id]));
    for (const { id } of rows) await activateModel(connection, id);
    const idOf = (name: EngineModel): number => {
      const id = ids.get(name);
      if (id === undefined) throw new Error(`the model ${name} ${ENGINE_VERSION} is not in the database`);
      return id;
    };
    const [macro_regime, sector_rotation, asset_selection, signal_timing] = ENGINE_MODELS.map(idOf) as [
      ...[number, number],
      ...[number, number],
    ];
    return { macro_regime, sector_rotation, asset_selection, signal_timing };
  });
}

/**
 * Makes one version of a model the active one, in the caller's transaction; the others of its name and type rest.
 * False: no such id.
 *
 * @param connection in a transaction of the engine
 */
export async function activateModel(connection: Queryable, id: number): Promise<boolean> {
  // All versions in one order: of two servers that activate at once the second sees what the first has done.
  const { rows } = await connection.query<{ id: number }>(
    `SELECT v.id FROM ai_models v JOIN ai_models m ON (m.name, m.model_type) = (v.name, v.model_type)
     WHERE m.id = $1 ORDER BY v.id FOR UPDATE OF v`,
    [id],
  );
  if (rows.length === 0) return false;
  // First the one that rests: there is never more than one.
  await connection.query(
    `UPDATE ai_models SET is_active = false, status = 'inactive' WHERE id = ANY($1::int[]) AND id <> $2 AND is_active`,
    [rows.map((row) => row.id), id],
  );
  await connection.query(
    `UPDATE ai_models SET is_active = true, status = 'active', deployed_at = coalesce(deployed_at, now())
     WHERE id = $1 AND NOT is_active`,
    [id],
  );
  return true;
}

/** Writes what evaluations found. */
export function insertEvaluations(
  database: Queryable,
  evaluations: readonly NewModelEvaluation[],
): Promise<readonly ModelEvaluation[]> {
  return MODEL_PERFORMANCE.insert(database, evaluations);
}

/** Gives the evaluations of a model, the newest first. */
export async function listEvaluations(
  database: Queryable,
  query: { readonly modelId: number } & PageRequest,
): Promise<Page<ModelEvaluation>> {
  const values: unknown[] = [query.modelId];
  const { rows } = await database.query<ModelEvaluation & KeyedRow>(
    `SELECT ${MODEL_PERFORMANCE.select('p')}, ${NEWEST_EVALUATION.select} FROM model_performance p
     WHERE p.model_id = $1 AND ${NEWEST_EVALUATION.after(query, values)}
     ${NEWEST_EVALUATION.orderAndLimit(query, values)}`,
    values,
  );
  return NEWEST_EVALUATION.page(query, rows, ({ page_key, ...evaluation }) => evaluation);
}

/**
 * Queues a training of a model, unless one waits or runs.
 *
 * @param connection in a transaction; another one that retrains the same model waits for its end
 */
export async function retrainModel(connection: Connection, retraining: Retraining): Promise<Retrain> {
  const { modelId, initiatedBy } = retraining;
  await connection.query('SELECT pg_advisory_xact_lock($1, $2)', [RETRAIN_LOCK, modelId]);
  if ((await getModel(connection, modelId)) === null) return { outcome: 'not_found' };
  const { rowCount } = await connection.query(
    `SELECT FROM model_jobs
     WHERE model_id = $1 AND job_category = 'training' AND job_status IN ('pending', 'running') LIMIT 1`,
    [modelId],
  );
  if (rowCount !== 0) return { outcome: 'conflict' };
  const [job] = await MODEL_JOBS.insert(connection, [
    {
      modelId,
      initiatedBy,
      jobStatus: 'pending',
      jobCategory: 'training',
      jobType: 'retrain',
      jobConfig: {
        training_data_days: retraining.trainingDataDays,
        validation_split: retraining.validationSplit,
        hyperparameters: retraining.hyperparameters ?? {},
      },
    },
  ]);
  if (job === undefined) throw new Error(`no job was made for model ${modelId}`);
  return { outcome: 'queued', job };
}

/** Gives jobs, the newest first. */
export async function listJobs(database: Queryable, filter: JobFilter): Promise<Page<ModelJob>> {
  const where = new Conditions()
    .add(filter.modelId, (place) => `j.model_id = ${place}`)
    .add(filter.status, (place) => `j.job_status = ${place}`)
    .add(filter.category, (place) => `j.job_category = ${place}`);
  const { rows } = await database.query<ModelJob & KeyedRow>(
    `SELECT ${MODEL_JOBS.select('j')}, ${NEWEST_JOB.select} FROM model_jobs j
     WHERE ${where.sql(NEWEST_JOB.after(filter, where.values))} ${NEWEST_JOB.orderAndLimit(filter, where.values)}`,
    where.values,
  );
  return NEWEST_JOB.page(filter, rows, ({ page_key, ...job }) => job);
}

/** Cancels a job that waits or runs; who runs it finds out when it reports. */
export async function cancelJob(database: Queryable, id: number): Promise<CancelJob> {
  const { rows } = await database.query<ModelJob>(
    `UPDATE model_jobs j SET job_status = 'cancelled', completed_at = now()
     WHERE j.id = $1 AND j.job_status IN ('pending', 'running') RETURNING ${MODEL_JOBS.select('j')}`,
    [id],
  );
  const [job] = rows;
  if (job !== undefined) return { outcome: 'cancelled', job };
  const { rowCount } = await database.query('SELECT FROM model_jobs WHERE id = $1', [id]);
  return { outcome: rowCount === 0 ? 'not_found' : 'conflict' };
}

/** Takes the most urgent job that waits, the oldest first; null: none does. Two servers take different ones. */
export async function claimJob(database: Queryable): Promise<ModelJob | null> {
  const { rows } = await database.query<ModelJob>(
    `UPDATE model_jobs j SET job_status = 'running', started_at = now() WHERE j.id = (
       SELECT id FROM model_jobs WHERE job_status = 'pending' AND coalesce(next_run_time <= now(), true)
       ORDER BY priority DESC, created_at, id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
     ) RETURNING ${MODEL_JOBS.select('j')}`,
  );
  return rows[0] ?? null;
}

/** Says how far a running job is. False: it does not run any more, so stop. */
export async function reportJob(
  database: Queryable,
  id: number,
  progress: { readonly progressPct: number; readonly currentPhase?: string },
): Promise<boolean> {
  const { rowCount } = await database.query(
    `UPDATE model_jobs SET progress_pct = $2, current_phase = coalesce($3, current_phase)
     WHERE id = $1 AND job_status = 'running'`,
    [id, progress.progressPct, progress.currentPhase ?? null],
  );
  return rowCount === 1;
}

/** Ends a running job: with an error message it failed. False: it does not run any more. */
export async function finishJob(
  database: Queryable,
  id: number,
  end: { readonly results?: Readonly<Record<string, unknown>>; readonly errorMessage?: string },
): Promise<boolean> {
  const { rowCount } = await database.query(
    `UPDATE model_jobs SET job_status = CASE WHEN $3::text IS NULL THEN 'completed' ELSE 'failed' END::job_status,
       progress_pct = CASE WHEN $3::text IS NULL THEN 100 ELSE progress_pct END, job_results = $2::jsonb,
       error_message = $3, completed_at = now(),
       execution_time_seconds = greatest(extract(epoch FROM now() - started_at), 0)
     WHERE id = $1 AND job_status = 'running'`,
    [id, end.results === undefined ? null : JSON.stringify(end.results), end.errorMessage ?? null],
  );
  return rowCount === 1;
}
