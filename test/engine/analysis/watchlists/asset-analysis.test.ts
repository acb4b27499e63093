import t from 'tap';
import { FormingReader } from '../../../../src/engine/analysis/forming-reader.js';
import { assetAnalysis } from '../../../../src/engine/analysis/watchlists/asset-analysis.js';
import { scoreMarket } from '../../../../src/engine/analysis/watchlists/scores.js';
import { DAY_MS, HOUR_MS } from '../../../../src/timeframe.js';
import { assetOf, BEGIN, contextsOf, DAY, HOUR, PlayedMarket, sectorOf, walk } from './played-market.js';

const ASSETS = [
  assetOf(0, 'BTC/USDT', 1),
  assetOf(1, 'ETH/USDT', 2),
  assetOf(2, 'SOL/USDT', 2),
  assetOf(3, 'ADA/USDT', 2),
];
const none = { activeOf: () => [] };
const SECTORS = contextsOf(sectorOf(1, 0.4), sectorOf(2, 0.9));

function played(timeframe: number, count: number): PlayedMarket {
  const market = new PlayedMarket(ASSETS);
  for (const { asset } of ASSETS) market.pushAll(asset, timeframe, walk(asset + 1, count, { timeframe }));
  return market;
}

const closesOf = (asset: number, timeframe: number, count: number): readonly number[] =>
  walk(asset + 1, count, { timeframe }).map(({ close }) => close);
const logs = (closes: readonly number[]): readonly number[] =>
  closes.slice(1).map((close, i) => Math.log(close / (closes[i] ?? 0)));
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const near = (found: unknown, wanted: number): boolean =>
  Math.abs(Number(found) - wanted) < 1e-9 * Math.max(1, Math.abs(wanted));

t.test('performance is what the raw candles say', (t) => {
  const market = played(HOUR, 780);
  const found = assetAnalysis(scoreMarket(market.frame(HOUR, BEGIN + 779 * HOUR_MS), SECTORS), 1, none);
  const closes = closesOf(1, HOUR, 780);
  const last = closes.at(-1) ?? 0;
  const window = closes.slice(-169);
  const returns = logs(window);
  const deviation = Math.sqrt(returns.reduce((sum, each) => sum + (each - mean(returns)) ** 2, 0) / 167);
  const wanted = {
    return_24h_pct: (last / (closes.at(-25) ?? 0) - 1) * 100,
    return_7d_pct: (last / (closes.at(-169) ?? 0) - 1) * 100,
    return_30d_pct: (last / (closes.at(-721) ?? 0) - 1) * 100,
    volatility_annual: deviation * Math.sqrt(365 * 24),
    sharpe_ratio: (mean(returns) / deviation) * Math.sqrt(365 * 24),
    below_high_pct: (1 - last / Math.max(...window)) * 100,
    above_low_pct: (last / Math.min(...window) - 1) * 100,
    window_hours: 168,
  };
  t.same(Object.keys(found?.performance_metrics ?? {}), Object.keys(wanted));
  for (const [name, value] of Object.entries(wanted))
    t.ok(near(found?.performance_metrics[name], value), `${name}: ${value}`);
  t.end();
});

t.test('while a day forms its returns are those of 24 hours, 7 and 30 days all the same', (t) => {
  const [days, hours] = [40, 40 * 24 + 3];
  const market = new PlayedMarket(ASSETS);
  const candles = walk(2, hours, { timeframe: HOUR });
  for (const candle of candles) market.push(1, HOUR, candle);
  for (let day = 0; day < days; day++) {
    const parts = candles.slice(24 * day, 24 * (day + 1));
    const { close = 0 } = parts.at(-1) ?? {};
    market.push(1, DAY, {
      time: BEGIN + day * DAY_MS,
      open: close,
      high: close,
      low: close,
      close,
      volume: 1,
    });
  }
  const last = candles.at(-1)?.close ?? 0;
  const forming = { open: last, high: last, low: last, close: last, volume: 1, time: BEGIN + days * DAY_MS };
  const series = new FormingReader(market.book, (_, timeframe) => (timeframe === DAY ? forming : null));
  const frame = {
    ...market.frame(DAY, forming.time),
    ...{ series, isForming: true, time: BEGIN + hours * HOUR_MS },
  };
  const found = assetAnalysis(scoreMarket(frame, SECTORS), 1, none)?.performance_metrics;
  for (const [name, ago] of [
    ['return_24h_pct', 1],
    ['return_7d_pct', 7],
    ['return_30d_pct', 30],
  ] as const) {
    const before = candles.at(-1 - 24 * ago)?.close ?? 0;
    t.ok(near(found?.[name], (last / before - 1) * 100), `${name}: ${found?.[name]}`);
  }
  t.end();
});

t.test('correlation with the sector is that of the returns with the mean of the others', (t) => {
  const market = played(DAY, 300);
  const found = assetAnalysis(scoreMarket(market.frame(DAY, BEGIN + 299 * DAY_MS), SECTORS), 1, none);
  const own = logs(closesOf(1, DAY, 300).slice(-31));
  const [a, b] = [logs(closesOf(2, DAY, 300).slice(-31)), logs(closesOf(3, DAY, 300).slice(-31))];
  const others = a.map((each, i) => (each + (b[i] ?? 0)) / 2);
  const covariance = mean(own.map((each, i) => (each - mean(own)) * ((others[i] ?? 0) - mean(others))));
  const spread = (values: readonly number[]): number =>
    Math.sqrt(mean(values.map((each) => (each - mean(values)) ** 2)));
  t.ok(near(found?.current_analysis.sector_correlation, covariance / spread(own) / spread(others)));
  const alone = assetAnalysis(scoreMarket(market.frame(DAY, BEGIN + 299 * DAY_MS), SECTORS), 0, none);
  t.match(alone?.missing, { sector_correlation: /no other asset of its sector/ });
  t.end();
});

t.test('what is not known is null with its reason, and ranges hold', (t) => {
  for (const count of [1, 20, 40, 300]) {
    const market = played(DAY, count);
    const scores = scoreMarket(market.frame(DAY, BEGIN + (count - 1) * DAY_MS), SECTORS);
    const found = assetAnalysis(scores, 1, none);
    const walkNulls = (values: object, path: string): void => {
      for (const [name, value] of Object.entries(values)) {
        if (value === null) t.ok(found?.missing[path + name], path + name);
        t.not(value, undefined);
        if (typeof value === 'number') t.ok(Number.isFinite(value));
      }
    };
    walkNulls(found?.current_analysis ?? {}, '');
    walkNulls(found?.performance_metrics ?? {}, 'performance_metrics.');
    walkNulls((found?.current_analysis.technical_indicators ?? {}) as object, 'technical_indicators.');
    t.equal(found?.recommendation === null, found?.current_analysis.score === null);
  }
  t.end();
});

t.test('sentiment is that of the market, and a live signal is told of', (t) => {
  const market = played(DAY, 300);
  const frame = market.frame(DAY, BEGIN + 299 * DAY_MS);
  market.external.set({
    ...{ name: 'fear_greed_index', value: 78, asOf: frame.time - 1, receivedAt: frame.time },
    ...{ provider: 'recorded', simulated: false },
  });
  const signal = { id: 4, type: 'long', confidence: 0.8, entryPrice: 1, quality: 'high' } as const;
  const found = assetAnalysis(scoreMarket(frame, SECTORS), 1, {
    activeOf: () => [signal, { ...signal, id: null }],
  });
  t.match(found?.current_analysis, {
    sentiment_score: 0.78,
    signal_agreement: 1,
    active_signals: [4],
    risk_level: /low|medium|high|extreme/,
  });
  t.equal(assetAnalysis(scoreMarket(frame, SECTORS), 9, none), null);
  t.end();
});

t.test('advice follows the score, and never against the direction', (t) => {
  const market = played(DAY, 300);
  const scores = scoreMarket(market.frame(DAY, BEGIN + 299 * DAY_MS), SECTORS);
  const given = scores.of(1);
  const adviceOf = (score: number | null, direction: number): unknown => {
    const made = given === undefined ? undefined : { ...given, score, direction };
    return assetAnalysis({ ...scores, of: () => made }, 1, none)?.recommendation;
  };
  t.same(
    [
      adviceOf(0.8, 0.8),
      adviceOf(0.65, 0.6),
      adviceOf(0.65, 0.4),
      adviceOf(0.5, 0.5),
      adviceOf(0.35, 0.4),
      adviceOf(0.2, 0.2),
      adviceOf(0.2, 0.6),
      adviceOf(null, 0),
    ],
    ['strong_buy', 'buy', 'hold', 'hold', 'sell', 'strong_sell', 'hold', null],
  );
  t.end();
});
