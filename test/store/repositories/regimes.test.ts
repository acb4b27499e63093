import t from 'tap';
import {
  listRegimes,
  newestRegime,
  newestRegimeOfEach,
  regimeHistory,
  regimeTransitions,
  upsertRegimes,
} from '../../../src/store/repositories/regimes.js';
import { HOUR, makeSnapshot, plansOf, regime } from '../../support/analyses.js';
import { START } from '../../support/candles.js';
import { makeModel } from '../../support/signals.js';
import { openUserSite, readAll } from '../../support/user-site.js';

const { owner, engine, as } = await openUserSite(t);
const model = await makeModel(owner);
const SERIES = { dataSource: 'binance', timeframe: '1h' } as const;

t.test('a series without analyses gives nothing', async (t) => {
  t.equal(await newestRegime(engine, SERIES), null);
  t.same(await newestRegimeOfEach(engine, 'binance'), []);
  t.same(await listRegimes(engine, SERIES), { items: [], nextCursor: null });
  const range = { ...SERIES, from: START, to: START + HOUR };
  t.same(await regimeHistory(engine, { ...range, bucketMs: HOUR }), []);
  t.same(await regimeTransitions(engine, range), []);
});

t.test('analyses are of one data source, and not of a backtest unless asked for', async (t) => {
  const real = await makeSnapshot(engine);
  const simulated = await makeSnapshot(engine, { dataSource: 'demo' });
  const [id, other] = await upsertRegimes(engine, [
    regime(model, real),
    regime(model, simulated, {
      analysisTime: START + HOUR,
      currentRegime: 'Bear',
      dataSource: 'simulation',
    }),
    regime(model, real, {
      analysisTime: START + 2 * HOUR,
      currentRegime: 'Sideways',
      dataSource: 'backtest',
    }),
    regime(model, real, { analysisTimeframe: '1d', currentRegime: 'Transition' }),
  ]);
  t.match(await as(null, (db) => newestRegime(db, SERIES)), {
    id,
    currentRegime: 'Bull',
    regimeConfidence: 0.8,
  });
  t.match(await newestRegime(engine, { ...SERIES, dataSource: 'demo' }), {
    id: other,
    currentRegime: 'Bear',
  });
  t.match(await newestRegime(engine, { ...SERIES, source: 'backtest' }), { currentRegime: 'Sideways' });
  const range = { ...SERIES, from: START, to: START + 4 * HOUR, bucketMs: 4 * HOUR };
  t.match(await regimeHistory(engine, range), [{ id }]);
  t.match(
    await regimeHistory(engine, { ...range, dataSource: 'demo' }),
    [{ id: other }],
    'of made up prices',
  );
  t.match(await newestRegimeOfEach(engine, 'binance'), [
    { analysisTimeframe: '1h', currentRegime: 'Bull' },
    { analysisTimeframe: '1d', currentRegime: 'Transition' },
  ]);
  t.same(
    (await listRegimes(engine, SERIES)).items.map((r) => r.id),
    [id],
  );
  t.same(
    await upsertRegimes(engine, [regime(model, real, { currentRegime: 'Distribution' })]),
    [id],
    'said again of one snapshot it is the same row',
  );
  t.match(await newestRegime(engine, SERIES), { id, currentRegime: 'Distribution' });
});

t.test('lists, buckets and transitions of many analyses, by the index', async (t) => {
  await owner.query(
    `INSERT INTO metrics_snapshot (snapshot_time, timeframe, btc_price_usd, data_source)
     SELECT to_timestamp($1::float8 / 1000) + n * interval '1 hour', '1h', 1, 'many' FROM generate_series(0, 3999) n`,
    [START],
  );
  // Three hours up, one down; two analyses of each time would be ties.
  await owner.query(
    `INSERT INTO ai_regime_analysis (metrics_snapshot_id, ai_model_id, analysis_time, analysis_timeframe, current_regime,
       regime_confidence)
     SELECT id, $1, date_trunc('day', snapshot_time), '1h',
       CASE row_number() OVER (ORDER BY snapshot_time) % 4 WHEN 0 THEN 'Bear' ELSE 'Bull' END::market_regime, 0.5
     FROM metrics_snapshot WHERE data_source = 'many'`,
    [model],
  );
  await owner.query('ANALYZE metrics_snapshot, ai_regime_analysis');
  const many = { ...SERIES, dataSource: 'many' };
  const day = Math.ceil(START / (24 * HOUR)) * 24 * HOUR;
  const range = { ...many, from: day, to: day + 4 * 24 * HOUR };
  for (const limit of [5, 7, 500]) {
    const all = await readAll((cursor) =>
      listRegimes(engine, { ...range, limit, ...(cursor === undefined ? {} : { cursor }) }),
    );
    t.equal(all.length, 96);
    t.equal(new Set(all.map(({ id }) => id)).size, 96, 'ties neither repeat nor are lost');
  }
  t.same(
    (await regimeHistory(engine, { ...range, bucketMs: 24 * HOUR })).map(({ analysisTime }) => analysisTime),
    [0, 1, 2, 3].map((n) => day + n * 24 * HOUR),
  );
  const transitions = await regimeTransitions(engine, range);
  t.equal(
    transitions.reduce((sum, { count }) => sum + count, 0),
    95,
  );
  t.same(
    transitions.map(({ from, to }) => `${from} ${to}`),
    ['Bull Bull', 'Bull Bear', 'Bear Bull'],
  );
  for (const plans of [
    await plansOf(engine, (db) => newestRegime(db, many)),
    await plansOf(engine, (db) => listRegimes(db, many)),
    await plansOf(engine, (db) => newestRegimeOfEach(db, 'many')),
  ]) {
    t.match(plans, 'idx_ai_regime_analysis_newest');
    t.notMatch(plans, 'Seq Scan');
  }
});
