import t from 'tap';
import { METRICS_FIELDS, mapOf, REGIME_FIELDS } from '../../../src/analysis-fields.js';
import { AssetRepository } from '../../../src/store/repositories/assets.js';
import {
  insertPredictions,
  type Realization,
  realizePredictions,
} from '../../../src/store/repositories/predictions.js';
import { HOUR_MS } from '../../../src/timeframe.js';
import type { MethodContext } from '../../../src/ws/methods/registry.js';
import { regime, snapshot } from '../../support/analyses.js';
import { openMethodSite, unexplained } from '../../support/method-site.js';
import { makeModel } from '../../support/signals.js';
import { tickerRow } from '../gateway-site.js';

const site = await openMethodSite(t);
const { analysis, ask, pages, refusal, owner, engine, assetIds, addUser, market } = site;
const model = await makeModel(owner);
const [btc = 0, eth = 0] = assetIds;
const NOW = Date.now();
const ada = by(await addUser());
const bob = by(await addUser());
const HEAD = { time: NOW, state: 'forming', simulated: true } as const;
/** Columns of which nothing has to be said. */
const JSON_COLUMNS = ['predicted_value', 'next_cursor'];
market.change('ticker:BTC/USDT', tickerRow(60_000));
analysis.metricsRows.set('1h', mapOf(METRICS_FIELDS, HEAD, snapshot({ fearGreedIndex: 72 })));
analysis.regimes.set('1d', mapOf(REGIME_FIELDS, HEAD, regime(1, 1)));

t.beforeEach(() => owner.query('TRUNCATE predictions'));

function by(id: number): Pick<MethodContext, 'caller'> {
  const user = { id, sessionId: 1, role: 'public', isVerified: true, expiresAt: NOW + HOUR_MS } as const;
  return { caller: { user, address: '127.0.0.1', agent: null } };
}

type Given = Parameters<typeof insertPredictions>[1][number];
let made = 0;

/** What the server itself says; gives its id. */
async function say(different: Partial<Given> = {}): Promise<number> {
  const [row] = await insertPredictions(engine, [
    {
      ...{ assetId: btc, aiModelId: model, confidenceScore: 0.5, predictionHorizon: 24, layerSource: 1 },
      ...{ targetDatetime: NOW - 1_000_000 + ++made, inputPrice: '100', predictedPrice: '110' },
      ...different,
    },
  ]);
  return row?.id ?? 0;
}

const become = (realization: Realization) => realizePredictions(engine, [realization]);

t.test('everybody reads what the server says, and each user what they said themselves', async (t) => {
  const first = await say({ layerSource: 4, predictionHorizon: 4 });
  const second = await say({ assetId: eth });
  const [real] = await new AssetRepository(engine).register([
    { symbol: 'BTC/USDT', base: 'BTC', quote: 'USDT', dataSource: 'binance' },
  ]);
  const elsewhere = await say({ assetId: real?.id ?? 0 });
  const own = await ask('predictions.create', { symbol: 'BTC/USDT', horizon: 4, direction: 'up' }, ada);
  const ids = async (params: object, who = {}): Promise<unknown> =>
    ((await ask('predictions.list', { ...params }, who)).items as { id: number }[]).map(({ id }) => id);
  t.same(await ids({}), [second, first]);
  t.same(await ids({}, bob), [second, first]);
  t.same(await ids({}, ada), [own.id, second, first]);
  t.same(await ids({ layer: 'layer4' }), [first]);
  t.same(await ids({ symbol: 'ETH/USDT' }), [second]);
  t.same(await ids({ horizon: 4 }, ada), [own.id, first]);
  t.same(
    (await pages('predictions.list', { limit: 1 })).map(({ id }) => id),
    [second, first],
  );
  t.match(await ask('predictions.get', { id: first }), {
    id: first,
    symbol: 'BTC/USDT',
    is_own: false,
    layer_source: 'layer4',
    model_name: 'test',
    predicted_price: 110,
    input_price: 100,
    simulated: true,
    missing: { is_accurate: /its time has not come/, predicted_value: 'only a price was predicted' },
  });
  t.same(unexplained(await ask('predictions.list', {}, ada), JSON_COLUMNS), []);
  for (const [id, who] of [
    [own.id, bob],
    [own.id, {}],
    [elsewhere, {}],
    [999_999, {}],
  ] as const) {
    const refused = { code: 'not_found', field: 'id', message: `there is no prediction ${id}` };
    t.same(await refusal('predictions.get', { id }, who), refused);
    t.same(await refusal('predictions.accuracy', { id }, who), refused);
  }
});

t.test(
  'a forecast of a user is of the price now, for a time from now, and stays as it was said',
  async (t) => {
    const asked = {
      symbol: 'BTC/USDT',
      horizon: 24,
      predicted_price: 66_000.5,
      confidence: 0.75,
      notes: 'a hunch',
    };
    const answer = await ask('predictions.create', asked, ada);
    t.match(answer, {
      is_own: true,
      symbol: 'BTC/USDT',
      layer_source: 'layer3',
      model_name: null,
      prediction_type: 'price',
      predicted_price: 66_000.5,
      confidence_score: 0.75,
      prediction_horizon: 24,
      target_datetime: NOW + 24 * HOUR_MS,
      input_price: 60_000,
      macro_context: { market_regime: 'Bull', sentiment: 0.72 },
      notes: 'a hunch',
      is_realized: false,
      missing: { model_name: 'it is your own forecast' },
    });
    t.same(unexplained(answer, JSON_COLUMNS), []);
    t.match(await refusal('predictions.update', { id: answer.id }, ada), { code: 'conflict' });
    t.match(await refusal('predictions.update', { id: answer.id }, bob), { code: 'not_found', field: 'id' });
    t.match(await refusal('predictions.create', asked), { code: 'unauthenticated' });
    const wrong: readonly (readonly [object, string])[] = [
      [{ symbol: 'BTC/USDX' }, 'symbol'],
      [{ predicted_price: undefined }, 'predicted_price'],
      [{ direction: 'up' }, 'direction'],
      [{ predicted_price: 0 }, 'predicted_price'],
      [{ predicted_price: undefined, direction: 'sideways' }, 'direction'],
      [{ horizon: 0 }, 'horizon'],
      [{ horizon: 8_761 }, 'horizon'],
      [{ confidence: 1.1 }, 'confidence'],
      [{ accuracy_threshold: 101 }, 'accuracy_threshold'],
      [{ layer: 'all' }, 'layer'],
      [{ notes: '' }, 'notes'],
    ];
    for (const [different, field] of wrong) {
      t.match(
        await refusal('predictions.create', { ...asked, ...different }, ada),
        { code: 'invalid_params', field },
        field,
      );
    }
    t.match(await refusal('predictions.create', { ...asked, symbol: 'ETH/USDT' }, ada), {
      code: 'unavailable',
      message: 'the price of ETH/USDT is not known yet',
    });
  },
);

t.test('a user has 200 forecasts that wait at most, however many are sent at once', async (t) => {
  const target = { targetDatetime: NOW + HOUR_MS, userId: ada.caller.user?.id ?? 0 };
  for (let n = 0; n < 199; n++) await say(target);
  const asked = { symbol: 'BTC/USDT', horizon: 1, direction: 'down' };
  const some = await Promise.all([1, 2, 3, 4].map(() => refusal('predictions.create', asked, ada)));
  t.equal(some.filter((one) => one === null).length, 1);
  t.match(await refusal('predictions.create', asked, ada), { code: 'conflict', message: /^200 of your/ });
  await ask('predictions.create', asked, bob);
});

t.test('accuracy is what became of a prediction, with what is not known', async (t) => {
  const price = await say();
  t.match(await ask('predictions.accuracy', { id: price }), {
    is_realized: false,
    actual_price: null,
    is_accurate: null,
    missing: { actual_price: /its time has not come/, actual_regime: 'no regime was predicted' },
  });
  await become({ id: price, actualPrice: '100' });
  const answer = await ask('predictions.accuracy', { id: price });
  t.match(answer, {
    id: price,
    is_realized: true,
    evaluated_at: Number,
    actual_price: 100,
    absolute_error: 10,
    squared_error: 100,
    accuracy_percentage: 90,
    accuracy_threshold: 5,
    is_accurate: false,
    brier_score: null,
  });
  const probabilities = { Bull: 0.75, Bear: 0.25, Sideways: 0 };
  const event = await say({
    predictionType: 'event',
    predictedPrice: null,
    predictedValue: { regime: 'Bull', probabilities },
  });
  await become({ id: event, actualPrice: '100', actualRegime: 'Bear' });
  const missed = await ask('predictions.accuracy', { id: event });
  t.match(missed, {
    actual_regime: 'Bear',
    is_accurate: false,
    brier_score: 0.75 ** 2 + 0.75 ** 2,
    accuracy_percentage: null,
    missing: { accuracy_percentage: 'no price was predicted' },
  });
  for (const one of [answer, missed]) t.same(unexplained(one, JSON_COLUMNS), []);
});

t.test('analytics are of the server’s own, or of the caller’s, and best models first', async (t) => {
  t.match(await ask('predictions.analytics'), {
    days: 30,
    overall_accuracy: null,
    predictions: 0,
    accuracy_by_layer: {},
    best_performing_models: [],
    missing: { overall_accuracy: 'none of them was judged', mean_confidence: 'there is no such prediction' },
  });
  for (const actualPrice of ['110', '200']) await become({ id: await say(), actualPrice });
  const { rows } = await owner.query<{ id: number }>(`SELECT id FROM ai_models WHERE name = 'macro_regime'`);
  const better = { aiModelId: rows[0]?.id ?? 0, layerSource: 4, predictionHorizon: 4 };
  await become({ id: await say(better), actualPrice: '110' });
  await say({ assetId: eth });
  const answer = await ask('predictions.analytics', { days: 1 });
  t.match(answer, {
    overall_accuracy: 2 / 3,
    predictions: 4,
    realized: 3,
    judged: 3,
    accuracy_by_layer: { layer1: { accuracy: 0.5, predictions: 3 }, layer4: { accuracy: 1 } },
    accuracy_by_horizon: { '4': { predictions: 1 }, '24': { judged: 2 } },
    best_performing_models: [
      { model: 'macro_regime 1.0.0', accuracy: 1 },
      { model: 'test 1.0.0', accuracy: 0.5 },
    ],
    simulated: true,
  });
  t.same(unexplained(answer), []);
  t.match(await ask('predictions.analytics', { layer: 'layer4' }, ada), { predictions: 1 });
  await become({ id: await say({ userId: ada.caller.user?.id ?? 0, aiModelId: null }), actualPrice: '110' });
  t.match(await ask('predictions.analytics', { own: true }, ada), {
    predictions: 1,
    best_performing_models: [],
  });
  t.match(await ask('predictions.analytics', {}, ada), { predictions: 4 });
  t.match(await refusal('predictions.analytics', { own: true }), { code: 'unauthenticated' });
});

t.test('without a database there are none', async (t) => {
  for (const method of ['predictions.list', 'predictions.analytics']) {
    t.match(await refusal(method, {}, { users: null }), { code: 'unavailable' }, method);
  }
});
