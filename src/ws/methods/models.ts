import type { z } from 'zod';
import { evaluationItem, jobItem, type MODELS_METHODS, modelItem } from '../../api/models.js';
import { RequestError } from '../../errors.js';
import type { ModelEvaluation, ModelJob, ModelRecord } from '../../store/model-records.js';
import type { Connection } from '../../store/pool.js';
import {
  cancelJob,
  getModel,
  listEvaluations,
  listJobs,
  listModels,
  retrainModel,
} from '../../store/repositories/models.js';
import { columnsOf, withMissing } from './analyses.js';
import type { Handlers } from './handler.js';
import { asCaller, given } from './user-rows.js';

type Model = z.input<typeof modelItem>;
type Evaluation = z.input<typeof evaluationItem>;
type Job = z.input<typeof jobItem>;

export const modelHandlers: Handlers<typeof MODELS_METHODS> = {
  'models.list': ({ type, status, limit, cursor }, context) =>
    asCaller(context, async (connection) => {
      const page = await listModels(connection, { limit, ...given({ modelType: type, status, cursor }) });
      return { items: page.items.map(modelOf), next_cursor: page.nextCursor };
    }),

  'models.get': ({ model_id: id }, context) =>
    asCaller(context, async (connection) => modelOf(await find(connection, id))),

  'models.performance': ({ model_id: modelId, limit, cursor }, context) =>
    asCaller(context, async (connection) => {
      await find(connection, modelId);
      const page = await listEvaluations(connection, { modelId, limit, ...given({ cursor }) });
      return { items: page.items.map(evaluationOf), next_cursor: page.nextCursor };
    }),

  'models.retrain': (params, context) =>
    asCaller(context, async (connection, user) => {
      const model = await find(connection, params.model_id);
      const [name] = Object.keys(params.hyperparameters ?? {});
      if (name !== undefined) {
        throw new RequestError(
          'invalid_params',
          `hyperparameters: ${model.name} is made of rules and has no "${name}"; none is taken`,
          'hyperparameters',
        );
      }
      const made = await retrainModel(connection, {
        modelId: model.id,
        initiatedBy: user.id,
        trainingDataDays: params.training_data_days,
        validationSplit: params.validation_split,
      });
      if (made.outcome === 'queued') return jobOf(made.job);
      if (made.outcome === 'not_found') throw noModel(model.id);
      throw new RequestError('conflict', `a job of ${model.name} waits or runs; see models.jobs`, 'model_id');
    }),

  'models.jobs': ({ model_id: modelId, status, limit, cursor }, context) =>
    asCaller(context, async (connection) => {
      const page = await listJobs(connection, { limit, ...given({ modelId, status, cursor }) });
      return { items: page.items.map(jobOf), next_cursor: page.nextCursor };
    }),

  'models.cancelJob': ({ id }, context) =>
    asCaller(context, async (connection) => {
      const found = await cancelJob(connection, id);
      if (found.outcome === 'cancelled') return jobOf(found.job);
      if (found.outcome === 'not_found') throw new RequestError('not_found', `there is no job ${id}`, 'id');
      throw new RequestError('conflict', `job ${id} has ended`, 'id');
    }),
};

/** @throws RequestError `not_found` */
async function find(connection: Connection, id: number): Promise<ModelRecord> {
  const model = await getModel(connection, id);
  if (model === null) throw noModel(id);
  return model;
}

function noModel(id: number): RequestError {
  return new RequestError('not_found', `there is no model ${id}`, 'model_id');
}

const columnsWithin = (shape: object): readonly string[] =>
  Object.keys(shape).filter((column) => column !== 'missing');
const MODEL_COLUMNS = columnsWithin(modelItem.shape);
const EVALUATION_COLUMNS = columnsWithin(evaluationItem.shape);
const JOB_COLUMNS = columnsWithin(jobItem.shape);

function modelOf(model: ModelRecord): Model {
  const columns = columnsOf<Omit<Model, 'missing'>>({ ...model, type: model.modelType }, MODEL_COLUMNS);
  return withMissing(columns, {
    configuration: 'it has none',
    performance_metrics: 'it was not evaluated yet; see models.retrain',
    last_trained: 'it is made of rules, which are not trained',
    deployed_at: 'it was never active',
    training_notes: 'nobody has written any',
  });
}

function evaluationOf(evaluation: ModelEvaluation): Evaluation {
  const columns = columnsOf<Omit<Evaluation, 'missing'>>(evaluation, EVALUATION_COLUMNS);
  const noMissed = 'what was not said is not judged';
  const noExits = 'the price at which a signal ended is not stored';
  return withMissing(
    columns,
    {
      ...{
        recall: noMissed,
        f1_score: noMissed,
        source_job_id: 'it was no job, or one that is cleared away',
      },
      ...{ profit_factor: noExits, sharpe_ratio: noExits, max_drawdown: noExits, total_return: noExits },
    },
    'the evaluation did not measure it',
  );
}

function jobOf(job: ModelJob): Job {
  const columns = columnsOf<Omit<Job, 'missing'>>(job, JOB_COLUMNS);
  const notBegun = 'it has not begun';
  const notEnded = 'it has not ended';
  return withMissing(columns, {
    ...{ current_phase: notBegun, started_at: notBegun, completed_at: notEnded },
    job_results: job.completedAt === null ? notEnded : 'it was not completed',
    error_message: 'it has not failed',
    execution_time_seconds: job.startedAt === null ? notBegun : 'it was not run to its end',
    initiated_by: 'the user is not there any more',
  });
}
