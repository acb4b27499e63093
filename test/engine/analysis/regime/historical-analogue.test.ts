import t from 'tap';
import { CandleWindow } from '../../../../src/engine/analysis/regime/candle-window.js';
import { findAnalogue, nameOf } from '../../../../src/engine/analysis/regime/historical-analogue.js';
import { type Candle, RegimePlayer, randomCandles } from './regime-player.js';

function windowOf(candles: readonly Candle[]): CandleWindow {
  const player = new RegimePlayer();
  for (const candle of candles) player.push('1d', candle);
  const window = new CandleWindow();
  window.read(player.book, 0, 5);
  return window;
}

function pearson(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [ma, mb] = [mean(a), mean(b)];
  const product = a.reduce((sum, value, i) => sum + (value - ma) * ((b[i] as number) - mb), 0);
  const size = (values: readonly number[], m: number) =>
    Math.sqrt(values.reduce((sum, value) => sum + (value - m) ** 2, 0));
  return product / (size(a, ma) * size(b, mb));
}

t.test('the analogue is the earlier window whose path correlates the most', async (t) => {
  const candles = randomCandles(300, 15);
  const paths = candles.map(({ close }) => Math.log(close));
  const newest = paths.slice(-60);
  const found = Array.from({ length: 300 - 120 + 1 }, (_, start) =>
    pearson(paths.slice(start, start + 60), newest),
  );
  const best = found.indexOf(Math.max(...found));
  const analogue = findAnalogue(windowOf(candles), '1d');
  t.equal(analogue?.from, candles[best]?.time);
  t.equal(analogue?.to, candles[best + 59]?.time);
  t.ok(Math.abs((analogue?.similarity as number) - (found[best] as number)) < 1e-9);
  if (analogue !== null) t.match(nameOf(analogue), /^\d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d$/);
});

t.test('a path that has been before is found where it was', async (t) => {
  const candles = randomCandles(300, 16);
  const past = candles.slice(70, 130);
  const again = past.map((candle, i) => ({
    ...candle,
    time: (candles.at(-1) as Candle).time + (i + 1) * 86_400_000,
  }));
  const analogue = findAnalogue(windowOf([...candles, ...again]), '1d');
  t.equal(analogue?.from, past[0]?.time);
  t.ok((analogue?.similarity as number) > 0.999999);
});

t.test('nothing is found in a flat market, in a short history, and on hours', async (t) => {
  const flat = randomCandles(300, 1).map((candle) => ({ ...candle, open: 5, high: 5, low: 5, close: 5 }));
  t.equal(findAnalogue(windowOf(flat), '1d'), null);
  t.equal(findAnalogue(windowOf(randomCandles(140, 1)), '1d'), null);
  t.equal(findAnalogue(windowOf(randomCandles(300, 1)), '1h'), null);
});
