import t, { type Test } from 'tap';
import { HistoryStore } from '../../src/app/history-store.js';
import { fromIndicatorDocument, toIndicatorDocument } from '../../src/indicator-document.js';
import { createPool } from '../../src/store/pool.js';
import { CandleRepository } from '../../src/store/repositories/candles.js';
import { candle, MINUTE, makeAssets, START } from '../support/candles.js';
import { createTestDatabase } from '../support/database.js';
import { silent } from '../support/folder.js';
import { until } from '../support/until.js';

const NOW = Date.UTC(2024, 2, 11);

async function setUp(t: Test, reaches: () => boolean = () => true) {
  const database = await createTestDatabase();
  t.teardown(() => database.drop());
  await makeAssets(database.pool);
  const candles = new CandleRepository(database.pool, {
    toDocument: toIndicatorDocument,
    fromDocument: fromIndicatorDocument,
  });
  // A pool whose database is away refuses each query.
  const away = createPool({ url: 'postgres://127.0.0.1:1/none', logger: silent });
  t.teardown(() => away.end());
  const nowhere = new CandleRepository(away, {
    toDocument: toIndicatorDocument,
    fromDocument: fromIndicatorDocument,
  });
  const history = new HistoryStore({
    candles: { bulkUpsert: (...args) => (reaches() ? candles : nowhere).bulkUpsert(...args) },
    logger: silent,
    now: () => NOW,
    retry: { baseMs: 5, maxMs: 20 },
  });
  t.teardown(() => history.stop());
  return { database, candles, history };
}

const minutes = (count: number) =>
  Array.from({ length: count }, (_, i) => candle({ time: START + i * MINUTE }));

t.test('fetched history is in the database once nothing is pending', async (t) => {
  const { candles, history } = await setUp(t);
  const written = history.add(minutes(2_500));
  t.equal(history.pending, 2_500, 'it is counted at once and written behind our back');
  await Promise.all([written, history.add([])]);
  await until('all is written', () => history.pending === 0);
  t.match(history, { written: 2_500, refused: 0 });
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
  t.match(history, { written: 7, refused: 1, unstored: 0 });
});

t.test('what the database was not there to take is written when it is back', async (t) => {
  let isThere = false;
  const { candles, history } = await setUp(t, () => isThere);
  await history.add(minutes(5_000));
  t.match(history, { pending: 0, written: 0, unstored: 5_000 }, 'who waits is not held up');
  await until('it has been tried again', () => history.failures > 3);
  void history.add(minutes(5_100).slice(5_000));
  isThere = true;
  await until('all is written', () => history.written === 5_100);
  t.match(history, { pending: 0, refused: 0, unstored: 0 });
  const stored = await candles.latestClosed({ assetId: 1, timeframe: '1m', limit: 10_000 });
  t.equal(stored.length, 5_100);
});

t.test('a stop while the database is away gives up what waits', async (t) => {
  const { history } = await setUp(t, () => false);
  await history.add(minutes(5));
  await history.stop();
  t.match(history, { pending: 0, written: 0, unstored: 5 });
});

t.test('a stop waits for the page in work and begins no other', async (t) => {
  const { candles, history } = await setUp(t);
  void history.add(minutes(6_000));
  await until('the first page is written', () => history.written > 0);
  await history.stop();
  t.equal(history.pending, 0);
  t.ok(history.written < 6_000);
  t.equal(history.failures, 0, 'what was left is no failure: the next start fetches it');
  t.equal(history.unstored, 6_000 - history.written, 'but the database lacks it');
  const stored = await candles.latestClosed({ assetId: 1, timeframe: '1m', limit: 10_000 });
  t.equal(stored.length, history.written, 'what is counted is there, and nothing else');
});

t.test('when much has been written it is told of once, and from when to when', async (t) => {
  const told: (readonly [from: number, to: number])[] = [];
  const history = new HistoryStore({
    candles: {
      bulkUpsert: async (records) => ({ written: records.length, unchanged: 0, rejected: 0 }),
    },
    logger: silent,
    now: () => NOW,
    onMuchStored: (...range) => told.push(range),
  });
  void history.add(minutes(30_000));
  await history.add([candle({ timeframe: '1d', time: 0 })]);
  t.same(told, [], 'that was not much');
  await history.add(minutes(60_000).slice(30_000));
  await history.add(minutes(1));
  t.same(told, [[START, START + 59_999 * MINUTE]]);
});
