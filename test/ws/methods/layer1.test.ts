import t from 'tap';
import { METRICS_FIELDS, mapOf, REGIME_FIELDS } from '../../../src/analysis-fields.js';
import { upsertMetrics } from '../../../src/store/repositories/metrics.js';
import { upsertRegimes } from '../../../src/store/repositories/regimes.js';
import { DAY_MS, HOUR_MS } from '../../../src/timeframe.js';
import { regime, snapshot } from '../../support/analyses.js';
import { openMethodSite, unexplained } from '../../support/method-site.js';
import { makeModel } from '../../support/signals.js';

const { analysis, ask, pages, owner, engine } = await openMethodSite(t);
const model = await makeModel(owner);
/** Start of a day. */
const DAY = Date.UTC(2024, 2, 11);
const HEAD = { time: DAY, state: 'forming', simulated: true } as const;

t.beforeEach(() => {
  analysis.metricsRows.clear();
  analysis.regimes.clear();
});

t.test(
  'the regime goes by the names of the documents, with all of its columns and every reason',
  async (t) => {
    const record = regime(1, 1, {
      regimeConfidence: 0.87,
      trendStrengthScore: 0.73,
      volatilityRegimeScore: 0.5,
      validationFlags: { missing_fields: { breakout_level: 'no level was broken' } },
    });
    analysis.regimes.set('4h', mapOf(REGIME_FIELDS, HEAD, record));
    const answer = await ask('layer1.marketRegime', { timeframe: '4h' });
    t.match(answer, {
      timeframe: '4h',
      regime: 'Bull',
      confidence: 0.87,
      risk_level: 'medium',
      trend_strength: 0.73,
      recommended_exposure: null,
      last_updated: DAY,
      state: 'forming',
      simulated: true,
      current_regime: 'Bull',
      missing: {
        breakout_level: 'no level was broken',
        recommended_exposure: /no share of capital/,
        trend_intact: 'the analysis gives none',
      },
    });
    for (const field of REGIME_FIELDS) t.ok(field in answer, field);
    t.same(unexplained(answer, ['validation_flags']), []);
    t.same(
      Object.keys(answer.missing as object).filter((field) => answer[field] !== null),
      [],
      'no others',
    );
  },
);

t.test('the level of risk is the rank of the volatility, low below 0.3 and high above 0.7', async (t) => {
  for (const [score, level] of [
    [0, 'low'],
    [0.299, 'low'],
    [0.3, 'medium'],
    [0.7, 'medium'],
    [0.71, 'high'],
    [null, null],
  ] as const) {
    const record = regime(1, 1, { volatilityRegimeScore: score });
    analysis.regimes.set('1d', mapOf(REGIME_FIELDS, HEAD, record));
    t.equal((await ask('layer1.marketRegime')).risk_level, level, String(score));
  }
});

t.test('sentiment, dominance and indicators are figures of the snapshot that forms', async (t) => {
  const record = snapshot({
    fearGreedIndex: 72,
    fundingRateBtc: 0.0001,
    btcDominance: 52.3,
    altcoinDominance: 23.8,
    total: 2_450_000_000_000,
    gold: 2_400.5,
    extendedMetrics: {
      sentiment_metrics: { sentiment_direction: 'rising', social_sentiment_score: null },
      derivatives_metrics: { funding_rate_eth: null },
    },
    dataQualityFlags: {
      missing_fields: {
        eth_dominance: 'the source global_market is switched off',
        'extended_metrics.derivatives_metrics.funding_rate_eth': 'the source derivatives is late',
        'extended_metrics.sentiment_metrics.social_sentiment_score': 'there is no source for social media',
      },
    },
  });
  analysis.metricsRows.set('1h', mapOf(METRICS_FIELDS, HEAD, record));
  const sentiment = await ask('layer1.sentiment');
  t.match(sentiment, {
    fear_greed_index: 72,
    sentiment_direction: 'rising',
    composite_sentiment: null,
    funding_rates: { btc: 0.0001, eth: null, missing: { eth: 'the source derivatives is late' } },
    social_sentiment: null,
    news_sentiment: null,
    last_updated: DAY,
    state: 'forming',
    simulated: true,
    missing: { social_sentiment: 'there is no source for social media', composite_sentiment: /no source/ },
  });
  const dominance = await ask('layer1.dominance');
  t.match(dominance, {
    btc_dominance: 52.3,
    eth_dominance: null,
    alt_dominance: 23.8,
    stablecoin_dominance: null,
    total_market_cap: 2_450_000_000_000,
    total_volume: null,
    missing: { eth_dominance: 'the source global_market is switched off', total_volume: /does not hold it/ },
  });
  const all = await ask('layer1.indicators');
  t.match(await ask('layer1.indicators', { names: ['gold', 'dxy', 'gold'] }), {
    items: [
      { name: 'gold', value: 2_400.5, unit: 'USD per ounce', missing: {} },
      { name: 'dxy', value: null, missing: { value: String } },
    ],
    next_cursor: null,
  });
  for (const answer of [sentiment, dominance, all]) t.same(unexplained(answer, ['next_cursor']), []);
});

t.test('snapshots are listed newest first, page by page, behind the one that forms', async (t) => {
  const times = [1, 2, 3, 4, 5].map((n) => DAY + n * HOUR_MS);
  await upsertMetrics(
    engine,
    times.map((snapshotTime) =>
      snapshot({ dataSource: 'demo', snapshotTime, btcPriceUsd: '61000.5', vixIndex: 17 }),
    ),
  );
  await upsertMetrics(engine, [snapshot({ snapshotTime: DAY + 9 * HOUR_MS })]);
  const forming = mapOf(
    METRICS_FIELDS,
    { ...HEAD, time: DAY + 6 * HOUR_MS },
    snapshot({ btcPriceUsd: 61_000 }),
  );
  analysis.metricsRows.set('1h', forming);
  const first = await ask('layer1.metrics', { timeframe: '1h', limit: 2 });
  t.match(first, {
    timeframe: '1h',
    current: { time: DAY + 6 * HOUR_MS, state: 'forming', missing: { vix_index: String } },
    items: [
      { time: DAY + 5 * HOUR_MS, btc_price_usd: 61_000.5, vix_index: 17, state: 'closed', simulated: true },
      { time: DAY + 4 * HOUR_MS },
    ],
  });
  t.same(
    (await pages('layer1.metrics', { timeframe: '1h', limit: 2 })).map(({ time }) => time),
    times.toReversed(),
    'of other data sources none',
  );
  const range = { timeframe: '1h', from: DAY + 2 * HOUR_MS, to: DAY + 4 * HOUR_MS };
  t.same(
    (await pages('layer1.metrics', range)).map(({ time }) => time),
    [DAY + 3 * HOUR_MS, DAY + 2 * HOUR_MS],
  );
  t.match(await ask('layer1.metrics', { timeframe: '5m' }), {
    current: null,
    missing: { current: /too few candles have closed/ },
    items: [],
    next_cursor: null,
  });
  const { next_cursor: cursor } = first;
  t.match(await ask('layer1.metrics', { timeframe: '1h', limit: 2, cursor }), {
    current: null,
    missing: { current: 'it stands on the first page' },
  });
  const [item] = first.items as Record<string, unknown>[];
  for (const field of METRICS_FIELDS) t.ok(field in (item ?? {}), field);
  t.same(unexplained(first.items), []);
});

t.test('history gives one point of each interval, the oldest first, up to the newest close', async (t) => {
  const days = [0, 1, 2, 3].map((n) => DAY + n * DAY_MS);
  const ids = await upsertMetrics(
    engine,
    days.map((snapshotTime, n) =>
      snapshot({ dataSource: 'demo', timeframe: '1d', snapshotTime, btcPriceUsd: 60_000 + n }),
    ),
  );
  const regimes = [0, 1, 3].map((n) =>
    regime(model, ids[n] ?? 0, {
      analysisTimeframe: '1d',
      analysisTime: days[n] ?? 0,
      volatilityRegimeScore: n / 4,
      dataSource: 'simulation',
    }),
  );
  await upsertRegimes(engine, regimes);
  analysis.metricsRows.set('1h', mapOf(METRICS_FIELDS, { ...HEAD, time: days[3] ?? 0 }, snapshot()));
  const answer = await ask('layer1.history', { days: 3, interval: '1d' });
  t.match(answer, {
    days: 3,
    interval: '1d',
    items: [
      { time: days[1], regime: 'Bull', confidence: 0.8, risk_level: 'low', btc_price_usd: 60_001 },
      {
        time: days[2],
        regime: null,
        btc_price_usd: 60_002,
        missing: { regime: 'no regime was stored of this time', rsi_14: 'the analysis gives none' },
      },
      { time: days[3], regime: 'Bull', risk_level: 'high', btc_price_usd: 60_003 },
    ],
    next_cursor: null,
    simulated: true,
  });
  t.equal((answer.items as unknown[]).length, 3);
  t.same(answer.missing, {});
  t.same(unexplained(answer.items), []);
});

t.test('a forecast is asked for in hours, days or weeks: so many candles of that length', async (t) => {
  for (const [horizon, timeframe, steps] of [
    ['12h', '1h', 12],
    ['7d', '1d', 7],
    ['4w', '1w', 4],
  ] as const) {
    const found = {
      current_regime: 'Bull',
      probabilities: { Bull: 0.6, Bear: 0.4, Sideways: 0, Transition: 0, Accumulation: 0, Distribution: 0 },
      statistics: { completed_spells: 3 },
      time: DAY,
      state: 'closed',
      simulated: true,
    };
    analysis.forecasts.set(`${steps} ${timeframe}`, found);
    t.same(await ask('layer1.regimeForecast', { horizon }), {
      horizon,
      timeframe,
      steps,
      ...found,
    });
  }
});

t.test('history without a point says why there is none', async (t) => {
  analysis.metricsRows.set('1h', { time: DAY - 900 * DAY_MS });
  t.match(await ask('layer1.history', { days: 3, interval: '4h' }), {
    items: [],
    missing: {
      items:
        'nothing of the last 3 days is stored yet: where BTC is served, a point is made at the close of each 4h',
    },
  });
});
