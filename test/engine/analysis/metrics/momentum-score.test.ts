import t from 'tap';
import type { ClosedCandle } from '../../../../src/engine/analysis/candle-ring.js';
import { momentumScore } from '../../../../src/engine/analysis/metrics/momentum-score.js';
import { timeframeIndex } from '../../../../src/timeframe.js';
import { skipWithoutRecord } from '../../../support/recorded.js';
import { MadeMarket, recorded } from './made-frames.js';
import { plainMomentum } from './plain.js';

const DAILY = timeframeIndex('1d');

t.test('is that of the batch formulas on recorded days', skipWithoutRecord(), async (t) => {
  for (const symbol of ['BTC', 'SOL']) {
    const candles = recorded(`${symbol}-USDT_1d`).slice(0, 400);
    const market = new MadeMarket([`${symbol}/USDT`]);
    let worst = 0;
    let defined = 0;
    for (const [i, candle] of candles.entries()) {
      market.push(0, '1d', candle);
      const found = momentumScore(market.book, 0, DAILY);
      const wanted = plainMomentum(candles.slice(0, i + 1));
      if (Number.isNaN(wanted) !== Number.isNaN(found)) t.fail(`candle ${i}: ${found} for ${wanted}`);
      if (Number.isNaN(wanted)) continue;
      defined += 1;
      worst = Math.max(worst, Math.abs(found - wanted));
    }
    t.equal(defined, candles.length - 33);
    t.ok(worst < 1e-9, `${symbol}: ${worst}`);
  }
});

function series(closes: readonly number[]): MadeMarket {
  const market = new MadeMarket(['BTC/USDT']);
  for (const [i, close] of closes.entries()) {
    const candle: ClosedCandle = {
      time: i * 86_400_000,
      open: close,
      high: close,
      low: close,
      close,
      volume: 1,
    };
    market.push(0, '1d', candle);
  }
  return market;
}

t.test('a steady rise is near 100, a steady fall near −100, their mirror images opposite', async (t) => {
  const up = momentumScore(
    series(Array.from({ length: 60 }, (_, i) => 100 * 1.01 ** (i + (i % 2)))).book,
    0,
    DAILY,
  );
  const down = momentumScore(
    series(Array.from({ length: 60 }, (_, i) => 100 / 1.01 ** (i + (i % 2)))).book,
    0,
    DAILY,
  );
  t.ok(up > 60 && up <= 100, `${up}`);
  t.ok(down < -60 && down >= -100, `${down}`);
});

t.test('a market that never moved has no momentum, and is not oversold', async (t) => {
  t.equal(momentumScore(series(new Array<number>(60).fill(7)).book, 0, DAILY), 0);
  t.ok(Number.isNaN(momentumScore(series(new Array<number>(20).fill(7)).book, 0, DAILY)));
});
