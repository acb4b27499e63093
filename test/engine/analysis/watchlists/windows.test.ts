import t from 'tap';
import type { ClosedCandle } from '../../../../src/engine/analysis/candle-ring.js';
import { backOf, hasHorizon, horizonOf } from '../../../../src/engine/analysis/watchlists/windows.js';
import { DAY_MS } from '../../../../src/timeframe.js';
import { assetOf, DAY, PlayedMarket, walk } from './played-market.js';

/** Plays days but some, and finds the candle that began ten days before the last one. */
function found(days: number, missing: readonly number[], candles = 10): number {
  const market = new PlayedMarket([assetOf(0, 'BTC/USDT')]);
  const rows = walk(1, days).filter((_, day) => !missing.includes(day));
  market.pushAll(0, DAY, rows);
  const back = backOf(market.book, 0, DAY, candles, DAY_MS);
  const row: ClosedCandle | undefined = rows.at(-1 - back);
  return back === -1 || row === undefined ? -1 : days - 1 - (row.time - (rows[0]?.time ?? 0)) / DAY_MS;
}

t.test('a window begins at the candle of its time, however many are missing in it', (t) => {
  t.equal(found(30, []), 10);
  t.equal(found(30, [22, 25, 27]), 10);
  t.equal(found(11, []), 10, 'just enough');
  t.end();
});

t.test(
  'where that candle is missing the one before it takes its place, a tenth of the window earlier at most',
  (t) => {
    t.equal(found(30, [19]), 11);
    t.equal(found(30, [19, 18]), -1);
    t.equal(found(60, [39, 38, 24], 20), 22);
    t.equal(found(10, []), -1, 'too short');
    t.end();
  },
);

t.test('lists are analysed in 1h, 4h and 1d', (t) => {
  t.same(
    [0, 1, 2, 3, 4, 5, 6, 7].filter(hasHorizon).map((timeframe) => horizonOf(timeframe).timeframe),
    ['1h', '4h', '1d'],
  );
  t.throws(() => horizonOf(6), RangeError);
  t.end();
});
