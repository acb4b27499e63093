import t from 'tap';
import { CandleWindow } from '../../../../src/engine/analysis/regime/candle-window.js';
import { illiquidityRank, sentimentOf } from '../../../../src/engine/analysis/regime/mood.js';
import { RegimePlayer, randomCandles } from './regime-player.js';

t.test('Fear & Greed has the classes of its provider', async (t) => {
  const classes = [0, 25, 26, 46, 47, 54, 55, 75, 76, 100].map(sentimentOf);
  t.same(classes, [
    'extreme_fear',
    'extreme_fear',
    'fear',
    'fear',
    'neutral',
    'neutral',
    'greed',
    'greed',
    'extreme_greed',
    'extreme_greed',
  ]);
});

t.test('a market in which little trade moves the price ranks as illiquid', async (t) => {
  const rank = (volumeOf: (i: number) => number) => {
    const player = new RegimePlayer();
    for (const [i, candle] of randomCandles(200, 23).entries()) {
      player.push('1d', { ...candle, volume: volumeOf(i) });
    }
    const window = new CandleWindow();
    window.read(player.book, 0, 5);
    return illiquidityRank({ window });
  };
  t.ok(rank((i) => (i < 180 ? 1000 : 10)) > 0.99, 'thin at the end');
  t.ok(rank((i) => (i < 180 ? 10 : 1000)) < 0.01, 'deep at the end');
  t.ok(Number.isNaN(rank(() => 0)), 'nothing traded');
});
