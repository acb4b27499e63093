import t from 'tap';
import { ModelDesk } from '../../../src/app/model-desk.js';
import { claimJob, finishJob, insertEvaluations } from '../../../src/store/repositories/models.js';
import { HOUR_MS } from '../../../src/timeframe.js';
import type { MethodContext } from '../../../src/ws/methods/registry.js';
import { silent } from '../../support/folder.js';
import { openMethodSite, unexplained } from '../../support/method-site.js';

const { ask, refusal, owner, engine, addUser } = await openMethodSite(t);
const adminId = await addUser('admin');
const admin = by(adminId, 'admin');
const ada = by(await addUser(), 'public');
const { items } = (await ask('models.list', {}, admin)) as { items: { id: number; name: string }[] };
const model = items.find(({ name }) => name === 'signal_timing')?.id ?? 0;
/** Columns of which nothing has to be said. */
const JSON_COLUMNS = ['performance_metrics', 'job_results', 'next_cursor'];

function by(id: number, role: 'admin' | 'public'): Pick<MethodContext, 'caller'> {
  const user = { id, sessionId: 1, role, isVerified: true, expiresAt: Date.now() + HOUR_MS } as const;
  return { caller: { user, address: '127.0.0.1', agent: null } };
}

t.beforeEach(() => owner.query('TRUNCATE model_jobs, model_performance'));

t.test('models are for admins', async (t) => {
  for (const [method, params] of [
    ['models.list', {}],
    ['models.get', { model_id: model }],
    ['models.performance', { model_id: model }],
    ['models.retrain', { model_id: model }],
    ['models.jobs', {}],
    ['models.cancelJob', { id: 1 }],
  ] as const) {
    t.match(await refusal(method, params), { code: 'unauthenticated' }, method);
    t.match(await refusal(method, params, ada), { code: 'forbidden' }, method);
    t.match(
      await refusal(method, { ...params, colour: 'red' }, admin),
      { code: 'invalid_params', field: 'colour' },
      method,
    );
  }
});

t.test('the models are listed with what the last evaluation found, or why there is none', async (t) => {
  t.same(items.map(({ name }) => name).slice(0, 4), [
    'macro_regime',
    'sector_rotation',
    'asset_selection',
    'signal_timing',
  ]);
  const timing = await ask('models.list', { type: 'timing' }, admin);
  t.match(timing, {
    items: [
      {
        ...{ id: model, type: 'timing', architecture: 'rule_based', last_trained: null },
        missing: {
          last_trained: 'it is made of rules, which are not trained',
          performance_metrics: /not evaluated/,
        },
      },
    ],
  });
  t.same(unexplained(timing, JSON_COLUMNS), []);
  t.match(await ask('models.get', { model_id: model }, admin), { name: 'signal_timing', version: '1.0.0' });
  t.match(await ask('models.list', { status: 'error' }, admin), { items: [], next_cursor: null });
  for (const method of ['models.get', 'models.performance', 'models.retrain']) {
    t.match(
      await refusal(method, { model_id: 99_999 }, admin),
      { code: 'not_found', field: 'model_id' },
      method,
    );
  }
});

t.test('evaluations are the newest first, with why figures are null', async (t) => {
  const evaluation = { modelId: model, evaluationType: 'job_triggered', accuracy: 0.5 } as const;
  await insertEvaluations(engine, [
    { ...evaluation, evaluationDate: 1_000 },
    { ...evaluation, evaluationDate: 2_000 },
  ]);
  const page = await ask('models.performance', { model_id: model, limit: 1 }, admin);
  t.match(page, {
    items: [{ evaluation_date: 2_000, accuracy: 0.5, recall: null, missing: { recall: /is not judged/ } }],
    next_cursor: String,
  });
  t.same(unexplained(page, JSON_COLUMNS), []);
  t.match(await ask('models.performance', { model_id: model, limit: 1, cursor: page.next_cursor }, admin), {
    items: [{ evaluation_date: 1_000 }],
    next_cursor: null,
  });
  t.match(await refusal('models.performance', { model_id: model, cursor: 'x' }, admin), { field: 'cursor' });
});

t.test('a retraining is a job that waits, runs and ends, one of a model at a time', async (t) => {
  const asked = { model_id: model, training_data_days: 30, validation_split: 0.25 };
  const job = await ask('models.retrain', asked, admin);
  t.match(job, {
    ...{ model_id: model, job_status: 'pending', initiated_by: adminId, started_at: null, progress_pct: 0 },
    job_config: { training_data_days: 30, validation_split: 0.25, hyperparameters: {} },
    missing: { started_at: 'it has not begun', completed_at: 'it has not ended' },
  });
  t.same(unexplained(job, JSON_COLUMNS), []);
  t.match(await refusal('models.retrain', asked, admin), { code: 'conflict', field: 'model_id' });
  const desk = new ModelDesk({ engine, dataSource: 'demo', now: Date.now, logger: silent });
  t.equal(await desk.turn(), 'completed');
  t.match(await ask('models.jobs', { model_id: model, status: 'completed' }, admin), {
    items: [{ id: job.id, progress_pct: 100, job_results: { note: 'rules: evaluated, nothing trained' } }],
  });
  t.match(await ask('models.jobs', { status: 'pending' }, admin), { items: [] });
  for (const [different, field] of [
    [{ training_data_days: 0 }, 'training_data_days'],
    [{ validation_split: 1 }, 'validation_split'],
    [{ hyperparameters: [] }, 'hyperparameters'],
    [{ hyperparameters: { learning_rate: 0.1 } }, 'hyperparameters'],
  ] as const) {
    t.match(await refusal('models.retrain', { ...asked, ...different }, admin), {
      code: 'invalid_params',
      field,
    });
  }
  t.match(await refusal('models.retrain', { ...asked, hyperparameters: { depth: 1 } }, admin), {
    message: 'hyperparameters: signal_timing is made of rules and has no "depth"; none is taken',
  });
});

t.test('a job that waits or runs is cancelled, one that has ended not', async (t) => {
  const waiting = await ask('models.retrain', { model_id: model }, admin);
  t.match(await ask('models.cancelJob', { id: waiting.id }, admin), { job_status: 'cancelled' });
  t.match(await refusal('models.cancelJob', { id: waiting.id }, admin), { code: 'conflict', field: 'id' });
  t.match(await refusal('models.cancelJob', { id: 99_999 }, admin), { code: 'not_found', field: 'id' });
  const running = await ask('models.retrain', { model_id: model }, admin);
  await claimJob(engine);
  t.match(await ask('models.cancelJob', { id: running.id }, admin), { job_status: 'cancelled' });
  t.equal(await finishJob(engine, Number(running.id), { results: {} }), false);
});
