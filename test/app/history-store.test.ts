import t, { type Test } from 'tap';
import { HistoryStore } from '../../src/app/history-store.js';
import { fromIndicatorDocument, toIndicatorDocument } from '../../src/indicator-document.js';
import { CandleRepository } from '../../src/store/repositories/candles.js';
import { candle, MINUTE, makeAssets, START } from '../support/candles.js';
import { createTestDatabase } from '../support/database.js';
import { silent } from '../support/folder.js';
import { until } from '../support/until.js';

const NOW = Date.UTC(2024, 2, 11);

async function setUp(t: Test) {
  const database = await createTestDatabase();
  t.teardown(() => database.drop());
  await makeAssets(database.pool);
  const candles = new CandleRepository(database.pool, {
    toDocument: toIndicatorDocument,
    fromDocument: fromIndicatorDocument,
  });
  return { database, candles, history: new HistoryStore(candles, silent, () => NOW) };
}

const minutes = (count: number) =>
  Array.from({ length: count }, (_, i) => candle({ time: START + i * MINUTE }));

t.test('fetched history is in the database once nothing is pending', async (t) => {
  const { candles, history } = await setUp(t);
  const written = history.add(minutes(2_500));
  t.equal(history.pending, 2_500, 'it is counted at once and written behind our back');
  await Promise.all([written, history.add([])]);
  await until('all is written', () => history.pending === 0);
  t.match(history, { written: 2_500, failed: 0 });
  const stored = await candles.latestClosed({ assetId: 1, timeframe: '1m', limit: 5_000 });
  t.same(
    stored.map(({ time }) => time),
    minutes(2_500).map(({ time }) => time),
  );
});

t.test('what is there already counts as written, what the database refuses as failed', async (t) => {
  const { history } = await setUp(t);
  void history.add(minutes(3));
  void history.add(minutes(3));
  void history.add([
    candle({ time: START + 10 * MINUTE, high: 1, low: 2 }),
    candle({ time: START + 11 * MINUTE }),
  ]);
  await until('all is done', () => history.pending === 0);
  t.match(history, { written: 7, failed: 1, unstored: 0 });
});

t.test('a database that is away costs what was to be written, is counted, and stops nothing', async (t) => {
  const { database, history } = await setUp(t);
  await database.pool.end();
  void history.add(minutes(5));
  await until('it has been tried', () => history.pending === 0);
  t.match(history, { written: 0, failed: 5, unstored: 5 });
  await history.stop();
});

t.test('a stop waits for the page in work and begins no other', async (t) => {
  const { candles, history } = await setUp(t);
  void history.add(minutes(6_000));
  await until('the first page is written', () => history.written > 0);
  await history.stop();
  t.equal(history.pending, 0);
  t.ok(history.written < 6_000);
  t.equal(history.failed, 0, 'what was left is no failure: the next start fetches it');
  t.equal(history.unstored, 6_000 - history.written, 'but the database lacks it');
  const stored = await candles.latestClosed({ assetId: 1, timeframe: '1m', limit: 10_000 });
  t.equal(stored.length, history.written, 'what is counted is there, and nothing else');
});
