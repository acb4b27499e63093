import t from 'tap';
import { AssetRepository } from '../../../src/store/repositories/assets.js';
import { endSignals } from '../../../src/store/repositories/signal-ends.js';
import { insertSignals, type NewSignal } from '../../../src/store/repositories/signals.js';
import { MINUTE_MS } from '../../../src/timeframe.js';
import { openMethodSite, unexplained } from '../../support/method-site.js';
import { makeModel, signal } from '../../support/signals.js';

const { ask, pages, refusal, owner, engine, inEngine, assetIds, addUser } = await openMethodSite(t);
const model = await makeModel(owner);
const [btc = 0, eth = 0] = assetIds;
const START = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - 1_000 * MINUTE_MS;
let made = 0;

async function make(different: Partial<NewSignal> = {}): Promise<number> {
  const one = signal(model, {
    assetId: btc,
    candleTime: START + ++made * MINUTE_MS,
    channels: [],
    ...different,
  });
  await inEngine((db) => insertSignals(db, [one]));
  const { rows } = await owner.query<{ id: number }>('SELECT max(id) AS id FROM ai_trading_signals');
  return rows[0]?.id ?? 0;
}

t.beforeEach(() => owner.query('TRUNCATE ai_trading_signals CASCADE'));

t.test(
  'signals are listed newest first by what is asked for, those of users and other sources not',
  async (t) => {
    const low = await make({ confidenceScore: 0.2 });
    const high = await make({
      confidenceScore: 0.9,
      entryPrice: 0.00001234,
      targetPrice: '0.5' as unknown as number,
    });
    const ended = await make({ assetId: eth });
    await inEngine((db) => endSignals(db, [{ id: ended, status: 'expired' }]));
    await make({ userId: await addUser() });
    const [real] = await new AssetRepository(engine).register([
      { symbol: 'BTC/USDT', base: 'BTC', quote: 'USDT', dataSource: 'binance' },
    ]);
    const elsewhere = await make({ assetId: real?.id ?? 0 });
    const ids = async (params: Record<string, unknown>) =>
      (await pages('signals.list', { limit: 1, ...params })).map(({ id }) => id);
    t.same(await ids({}), [ended, high, low]);
    t.same(await ids({ status: 'active' }), [high, low]);
    t.same(await ids({ symbol: 'ETH/USDT' }), [ended]);
    t.same(await ids({ confidence_min: 0.7 }), [ended, high]);
    t.same(await ids({ confidence_min: 0.9, status: 'active', symbol: 'BTC/USDT' }), [high]);
    const [, item] = await pages('signals.list', {});
    t.match(item, {
      id: high,
      symbol: 'BTC/USDT',
      signal_type: 'long',
      entry_price: 0.00001234,
      target_price: 0.5,
      confidence_score: 0.9,
      model_name: 'test',
      model_version: '1.0.0',
      status: 'active',
      generated_at: Number,
      simulated: true,
      missing: {
        stop_loss: 'the model gave none',
        signal_successful: 'it is still active',
        user_id: "it is everybody's",
      },
    });
    t.same(unexplained(await pages('signals.list', {})), []);
    t.match(await refusal('signals.get', { id: elsewhere }), { code: 'not_found', field: 'id' });
  },
);

t.test('one signal comes with what led to it and what it risks', async (t) => {
  const id = await make({
    riskLevel: 'medium',
    riskRewardRatio: 2.1,
    stopLoss: 90.5,
    confluenceFactors: [{ name: 'trend' }],
    marketContext: { regime: 'Bull', missing: { target_price: 'no level lies above' } },
  });
  const answer = await ask('signals.get', { id });
  t.match(answer, {
    id,
    signal_details: { id, symbol: 'BTC/USDT', missing: { target_price: 'no level lies above' } },
    ai_analysis: {
      key_factors: [{ name: 'trend' }],
      market_context: { regime: 'Bull' },
      probability_analysis: null,
      missing: { probability_analysis: /no probabilities are measured/, sector_context: String },
    },
    risk_assessment: { risk_level: 'medium', risk_reward_ratio: 2.1, stop_loss: 90.5 },
    simulated: true,
  });
  t.same(unexplained(answer), []);
  t.match(await refusal('signals.get', { id: 999_999 }), {
    code: 'not_found',
    message: 'there is no signal 999999',
  });
});

t.test('performance counts what became of the signals of a window', async (t) => {
  t.match(await ask('signals.performance'), {
    timeframe: '30d',
    total_signals: 0,
    success_rate: null,
    average_return: null,
    best_performing_model: null,
    missing: { success_rate: 'no signal of the window was judged', average_return: /is not stored/ },
  });
  const won = await make({ riskLevel: 'low', marketContext: { regime: 'Bull' } });
  const lost = await make({ riskLevel: 'high', marketContext: { regime: 'Bull' } });
  await make({ assetId: eth });
  await make({ candleTime: START - 40 * 86_400_000 });
  await inEngine((db) =>
    endSignals(db, [
      { id: won, status: 'executed', signalSuccessful: true },
      { id: lost, status: 'executed', signalSuccessful: false },
    ]),
  );
  const answer = await ask('signals.performance', { model: 'all' });
  t.match(answer, {
    total_signals: 3,
    active_signals: 1,
    judged_signals: 2,
    successful_signals: 1,
    success_rate: 0.5,
    best_performing_model: 'test 1.0.0',
    performance_by_risk_level: {
      low: { success_rate: 1 },
      high: { success_rate: 0 },
      unknown: { total_signals: 1 },
    },
    performance_by_regime: { Bull: { total_signals: 2 }, unknown: { total_signals: 1 } },
    performance_by_timeframe: { '1m': { total_signals: 3 } },
    performance_by_model: { 'test 1.0.0': { judged_signals: 2 } },
    simulated: true,
  });
  t.same(unexplained(answer), []);
  t.match(await ask('signals.performance', { timeframe: '90d' }), { total_signals: 4 });
  t.match(await ask('signals.performance', { symbol: 'ETH/USDT' }), { total_signals: 1 });
  t.match(await ask('signals.performance', { candles: '1h' }), { total_signals: 0 });
  t.match(await ask('signals.performance', { model: 'macro_regime' }), { total_signals: 0 });
  t.match(await refusal('signals.performance', { model: 'none of ours' }), {
    code: 'invalid_params',
    field: 'model',
    message: /^model: there is no model "none of ours"; allowed: all, .*signal_timing, test$/,
  });
});
