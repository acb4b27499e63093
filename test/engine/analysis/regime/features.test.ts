import fc from 'fast-check';
import t from 'tap';
import { CandleWindow } from '../../../../src/engine/analysis/regime/candle-window.js';
import { readFeatures } from '../../../../src/engine/analysis/regime/features.js';
import { illiquidityRank } from '../../../../src/engine/analysis/regime/mood.js';
import { type Candle, RegimePlayer, randomCandles } from './regime-player.js';

const DAILY = 5;

function featuresOf(candles: readonly Candle[]) {
  const player = new RegimePlayer();
  for (const candle of candles) player.push('1d', candle);
  const window = new CandleWindow();
  window.read(player.book, 0, DAILY);
  const frame = player.frame('1d', candles.at(-1)?.time as number);
  return { features: readFeatures(frame, 0, window, null), window };
}

function deviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}

function near(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(b));
}

t.test('features are those of a plain computation from the raw candles', async (t) => {
  const candles = randomCandles(390, 4, { drift: 0.002 });
  const { features, window } = featuresOf(candles);
  const closes = candles.map(({ close }) => close);
  const returns = closes.slice(1).map((close, i) => Math.log(close / (closes[i] as number)));
  const last = closes.at(-1) as number;
  const sigma = deviation(returns.slice(-100));
  t.ok(near(features.deviation, sigma));
  t.ok(near(features.volatility, deviation(returns.slice(-20))));
  const sma = (length: number, back = 0) => {
    const used = closes.slice(closes.length - back - length, closes.length - back);
    return used.reduce((sum, close) => sum + close, 0) / length;
  };
  const scaled = (move: number, length: number) => Math.tanh(move / (sigma * Math.sqrt(length)));
  t.ok(near(features.trend[0] as number, scaled(Math.log(last / sma(50)), 25)));
  t.ok(near(features.trend[2] as number, scaled(Math.log(sma(50) / sma(200)), 75)));
  t.ok(near(features.trend[3] as number, scaled(Math.log(sma(50) / sma(50, 20)), 20)));
  t.ok(near(features.trend[4] as number, scaled(Math.log(last / sma(200)), 100)));
  t.ok(near(features.trend[5] as number, scaled(Math.log(last / (closes.at(-91) as number)), 90)));
  t.ok(near(features.momentum[2] as number, scaled(Math.log(last / (closes.at(-11) as number)), 10)));
  const obv = (length: number) => {
    const used = candles.slice(-length).map(({ volume }, i) => {
      const at = candles.length - length + i;
      return Math.sign((closes[at] as number) - (closes[at - 1] as number)) * volume;
    });
    const all = candles.slice(-length).reduce((sum, { volume }) => sum + volume, 0);
    return Math.max(-1, Math.min(1, (3 * used.reduce((sum, value) => sum + value, 0)) / all));
  };
  t.ok(near(features.volume[0] as number, obv(20)));
  t.ok(near(features.volume[1] as number, obv(50)));
  const known: number[] = [];
  for (let end = 20; end <= returns.length; end++) known.push(deviation(returns.slice(end - 20, end)));
  const newest = known.at(-1) as number;
  const below = known.filter((value) => value < newest - 1e-15).length + 0.5;
  t.ok(near(features.volatilityRank, below / known.length));
  const high = Math.max(...candles.slice(-40).map((candle) => candle.high));
  const low = Math.min(...candles.slice(-40).map((candle) => candle.low));
  const walk = sigma * Math.sqrt(40);
  const unit = (value: number) => Math.min(1, Math.max(0, value));
  const drift = Math.exp(-((Math.log(last / (closes.at(-41) as number)) / walk) ** 2));
  const height = unit((2.4 - Math.log(high / low) / walk) / 1.4);
  t.ok(near(features.range, (drift + height + unit((35 - features.adx) / 20)) / 3));
  const costs = returns.map((value, i) => {
    const candle = candles[i + 1] as Candle;
    return Math.abs(value) / (candle.volume * candle.close);
  });
  const means: number[] = [];
  for (let end = 20; end <= costs.length; end++) {
    means.push(costs.slice(end - 20, end).reduce((sum, value) => sum + value, 0) / 20);
  }
  const cost = means.at(-1) as number;
  t.ok(
    near(illiquidityRank({ window }), (means.filter((value) => value < cost).length + 0.5) / means.length),
  );
});

t.test('prices and volumes in another unit give the same features', async (t) => {
  const candles = randomCandles(300, 9);
  const scaled = candles.map(({ time, open, high, low, close, volume }) => ({
    time,
    open: open * 1000,
    high: high * 1000,
    low: low * 1000,
    close: close * 1000,
    volume: volume / 50,
  }));
  const [a, b] = [featuresOf(candles).features, featuresOf(scaled).features];
  for (const name of ['trend', 'momentum', 'volume'] as const) {
    for (const [i, part] of a[name].entries()) t.ok(Math.abs(part - (b[name][i] as number)) < 1e-9, name);
  }
  for (const name of ['range', 'before', 'volatilityRank'] as const) {
    t.ok(Math.abs(a[name] - b[name]) < 1e-9, name);
  }
});

t.test('every part stays within −1…1, on flat, wild and dead markets too', async (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 31, max: 260 }), (seed, count) => {
      const candles = randomCandles(count, seed, { wild: true });
      const { features } = featuresOf(candles);
      for (const part of [...features.trend, ...features.momentum, ...features.volume, features.before]) {
        t.ok(Number.isNaN(part) || Math.abs(part) <= 1, `${part}`);
      }
      t.ok(Number.isNaN(features.range) || (features.range >= 0 && features.range <= 1));
      t.ok(features.volatilityRank >= 0 && features.volatilityRank <= 1);
    }),
    { numRuns: 40 },
  );
  const flat = randomCandles(200, 1).map((candle) => ({
    ...candle,
    open: 5,
    high: 5,
    low: 5,
    close: 5,
    volume: 0,
  }));
  const { features } = featuresOf(flat);
  t.same(
    features.trend.map((part) => part + 0),
    features.trend.map(() => 0),
    'nothing moves in a flat market',
  );
  t.equal(features.range, 1);
});
