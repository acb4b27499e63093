import t from 'tap';
import { columnOf } from '../../../../src/engine/analysis/columns.js';
import { directionOf, outlookOf } from '../../../../src/engine/analysis/portfolios/direction.js';
import { contexts, DAY, MadeMarket, NO_CONTEXTS, START, walk } from './made-market.js';

const time = START + 100 * DAY;

t.test('a direction is the weighted mean of the votes that are known', async (t) => {
  const made = new MadeMarket([{ symbol: 'BTC/USDT', closes: walk(4, 2_400, 100) }], time);
  const frame = made.frame('1h', time);
  const at = (name: string): number => made.book.value(0, frame.timeframe, columnOf(name));
  const clip = (value: number): number => Math.max(-1, Math.min(1, value));
  const close = made.book.close(0, frame.timeframe, 0);
  const structure = made.structures.of(0, frame.timeframe);
  const sign = { up: 1, down: -1, range: 0 }[structure?.trend ?? 'range'];
  const plain = [
    [0.2, clip((close - at('ema_50')) / (3 * at('atr_14')))],
    [0.15, clip((close - at('ema_200')) / (6 * at('atr_14')))],
    [0.2, (structure?.trendStrength ?? 0) * sign],
    [0.1, clip(at('macd_hist') / (0.5 * at('atr_14')))],
    [0.05, clip((at('rsi_14') - 50) / 25)],
    [0.2, 0.8],
    [0.1, 0.4],
  ] as const;
  const wanted = plain.reduce((sum, [weight, vote]) => sum + weight * vote, 0);
  const size = plain.reduce((sum, [weight, vote]) => sum + weight * Math.abs(vote), 0);
  const found = directionOf(frame, contexts(), 0, 1);
  t.ok(Math.abs(found.score - wanted) < 1e-12);
  t.ok(Math.abs(found.agreement - Math.abs(wanted) / size) < 1e-12);
  t.ok(Math.abs(found.known - 1) < 1e-12);
  const less = directionOf(frame, NO_CONTEXTS, 0, 1);
  t.ok(Math.abs(less.score - (wanted - 0.16 - 0.04) / 0.7) < 1e-12, 'the others are weighed anew');
  t.same(less.missing, ['regime', 'sector']);
  t.match(directionOf(frame, contexts({ regime: 'Bear', confidence: 1 }), 0, null).votes.at(-1), {
    factor: 'regime',
    value: -1,
  });
});

t.test('of what has too few candles nothing is expected', async (t) => {
  const made = new MadeMarket([{ symbol: 'BTC/USDT', closes: [100, 101] }], START + DAY);
  const found = directionOf(made.frame('1h', START + 2 * 3_600_000), NO_CONTEXTS, 0, null);
  t.equal(found.known, 0);
  t.ok(Number.isNaN(found.score) && Number.isNaN(found.agreement));
  t.equal(outlookOf(Number.NaN), null);
  t.equal(outlookOf(0.21), 'Bullish');
  t.equal(outlookOf(-0.21), 'Bearish');
  t.equal(outlookOf(0.2), 'Neutral');
});
