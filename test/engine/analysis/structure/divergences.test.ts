import t from 'tap';
import { draw, HOUR, structureOf } from './drawn.js';

/** Turns at 6, 12, 18, 24 …; RSI and volume are those of the turn that is nearest. */
function series(
  turns: readonly number[],
  rsis: readonly number[],
  volumes: readonly number[] = turns.map(() => 100),
) {
  const nearest = (values: readonly number[], number: number) => values[Math.round(number / 6)] as number;
  return draw(turns, 6, (n) => ({ rsi: nearest(rsis, n), volume: nearest(volumes, n) }));
}

/** Strength as the docs say it: geometric mean of a move of 2 ATR and more, and a share of what counts in full. */
const strength = (share: number) => Math.sqrt(1 * Math.min(1, share));

t.test('a higher high with a lower RSI is a bearish divergence', async (t) => {
  const found = structureOf(series([100, 110, 105, 115, 105], [50, 75, 50, 65, 50])).divergences();
  t.same(found, [
    { indicator: 'RSI', type: 'bearish', strength: strength(10 / 20), time: 18 * HOUR, back: 6 },
  ]);
});

t.test('a lower low with a higher RSI is a bullish divergence', async (t) => {
  const found = structureOf(series([110, 100, 105, 95, 105], [50, 25, 50, 35, 50])).divergences();
  t.same(found, [
    { indicator: 'RSI', type: 'bullish', strength: strength(10 / 20), time: 18 * HOUR, back: 6 },
  ]);
});

t.test('a lower high with a higher RSI is a hidden bearish divergence', async (t) => {
  const found = structureOf(series([100, 115, 105, 110, 100], [50, 60, 50, 90, 50])).divergences();
  t.same(found, [{ indicator: 'RSI', type: 'hidden_bearish', strength: 1, time: 18 * HOUR, back: 6 }]);
});

t.test('a higher low with a lower RSI is a hidden bullish divergence', async (t) => {
  const found = structureOf(series([115, 100, 110, 105, 115], [50, 40, 50, 30, 50])).divergences();
  t.same(found, [
    { indicator: 'RSI', type: 'hidden_bullish', strength: strength(10 / 20), time: 18 * HOUR, back: 6 },
  ]);
});

t.test('a new extreme with less volume is a divergence of volume, and with more it is none', async (t) => {
  const rsi = [50, 50, 50, 50, 50];
  const less = [100, 200, 100, 120, 100];
  const more = [100, 120, 100, 200, 100];
  const bearish = structureOf(series([100, 110, 105, 115, 105], rsi, less)).divergences();
  t.same(bearish, [
    { indicator: 'volume', type: 'bearish', strength: strength(0.4 / 0.5), time: 18 * HOUR, back: 6 },
  ]);
  const bullish = structureOf(series([110, 100, 105, 95, 105], rsi, less)).divergences();
  t.match(bullish, [{ indicator: 'volume', type: 'bullish' }]);
  t.same(structureOf(series([100, 110, 105, 115, 105], rsi, more)).divergences(), []);
  t.same(structureOf(series([100, 115, 105, 110, 100], rsi, less)).divergences(), [], 'no new extreme');
});

t.test('price and RSI that agree, or that hardly move, are none', async (t) => {
  t.same(structureOf(series([100, 110, 105, 115, 105], [50, 65, 50, 75, 50])).divergences(), []);
  t.same(structureOf(series([100, 110, 105, 115, 105], [50, 70, 50, 69, 50])).divergences(), [], 'one point');
  t.same(structureOf(series([100, 110, 105, 110.1, 105], [50, 75, 50, 65, 50])).divergences(), [], 'a dent');
  const unknown = [50, Number.NaN, 50, 65, 50];
  t.same(structureOf(series([100, 110, 105, 115, 105], unknown)).divergences(), [], 'no RSI yet');
});

t.test('a divergence is told of once its swing is confirmed, and for 30 candles', async (t) => {
  const turns = [100, 110, 105, 115, 105, 106, 105, 106, 105, 106];
  const inputs = series(turns, [50, 75, 50, 65, 50, 50, 50, 50, 50, 50]);
  const bearish = (count: number) =>
    structureOf(inputs.slice(0, count))
      .divergences()
      .filter(({ type }) => type === 'bearish').length;
  t.equal(bearish(21), 0);
  t.equal(bearish(22), 1);
  t.equal(bearish(49), 1);
  t.equal(bearish(50), 0);
});

t.test('swings more than 60 candles apart are not compared', async (t) => {
  const bearish = (legs: number) => {
    const rsi = (n: number) => ({ rsi: Math.round(n / legs) === 1 ? 75 : 65 });
    const confirmed = draw([100, 110, 105, 115, 105], legs, rsi).slice(0, 3 * legs + 4);
    return structureOf(confirmed).divergences().length;
  };
  t.equal(bearish(30), 1);
  t.equal(bearish(31), 0);
});
