import t from 'tap';
import { ModelDesk } from '../../src/app/model-desk.js';
import type { ModelJob } from '../../src/store/model-records.js';
import type { Pool } from '../../src/store/pool.js';
import {
  cancelJob,
  claimJob,
  getModel,
  listEvaluations,
  listJobs,
  retrainModel,
} from '../../src/store/repositories/models.js';
import { insertPredictions, realizePredictions } from '../../src/store/repositories/predictions.js';
import { endSignals } from '../../src/store/repositories/signal-ends.js';
import { insertSignals } from '../../src/store/repositories/signals.js';
import { DAY_MS, MINUTE_MS } from '../../src/timeframe.js';
import { silent } from '../support/folder.js';
import { makeModel, signal } from '../support/signals.js';
import { openUserSite } from '../support/user-site.js';

const { owner, engine, inEngine, as, addUser, addAssets } = await openUserSite(t);
const model = await makeModel(owner);
const admin = await addUser('admin');
const [asset = 0] = await addAssets(1);
const [elsewhere = 0] = await addAssets(1, 'demo');
const NOW = Date.UTC(2024, 2, 11);

const makeDesk = (pool: Pool = engine): ModelDesk =>
  new ModelDesk({ engine: pool, dataSource: 'binance', now: () => NOW, logger: silent });

t.beforeEach(async () => {
  await owner.query('TRUNCATE model_jobs, model_performance, ai_trading_signals, predictions CASCADE');
  await owner.query('UPDATE ai_models SET performance_metrics = NULL');
});

async function ask(days = 90, validationSplit = 0.5): Promise<ModelJob> {
  const made = await as(admin, (db) =>
    retrainModel(db, { modelId: model, initiatedBy: admin, trainingDataDays: days, validationSplit }),
  );
  if (made.outcome !== 'queued') throw new Error(made.outcome);
  return made.job;
}

async function jobs(): Promise<readonly ModelJob[]> {
  return (await listJobs(engine, {})).items;
}

/** A signal that is judged, or not. */
async function judged(isSuccessful: boolean | null, confidenceScore: number, candleTime: number, more = {}) {
  const made = await inEngine((db) =>
    insertSignals(db, [
      signal(model, { assetId: asset, confidenceScore, candleTime, channels: [], ...more }),
    ]),
  );
  t.ok(made);
  const { rows } = await owner.query<{ id: number }>('SELECT max(id) AS id FROM ai_trading_signals');
  const id = rows[0]?.id ?? 0;
  if (isSuccessful === null) return;
  await inEngine((db) => endSignals(db, [{ id, status: 'executed', signalSuccessful: isSuccessful }]));
}

t.test(
  'a retraining measures what became of what was said, the older part and the newer one apart',
  async (t) => {
    const before = (days: number): number => NOW - days * DAY_MS;
    await judged(true, 0.75, before(5));
    await judged(false, 0.25, before(4));
    await judged(true, 0.5, before(3));
    const said = {
      ...{ assetId: asset, aiModelId: model, inputPrice: '100', predictedPrice: '100' },
      ...{ confidenceScore: 1, predictionHorizon: 24, targetDatetime: before(2) },
    };
    const predicted = await insertPredictions(engine, [said, { ...said, userId: admin }]);
    await realizePredictions(
      engine,
      predicted.map(({ id }) => ({ id, actualPrice: '100' })),
    );
    // Not judged, of a user, of another source, and too old.
    await judged(null, 0.9, before(2));
    await judged(false, 0.9, before(2) + MINUTE_MS, { userId: admin });
    await judged(false, 0.9, before(2), { assetId: elsewhere });
    await judged(false, 0.9, before(91));
    const job = await ask();
    const desk = makeDesk();
    t.equal(await desk.turn(), 'completed');
    t.equal(await desk.turn(), 'idle');
    t.match(await jobs(), [
      {
        ...{
          id: job.id,
          jobStatus: 'completed',
          progressPct: 100,
          currentPhase: 'writing',
          errorMessage: null,
        },
        jobResults: {
          note: 'rules: evaluated, nothing trained',
          samples: 4,
          training: { samples: 2, accuracy: 0.5 },
          validation: { samples: 2, accuracy: 1 },
        },
      },
    ]);
    const { items } = await listEvaluations(engine, { modelId: model });
    t.match(
      items.toSorted((a, b) => a.id - b.id),
      [
        {
          ...{ sourceJobId: job.id, evaluationDate: NOW, sampleCount: 2, accuracy: 0.5, truePositives: 1 },
          ...{ falsePositives: 1, recall: null, confidenceAvg: 0.5, confidenceStd: 0.25 },
          detailedMetrics: { brier_score: 0.0625 },
          evaluationMetadata: { part: 'training', data_source: 'binance', first: before(5), last: before(4) },
        },
        {
          ...{ accuracy: 1, detailedMetrics: { brier_score: 0.125 } },
          evaluationMetadata: {
            part: 'validation',
            validation_split: 0.5,
            first: before(3),
            last: before(2),
          },
        },
      ],
    );
    t.match(await getModel(engine, model), {
      performanceMetrics: { accuracy: 1, precision: 1, recall: null, samples: 2 },
      lastTrained: null,
    });
  },
);

t.test('where nothing was judged no figure is made up', async (t) => {
  await ask(7, 0.2);
  t.equal(await makeDesk().turn(), 'completed');
  t.match(await jobs(), [{ jobResults: { samples: 0, missing: { samples: /nothing was judged/ } } }]);
  t.same((await listEvaluations(engine, { modelId: model })).items, []);
  t.match(await getModel(engine, model), { performanceMetrics: null });
});

t.test('one job runs at a time over all servers, and one whose server has ended fails', async (t) => {
  const job = await ask();
  await claimJob(engine);
  await owner.query(
    `INSERT INTO model_jobs (model_id, job_status, job_category, job_type, job_config)
     VALUES ($1, 'pending', 'training', 'retrain', '{"training_data_days": 1, "validation_split": 0.2}')`,
    [model],
  );
  t.equal(await makeDesk().turn(), 'idle');
  await owner.query('ALTER TABLE model_jobs DISABLE TRIGGER trg_model_jobs_updated_at');
  await owner.query(`UPDATE model_jobs SET updated_at = now() - interval '11 minutes' WHERE id = $1`, [
    job.id,
  ]);
  await owner.query('ALTER TABLE model_jobs ENABLE TRIGGER trg_model_jobs_updated_at');
  const turns = await Promise.all([makeDesk().turn(), makeDesk().turn()]);
  t.same(turns.toSorted(), ['completed', 'idle']);
  t.match(
    (await jobs()).find(({ id }) => id === job.id),
    { jobStatus: 'failed', errorMessage: 'the server that ran it has ended' },
  );
});

t.test('a job that is cancelled while it runs writes nothing', async (t) => {
  await judged(true, 0.75, NOW - DAY_MS);
  const job = await ask();
  // Cancels when the figures are read, and at no other moment.
  const pool = new Proxy(engine, {
    get(target, key) {
      if (key !== 'query') return Reflect.get(target, key).bind?.(target) ?? Reflect.get(target, key);
      return async (text: string, values?: unknown[]) => {
        if (text.includes('WITH samples')) await as(admin, (db) => cancelJob(db, job.id));
        return target.query(text, values);
      };
    },
  });
  t.equal(await makeDesk(pool).turn(), 'cancelled');
  t.match(await jobs(), [{ jobStatus: 'cancelled', jobResults: null }]);
  t.same((await listEvaluations(engine, { modelId: model })).items, []);
});

t.test('a job that is not known here fails with the reason', async (t) => {
  await owner.query(
    `INSERT INTO model_jobs (model_id, job_status, job_category, job_type, job_config)
     VALUES ($1, 'pending', 'deployment', 'deploy', '{}')`,
    [model],
  );
  t.equal(await makeDesk().turn(), 'failed');
  t.match(await jobs(), [{ jobStatus: 'failed', errorMessage: /^a job of the type deploy/, progressPct: 0 }]);
});
