import t from 'tap';
import {
  activateModel,
  cancelJob,
  claimJob,
  finishJob,
  getModel,
  insertEvaluations,
  listEvaluations,
  listJobs,
  listModels,
  reportJob,
  retrainModel,
  upsertModels,
} from '../../../src/store/repositories/models.js';
import { START } from '../../support/candles.js';
import { until } from '../../support/until.js';
import { openUserSite, readAll } from '../../support/user-site.js';

const { engine, owner, as, inEngine, addUser } = await openUserSite(t);
const [admin, ada] = [await addUser('admin'), await addUser()];

const MODEL = {
  name: 'm',
  version: '1',
  architecture: 'rule_based',
  modelType: 'timing',
  trainingDataTimeframe: '1h',
  targetVariable: 'price_direction',
} as const;
const [one = 0, two = 0] = await upsertModels(engine, [MODEL, { ...MODEL, version: '2' }]);
const training = (modelId: number) =>
  ({ modelId, initiatedBy: admin, trainingDataDays: 90, validationSplit: 0.2 }) as const;

async function isLockWaitedFor(): Promise<boolean> {
  const { rowCount } = await owner.query(`SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`);
  return rowCount !== 0;
}

/** Takes what waits, so that the next test begins with nothing. */
t.afterEach(async () => {
  await owner.query(
    `UPDATE model_jobs SET job_status = 'cancelled' WHERE job_status IN ('pending', 'running')`,
  );
});

t.test('a version is written once, and one of a name is active', async (t) => {
  t.same(await upsertModels(engine, [{ ...MODEL, configuration: { rsi: 30 } }]), [one]);
  t.match(await getModel(engine, one), {
    configuration: { rsi: 30 },
    isActive: false,
    minConfidenceThreshold: 0.5,
  });
  t.equal(await getModel(engine, 4_711), null);
  t.equal(await inEngine((db) => activateModel(db, 4_711)), false);
  await Promise.all([one, two, one, two].map((id) => inEngine((db) => activateModel(db, id))));
  t.equal(await inEngine((db) => activateModel(db, one)), true);
  t.match(await getModel(engine, one), { isActive: true, status: 'active', deployedAt: Number });
  t.match(await getModel(engine, two), { isActive: false, status: 'inactive' });
  const { items } = await as(admin, (db) => listModels(db, { modelType: 'timing', isActive: true }));
  t.same(
    items.map(({ id }) => id),
    [one],
  );
  t.match(
    await readAll((cursor) => listModels(engine, { limit: 1, ...(cursor === undefined ? {} : { cursor }) })),
    (await listModels(engine, {})).items,
  );
});

t.test('a model is retrained by an admin, once at a time', async (t) => {
  const [first, second] = await as(admin, async (db) => {
    const queued = await retrainModel(db, training(one));
    const other = as(admin, (another) => retrainModel(another, training(one)));
    let isAnswered = false;
    void other.finally(() => {
      isAnswered = true;
    });
    await until('the second waits or has its answer', async () => isAnswered || (await isLockWaitedFor()));
    return [queued, { other }] as const;
  });
  t.match(first, {
    outcome: 'queued',
    job: {
      ...{ modelId: one, jobStatus: 'pending', jobCategory: 'training', initiatedBy: admin },
      jobConfig: { training_data_days: 90, validation_split: 0.2, hyperparameters: {} },
    },
  });
  t.same(await second.other, { outcome: 'conflict' }, 'it waited for the first to commit');
  t.match(await as(admin, (db) => retrainModel(db, training(4_711))), { outcome: 'not_found' });
  await t.rejects(
    as(ada, (db) => retrainModel(db, { ...training(two), initiatedBy: ada })),
    { code: '42501' },
  );
});

t.test('a job that waits or runs can be cancelled, and who runs it finds out', async (t) => {
  const queue = async (): Promise<number> => {
    const queued = await as(admin, (db) => retrainModel(db, training(two)));
    return queued.outcome === 'queued' ? queued.job.id : 0;
  };
  const waiting = await queue();
  t.equal((await as(ada, (db) => cancelJob(db, waiting))).outcome, 'not_found', 'no admin');
  t.match(await as(admin, (db) => cancelJob(db, waiting)), {
    ...{ outcome: 'cancelled', job: { jobStatus: 'cancelled', completedAt: Number } },
  });
  t.match(await as(admin, (db) => cancelJob(db, waiting)), { outcome: 'conflict' });
  t.match(await as(admin, (db) => cancelJob(db, 4_711)), { outcome: 'not_found' });
  const running = await queue();
  t.match(await claimJob(engine), { id: running, jobStatus: 'running', startedAt: Number });
  t.equal(await reportJob(engine, running, { progressPct: 50, currentPhase: 'fit' }), true);
  t.equal((await as(admin, (db) => cancelJob(db, running))).outcome, 'cancelled');
  t.equal(await reportJob(engine, running, { progressPct: 60 }), false);
  t.equal(await finishJob(engine, running, {}), false);
  t.equal(await claimJob(engine), null);
});

t.test('jobs are taken once, the most urgent first, and end completed or failed', async (t) => {
  await owner.query(
    `INSERT INTO model_jobs (model_id, job_status, job_category, job_type, job_config, priority, next_run_time)
     VALUES ($1, 'pending', 'evaluation', 'low', '{}', 'low', NULL),
       ($1, 'pending', 'evaluation', 'first', '{}', 'urgent', NULL),
       ($1, 'pending', 'evaluation', 'later', '{}', 'urgent', now() + interval '1 hour')`,
    [one],
  );
  const first = await claimJob(engine);
  t.equal(first?.jobType, 'first');
  const taken = await Promise.all([claimJob(engine), claimJob(engine)]);
  const low = taken.find((job) => job !== null);
  t.equal(low?.jobType, 'low');
  t.equal(taken.filter((job) => job !== null).length, 1);
  t.equal(await finishJob(engine, first?.id ?? 0, { results: { auc: 0.9 } }), true);
  t.equal(await finishJob(engine, low?.id ?? 0, { errorMessage: 'no data' }), true);
  t.match((await as(admin, (db) => listJobs(db, { modelId: one, status: 'completed' }))).items, [
    { jobResults: { auc: 0.9 }, progressPct: 100, executionTimeSeconds: Number },
  ]);
  t.match((await as(admin, (db) => listJobs(db, { status: 'failed', category: 'evaluation' }))).items, [
    { errorMessage: 'no data', progressPct: 0 },
  ]);
  t.same((await as(ada, (db) => listJobs(db, {}))).items, []);
  const all = await as(admin, (db) =>
    readAll((cursor) => listJobs(db, { limit: 2, ...(cursor === undefined ? {} : { cursor }) })),
  );
  t.equal(new Set(all.map(({ id }) => id)).size, all.length);
  t.ok(all.length >= 5);
});

t.test('evaluations of a model are listed, the newest first, to admins', async (t) => {
  t.same((await as(admin, (db) => listEvaluations(db, { modelId: one }))).items, []);
  const at = (evaluationDate: number) =>
    ({ modelId: one, evaluationDate, evaluationType: 'backtesting', winRate: 0.5, r2Score: -3 }) as const;
  await insertEvaluations(engine, [at(START), at(START + 1), at(START + 1)]);
  const all = await as(admin, (db) =>
    readAll((cursor) =>
      listEvaluations(db, { modelId: one, limit: 1, ...(cursor === undefined ? {} : { cursor }) }),
    ),
  );
  t.same(
    all.map(({ evaluationDate }) => evaluationDate),
    [START + 1, START + 1, START],
  );
  t.match(all[0], { winRate: 0.5, r2Score: -3, accuracy: null });
  t.same((await as(ada, (db) => listEvaluations(db, { modelId: one }))).items, []);
});
