import t from 'tap';
import { correlationStability, macroView } from '../../../../src/engine/analysis/regime/macro.js';
import { type Candle, RegimePlayer, randomCandles } from './regime-player.js';

const DAY = 86_400_000;

function player(candles: readonly Candle[]): RegimePlayer {
  const made = new RegimePlayer();
  for (const candle of candles) made.push('1d', candle);
  return made;
}

const candles = randomCandles(200, 41);
const last = candles.at(-1) as Candle;
const end = last.time + DAY;

/** Daily closes that end with the newest candle. */
function closes(count: number, at: (i: number) => number, until = end) {
  return Array.from({ length: count }, (_, i) => ({ day: until - (count - i) * DAY, close: at(i) }));
}

t.test('shares that rise and a dollar, a VIX and yields that fall speak for risk', async (t) => {
  const made = player(candles);
  const frame = made.frame('1d', last.time);
  t.equal(macroView(frame).score, null, 'nothing is known');
  const noise = (i: number) => 1 + 0.002 * Math.sin(i * 2.1);
  made.external.setSeries(
    'sp500',
    closes(100, (i) => 5000 * 1.003 ** i * noise(i)),
  );
  t.equal(macroView(frame).score, null, 'one of four is too few');
  made.external.setSeries(
    'dxy',
    closes(100, (i) => 104 * 0.998 ** i * noise(i)),
  );
  made.external.setSeries(
    'vix',
    closes(100, () => 13),
  );
  made.external.setSeries(
    'us_10y',
    closes(100, (i) => (5 - 0.01 * i) * noise(i)),
  );
  const view = macroView(frame);
  for (const part of Object.values(view.parts)) t.ok(part > 0.3 && part <= 1, `${part}`);
  t.ok(Math.abs(view.parts.vix - Math.tanh(7 / 8)) < 1e-12);
  const mean = Object.values(view.parts).reduce((sum, part) => sum + part, 0) / 4;
  t.ok(Math.abs((view.score as number) - mean) < 1e-12);
});

t.test('the change is that of twenty closes against the deviation of sixty', async (t) => {
  const made = player(candles);
  const at = (i: number) => 100 + 3 * Math.sin(i / 3) + i / 10;
  made.external.setSeries('sp500', closes(90, at));
  const used = Array.from({ length: 61 }, (_, i) => at(29 + i));
  const steps = used.slice(1).map((close, i) => close - (used[i] as number));
  const mean = steps.reduce((sum, step) => sum + step, 0) / 60;
  const deviation = Math.sqrt(steps.reduce((sum, step) => sum + (step - mean) ** 2, 0) / 59);
  const plain = Math.tanh(((used[60] as number) - (used[40] as number)) / (deviation * Math.sqrt(20)));
  t.ok(Math.abs(macroView(made.frame('1d', last.time)).parts.sp500 - plain) < 1e-12);
});

t.test('stale closes, and those of days that have not ended, are not read', async (t) => {
  const made = player(candles);
  const frame = made.frame('1d', last.time);
  made.external.setSeries(
    'vix',
    closes(100, () => 13, end - 6 * DAY),
  );
  t.ok(Number.isNaN(macroView(frame).parts.vix), 'six days old');
  made.external.setSeries('vix', [...closes(100, () => 13), { day: end, close: 80 }]);
  t.ok(Math.abs(macroView(frame).parts.vix - Math.tanh(7 / 8)) < 1e-12, 'the day that begins is not known');
});

t.test('the correlation with shares is stable if it is what it was 30 trading days before', async (t) => {
  const made = player(candles);
  const frame = made.frame('1d', last.time);
  const coin = candles.slice(-61).map(({ close }) => close);
  t.equal(correlationStability(frame, 0), null);
  made.external.setSeries(
    'sp500',
    closes(61, (i) => coin[i] as number),
  );
  t.ok(Math.abs((correlationStability(frame, 0) as number) - 1) < 1e-12, 'the same all along');
  const turned = (i: number) => {
    const pivot = coin[30] as number;
    return i <= 30 ? (coin[i] as number) : pivot ** 2 / (coin[i] as number);
  };
  made.external.setSeries('sp500', closes(61, turned));
  t.ok((correlationStability(frame, 0) as number) < 1e-9, 'from 1 to −1');
  made.external.setSeries(
    'sp500',
    closes(60, (i) => coin[i] as number),
  );
  t.equal(correlationStability(frame, 0), null, '60 common days are too few');
});
