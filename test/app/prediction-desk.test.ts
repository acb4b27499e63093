import t from 'tap';
import { PredictionDesk } from '../../src/app/prediction-desk.js';
import { upsertMetrics } from '../../src/store/repositories/metrics.js';
import { activateEngineModels } from '../../src/store/repositories/models.js';
import {
  getPrediction,
  insertPredictions,
  listPredictions,
} from '../../src/store/repositories/predictions.js';
import { upsertRegimes } from '../../src/store/repositories/regimes.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/timeframe.js';
import type { AnalysisMap } from '../../src/ws/ports.js';
import { regime, snapshot } from '../support/analyses.js';
import { openUserSite } from '../support/user-site.js';

const { owner, engine, addUser, addAssets } = await openUserSite(t);
const [btc = 0, eth = 0] = await addAssets(2);
const { macro_regime: model } = await activateEngineModels(engine);
const ada = await addUser();
/** The close of a day. */
const CLOSE = Date.UTC(2024, 2, 11);
const forecasts = new Map<number, AnalysisMap>();
let now = CLOSE + MINUTE_MS;
let isReady = true;
let reference: number | null = btc;

const makeDesk = (): PredictionDesk =>
  new PredictionDesk({
    engine,
    view: {
      regimeForecast: (timeframe, days) => (timeframe === '1d' ? (forecasts.get(days) ?? null) : null),
      metrics: () => ({ fear_greed_index: 72 }),
    },
    reference: () => reference,
    isReady: () => isReady,
    now: () => now,
  });

function forecast(time: number, bull: number): AnalysisMap {
  const none = { Sideways: 0, Transition: 0, Accumulation: 0, Distribution: 0 };
  return { time, current_regime: 'Bear', probabilities: { Bull: bull, Bear: 1 - bull, ...none } };
}

/** Stores the candle that ends at a time. */
async function close(assetId: number, timeframe: '1m' | '1h' | '1d', end: number, price: number) {
  const length = { '1m': MINUTE_MS, '1h': HOUR_MS, '1d': DAY_MS }[timeframe];
  await owner.query(
    `INSERT INTO price_data
       (asset_id, timeframe, candle_time, open_price, high_price, low_price, close_price, volume, is_closed, source)
     VALUES ($1, $2, to_timestamp($3::float8 / 1000), $4, $4, $4, $4, 1, true, 'built')`,
    [assetId, timeframe, end - length, price],
  );
}

const listed = async () => (await listPredictions(engine, { dataSource: 'binance' })).items;

t.beforeEach(async () => {
  await owner.query('TRUNCATE predictions, price_data, ai_regime_analysis, metrics_snapshot CASCADE');
  forecasts.set(1, forecast(CLOSE, 0.25)).set(7, forecast(CLOSE, 0.625));
  now = CLOSE + MINUTE_MS;
  isReady = true;
  reference = btc;
});

t.test('at each close of a day it is said once which regime there will be in 1 and 7 days', async (t) => {
  await close(btc, '1d', CLOSE, 61_000);
  const desk = makeDesk();
  t.same(await desk.turn(), { made: 2, judged: 0 });
  t.same(await desk.turn(), { made: 0, judged: 0 });
  t.same(await makeDesk().turn(), { made: 0, judged: 0 }, 'another server');
  const [week, day] = await listed();
  t.match(day, {
    ...{ assetId: btc, userId: null, modelName: 'macro_regime', layerSource: 1, predictionType: 'event' },
    ...{ predictionHorizon: 24, targetDatetime: CLOSE + DAY_MS, inputPrice: '61000', confidenceScore: 0.75 },
    predictedValue: { regime: 'Bear', probabilities: { Bull: 0.25, Bear: 0.75 }, as_of: CLOSE },
    contextData: { macro_context: { market_regime: 'Bear', sentiment: 0.72 } },
  });
  t.match(week, {
    ...{ predictionHorizon: 168, targetDatetime: CLOSE + 7 * DAY_MS, confidenceScore: 0.625 },
    predictedValue: { regime: 'Bull', steps: 7 },
  });
  now += DAY_MS;
  forecasts.set(1, forecast(CLOSE + DAY_MS, 0.5)).delete(7);
  await close(btc, '1d', CLOSE + DAY_MS, 62_000);
  t.same(await desk.turn(), { made: 1, judged: 0 });
});

t.test('nothing is said too early, too late, or of what is not known', async (t) => {
  const desk = makeDesk();
  t.equal((await desk.turn()).made, 0, 'the close is not stored');
  await close(btc, '1d', CLOSE, 61_000);
  isReady = false;
  t.equal((await desk.turn()).made, 0, 'history is not in');
  isReady = true;
  reference = null;
  t.equal((await desk.turn()).made, 0, 'no Bitcoin is served');
  reference = btc;
  now = CLOSE - 1;
  t.equal((await desk.turn()).made, 0, 'the close is of another time than ours');
  now = CLOSE + DAY_MS;
  t.equal((await desk.turn()).made, 0, 'the next day has closed');
  forecasts.clear();
  now = CLOSE + MINUTE_MS;
  t.equal((await desk.turn()).made, 0, 'there is no forecast');
  forecasts.set(7, forecast(CLOSE, 0.5));
  t.equal((await desk.turn()).made, 1);
});

t.test('what was said is judged once the time has come, and what was so then is stored', async (t) => {
  const target = CLOSE + HOUR_MS + 30_000;
  const base = {
    ...{ confidenceScore: 0.5, predictionHorizon: 1, targetDatetime: target, inputPrice: '100' },
    ...{ userId: ada, assetId: eth },
  } as const;
  const made = await insertPredictions(engine, [
    { ...base, predictedPrice: '104' },
    { ...base, predictionType: 'trend', predictedValue: { direction: 'down' } },
    { ...base, predictedPrice: '104', targetDatetime: target + MINUTE_MS },
    {
      ...{ assetId: btc, aiModelId: model, predictionType: 'event', confidenceScore: 0.5, inputPrice: '100' },
      ...{ predictionHorizon: 24, targetDatetime: CLOSE, predictedValue: { regime: 'Bull' } },
    },
  ]);
  const [price = 0, trend = 0, later = 0, event = 0] = made.map(({ id }) => id);
  const isAccurate = async (id: number) => (await getPrediction(engine, id))?.isAccurate;
  forecasts.clear();
  now = target;
  const desk = makeDesk();
  t.equal((await desk.turn()).judged, 0, 'no candle is stored');
  await close(eth, '1m', CLOSE + HOUR_MS, 101);
  await close(eth, '1h', CLOSE + HOUR_MS, 150);
  await close(eth, '1m', CLOSE + HOUR_MS + MINUTE_MS, 200);
  await close(btc, '1d', CLOSE, 61_000);
  now = target - 1;
  t.equal((await desk.turn()).judged, 0, 'neither the time nor the regime of the other is there');
  now = target;
  t.equal((await desk.turn()).judged, 2);
  t.match(await getPrediction(engine, price), { actualPrice: '101', isAccurate: true, absoluteError: 3 });
  t.equal(await isAccurate(trend), false);
  t.equal(await isAccurate(later), null);
  for (const [dataSource, currentRegime] of [
    ['demo', 'Bear'],
    ['binance', 'Bull'],
  ] as const) {
    const [id = 0] = await upsertMetrics(engine, [
      snapshot({ dataSource, timeframe: '1d', snapshotTime: CLOSE }),
    ]);
    const found = { analysisTimeframe: '1d', analysisTime: CLOSE, currentRegime } as const;
    await upsertRegimes(engine, [regime(model, id, found)]);
  }
  t.equal((await desk.turn()).judged, 1);
  t.match(await getPrediction(engine, event), { isAccurate: true, contextData: { actual_regime: 'Bull' } });
  now = CLOSE + 61 * DAY_MS;
  t.equal((await desk.turn()).judged, 0, 'what is 60 days late is let go');
});
