import t from 'tap';
import { StructureBook } from '../../../../src/engine/analysis/structure/structure-book.js';
import { timeframeIndex } from '../../../../src/timeframe.js';
import { draw } from './drawn.js';

t.test('structures are kept of 15m and longer, of each asset by itself', async (t) => {
  const book = new StructureBook();
  book.add(0);
  book.add(1);
  const [candle] = draw([100, 101]);
  if (candle === undefined) throw new Error('nothing drawn');
  for (const timeframe of ['1m', '5m', '15m', '1h'] as const) book.push(1, timeframeIndex(timeframe), candle);
  t.equal(book.of(1, timeframeIndex('1m')), null);
  t.equal(book.of(1, timeframeIndex('5m')), null);
  t.equal(book.of(1, timeframeIndex('15m'))?.depth, 1);
  t.equal(book.of(1, timeframeIndex('1M'))?.depth, 0);
  t.equal(book.of(0, timeframeIndex('1h'))?.depth, 0);
});

t.test('an asset that is removed has no structures, and one that is added again begins anew', async (t) => {
  const book = new StructureBook();
  const hour = timeframeIndex('1h');
  const [candle] = draw([100, 101]);
  if (candle === undefined) throw new Error('nothing drawn');
  t.throws(() => book.push(0, hour, candle), new RangeError('asset 0 is not analysed'));
  book.add(0);
  book.push(0, hour, candle);
  t.throws(() => book.push(0, hour, candle), RangeError, 'the same candle again');
  book.remove(0);
  t.equal(book.of(0, hour), null);
  book.add(0);
  t.equal(book.of(0, hour)?.depth, 0);
});
