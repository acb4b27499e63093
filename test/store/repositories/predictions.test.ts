import t from 'tap';
import {
  dueRealizations,
  getPrediction,
  insertPredictions,
  listPredictions,
  openPredictions,
  predictionAnalytics,
  realizePredictions,
} from '../../../src/store/repositories/predictions.js';
import { plansOf } from '../../support/analyses.js';
import { makeModel } from '../../support/signals.js';
import { openUserSite, readAll } from '../../support/user-site.js';

const { owner, engine, as, addUser, addAssets } = await openUserSite(t);
const model = await makeModel(owner);
const [asset = 0, other = 0] = await addAssets(2);
const [ada, bob] = [await addUser(), await addUser()];
const QUERY = { dataSource: 'binance' };

type Given = Parameters<typeof insertPredictions>[1][number];
let made = 0;

function prediction(different: Partial<Given> = {}): Given {
  return {
    ...{ assetId: asset, aiModelId: model, confidenceScore: 0.5, predictionHorizon: 24 },
    ...{ targetDatetime: Date.now() - 100_000 + ++made, inputPrice: '90', predictedPrice: '100' },
    ...different,
  };
}

t.test(
  'what the engine has said of a time stays as it was said; users ask as often as they like',
  async (t) => {
    t.same(await listPredictions(engine, QUERY), { items: [], nextCursor: null });
    t.equal(await getPrediction(engine, 4_711), null);
    const said = prediction({ layerSource: 4, featuresUsed: ['rsi'] });
    const [first] = await insertPredictions(engine, [said]);
    t.same(await insertPredictions(engine, [{ ...said, predictedPrice: '200' }]), []);
    t.match(await getPrediction(engine, first?.id ?? 0), {
      ...{ predictedPrice: '100', symbol: /USDT/, modelName: 'test', layerSource: 4, featuresUsed: ['rsi'] },
    });
    const own = prediction({ userId: ada });
    const asked = [
      ...(await as(ada, (db) => insertPredictions(db, [own]))),
      ...(await as(ada, (db) => insertPredictions(db, [own]))),
    ];
    t.equal(asked.length, 2);
    await t.rejects(
      as(bob, (db) => insertPredictions(db, [own])),
      { code: '42501' },
    );
    const ids = async (userId: number | null, filter = {}): Promise<readonly number[]> =>
      (await as(userId, (db) => listPredictions(db, { ...QUERY, ...filter }))).items.map(({ id }) => id);
    t.same(await ids(null), [first?.id]);
    t.same(await ids(bob), [first?.id]);
    t.same(await ids(ada), [...asked.map(({ id }) => id).toReversed(), first?.id]);
    t.same(await ids(ada, { layer: 4 }), [first?.id]);
    t.same(await ids(ada, { horizon: 1 }), []);
    t.same(await ids(ada, { dataSource: 'demo' }), []);
  },
);

t.test('what became of a prediction is written once', async (t) => {
  const due = await insertPredictions(engine, [
    prediction({ assetId: other }),
    prediction({ assetId: other, predictedPrice: '300' }),
    prediction({
      assetId: other,
      predictionType: 'trend',
      predictedPrice: null,
      predictedValue: { up: true },
    }),
    prediction({ assetId: other, targetDatetime: Date.now() + 3_600_000 }),
  ]);
  const [near = 0, far = 0, trend = 0, later] = due.map(({ id }) => id);
  t.same(await dueRealizations(engine, { now: Date.now(), limit: 100 }), [], 'no candle is stored');
  const actual = [near, far, trend, 4_711].map((id) => ({ id, actualPrice: '104' }));
  const counts = await Promise.all([1, 2, 3].map(() => realizePredictions(engine, actual)));
  t.equal(
    counts.reduce((sum, count) => sum + count, 0),
    3,
  );
  t.equal(await realizePredictions(engine, [{ id: near, actualPrice: '1' }]), 0);
  t.equal(await realizePredictions(engine, []), 0);
  t.match(await getPrediction(engine, near), {
    ...{ isRealized: true, actualPrice: '104', absoluteError: 4, squaredError: 16, isAccurate: true },
    ...{ accuracyPercentage: 100 - 400 / 104, evaluatedAt: Number },
  });
  t.match(await getPrediction(engine, far), { isAccurate: false, accuracyPercentage: 0 });
  t.match(await getPrediction(engine, trend), { isRealized: true, isAccurate: null, absoluteError: null });
  await t.rejects(realizePredictions(engine, [{ id: later ?? 0, actualPrice: '0' }]));
});

t.test(
  'a direction is right if the price has moved that way, a regime if it is the one that came',
  async (t) => {
    const said = [
      { predictionType: 'trend', predictedValue: { direction: 'up' } },
      { predictionType: 'trend', predictedValue: { direction: 'down' } },
      { predictionType: 'event', predictedValue: { regime: 'Bull' }, contextData: { kept: 1 } },
      { predictionType: 'event', predictedValue: { regime: 'Bear' } },
    ] as const;
    const made = await insertPredictions(
      engine,
      said.map((one) => prediction({ ...one, assetId: other, predictedPrice: null, inputPrice: '100' })),
    );
    const ids = made.map(({ id }) => id);
    const read = async (): Promise<readonly unknown[]> =>
      (await Promise.all(ids.map((id) => getPrediction(engine, id)))).map((found) => found?.isAccurate);
    await realizePredictions(
      engine,
      ids.map((id) => ({ id, actualPrice: '100.5', actualRegime: 'Bull' as const })),
    );
    t.same(await read(), [true, false, true, false]);
    t.match(await getPrediction(engine, ids[2] ?? 0), { contextData: { kept: 1, actual_regime: 'Bull' } });
    const [still] = await insertPredictions(engine, [
      prediction({ ...said[0], assetId: other, predictedPrice: null, inputPrice: '100' }),
    ]);
    await realizePredictions(engine, [{ id: still?.id ?? 0, actualPrice: '100' }]);
    t.match(await getPrediction(engine, still?.id ?? 0), { isAccurate: false, accuracyPercentage: null });
  },
);

t.test(
  'figures count what became of the server’s own, or of a user’s; null where nothing is known',
  async (t) => {
    const none = await predictionAnalytics(engine, { ...QUERY, from: Date.now() + 100_000 });
    t.match(none, {
      total: { predictions: 0, judged: 0, accurateRate: null, meanAccuracy: null, meanConfidence: null },
      byLayer: [],
      byHorizon: [],
      byModel: [],
    });
    const figures = await as(null, (db) => predictionAnalytics(db, { ...QUERY, from: 0 }));
    t.match(figures, {
      total: {
        predictions: 10,
        realized: 8,
        judged: 7,
        accurate: 3,
        accurateRate: 3 / 7,
        meanConfidence: 0.5,
      },
      byLayer: [
        { layer: 3, predictions: 9, realized: 8 },
        { layer: 4, predictions: 1, realized: 0, accurate: 0, accurateRate: null, meanAccuracy: null },
      ],
      byHorizon: [{ horizon: 24, predictions: 10 }],
      byModel: [{ model: 'test 1.0.0', predictions: 10 }],
    });
    t.equal((await predictionAnalytics(engine, { ...QUERY, from: 0, layer: 4 })).total.predictions, 1);
    const own = (userId: number) =>
      as(userId, (db) => predictionAnalytics(db, { ...QUERY, from: 0, userId }));
    t.equal((await own(ada)).total.predictions, 2);
    t.equal((await own(bob)).total.predictions, 0);
    t.equal(
      (await as(bob, (db) => predictionAnalytics(db, { ...QUERY, from: 0, userId: ada }))).total.predictions,
      0,
    );
    t.equal(await as(ada, (db) => openPredictions(db, ada)), 0);
    const later = prediction({ userId: ada, targetDatetime: Date.now() + 3_600_000 });
    await as(ada, (db) => insertPredictions(db, [later]));
    t.equal(await as(ada, (db) => openPredictions(db, ada)), 1);
  },
);

t.test('pages over equal times lose none, and are read by an index', async (t) => {
  await owner.query(
    `INSERT INTO predictions (asset_id, ai_model_id, confidence_score, prediction_horizon, target_datetime, input_price,
       predicted_price, layer_source)
     SELECT $1, $2, 0.5, n, now(), 1, 1, CASE WHEN n > 3980 THEN 1 ELSE 2 END FROM generate_series(1, 4000) n`,
    [asset, model],
  );
  await owner.query('ANALYZE predictions, assets');
  for (const limit of [1, 7, 20]) {
    const all = await readAll((cursor) =>
      listPredictions(engine, { ...QUERY, layer: 1, limit, ...(cursor === undefined ? {} : { cursor }) }),
    );
    t.equal(new Set(all.map(({ id }) => id)).size, 20);
  }
  const symbol = (await listPredictions(engine, { ...QUERY, limit: 1 })).items[0]?.symbol ?? '';
  for (const filter of [{}, { layer: 1 }, { symbol }, { symbol, layer: 1 }]) {
    const plan = await plansOf(engine, (db) => listPredictions(db, { ...QUERY, limit: 20, ...filter }));
    t.notMatch(plan, 'Seq Scan on predictions');
  }
});
