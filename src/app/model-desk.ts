import type { Logger } from '../logger.js';
import type { ModelJob, NewModelEvaluation } from '../store/model-records.js';
import { type Pool, transaction } from '../store/pool.js';
import {
  claimOnlyJob,
  type JudgedFigures,
  judgedFigures,
  setPerformanceMetrics,
} from '../store/repositories/model-evaluations.js';
import { finishJob, insertEvaluations, reportJob } from '../store/repositories/models.js';
import { DAY_MS } from '../timeframe.js';

export interface ModelDeskOptions {
  /** The server's own work. */
  readonly engine: Pool;
  /** Whose prices are judged by, such as `binance`. */
  readonly dataSource: string;
  /** The market's time, ms. */
  readonly now: () => number;
  readonly logger: Logger;
}

/** What a turn has done; `cancelled`: an admin has, meanwhile. */
export type ModelTurn = 'idle' | 'completed' | 'failed' | 'cancelled';

/** Someone has cancelled the job: rolls back what it would write. */
class Cancelled extends Error {
  override name = 'Cancelled';
}

const NOTE = 'rules: evaluated, nothing trained';

/**
 * Does what admins ask of models, one job at a time over all servers. The models are rules and have no weights: a retraining
 * measures what became of what they have said, the older part and the newer one apart.
 */
export class ModelDesk {
  readonly #options: ModelDeskOptions;

  constructor(options: ModelDeskOptions) {
    this.#options = options;
  }

  /** Does the next job, if there is one. @throws what the database throws while it is looked for */
  async turn(): Promise<ModelTurn> {
    const { engine, logger } = this.#options;
    const job = await claimOnlyJob(engine);
    if (job === null) return 'idle';
    try {
      await this.#evaluate(job);
      logger.info({ job: job.id, model: job.modelId }, 'a model was evaluated');
      return 'completed';
    } catch (error) {
      if (error instanceof Cancelled) return 'cancelled';
      logger.error({ err: error, job: job.id }, 'a job of a model failed');
      const errorMessage = error instanceof Error ? error.message : String(error);
      await finishJob(engine, job.id, { errorMessage });
      return 'failed';
    }
  }

  /** @throws Cancelled */
  async #evaluate(job: ModelJob): Promise<void> {
    const { engine, dataSource, now } = this.#options;
    const { days, validationSplit } = configOf(job);
    await this.#report(job.id, 10, 'reading');
    const to = now();
    const query = { modelId: job.modelId, dataSource, from: to - days * DAY_MS, to, validationSplit };
    const parts = await judgedFigures(engine, query);
    await this.#report(job.id, 70, 'writing');
    const validation = parts.find(({ part }) => part === 'validation') ?? null;
    await transaction(engine, async (connection) => {
      await insertEvaluations(
        connection,
        parts.map((part) =>
          evaluation(job, part, to, { data_source: dataSource, days, validation_split: validationSplit }),
        ),
      );
      if (validation !== null) {
        await setPerformanceMetrics(connection, job.modelId, {
          ...{ accuracy: rate(validation), precision: rate(validation), recall: null },
          ...{ samples: validation.samples, evaluated_at: to, data_source: dataSource },
          missing: { recall: NO_RECALL },
        });
      }
      const results = {
        note: NOTE,
        data_source: dataSource,
        samples: parts.reduce((sum, { samples }) => sum + samples, 0),
        ...Object.fromEntries(
          parts.map((part) => [part.part, { samples: part.samples, accuracy: rate(part) }]),
        ),
        ...(parts.length === 0 ? { missing: { samples: NOTHING_JUDGED } } : {}),
      };
      if (!(await finishJob(connection, job.id, { results }))) throw new Cancelled();
    });
  }

  /** @throws Cancelled */
  async #report(id: number, progressPct: number, currentPhase: string): Promise<void> {
    if (!(await reportJob(this.#options.engine, id, { progressPct, currentPhase }))) throw new Cancelled();
  }
}

const NOTHING_JUDGED = 'of what this model has said nothing was judged in that time';
const NO_RECALL = 'what was not said is not judged';

/** @throws RangeError if the job is none that this program knows */
function configOf({ jobType, jobConfig }: ModelJob): {
  readonly days: number;
  readonly validationSplit: number;
} {
  const { training_data_days: days, validation_split: validationSplit } = jobConfig;
  if (jobType === 'retrain' && typeof days === 'number' && typeof validationSplit === 'number') {
    return { days, validationSplit };
  }
  throw new RangeError(`a job of the type ${jobType}, or what it asks for, is not known here`);
}

function rate({ successes, samples }: JudgedFigures): number {
  return successes / samples;
}

function evaluation(
  { id, modelId }: ModelJob,
  part: JudgedFigures,
  evaluationDate: number,
  metadata: Readonly<Record<string, unknown>>,
): NewModelEvaluation {
  return {
    modelId,
    sourceJobId: id,
    evaluationDate,
    evaluationType: 'job_triggered',
    // All that is said is positive, so the share that was right is all three.
    accuracy: rate(part),
    precisionScore: rate(part),
    winRate: rate(part),
    sampleCount: part.samples,
    confidenceAvg: part.meanConfidence,
    confidenceStd: part.confidenceDeviation,
    truePositives: part.successes,
    falsePositives: part.samples - part.successes,
    detailedMetrics: { brier_score: part.brierScore },
    evaluationMetadata: { ...metadata, part: part.part, first: part.first, last: part.last },
    evaluationStatus: 'completed',
    evaluationNotes: NOTE,
  };
}
