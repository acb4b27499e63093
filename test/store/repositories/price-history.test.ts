import t, { type Test } from 'tap';
import type { CandleRecord } from '../../../src/store/records.js';
import { CandleRepository } from '../../../src/store/repositories/candles.js';
import { readPriceHistory } from '../../../src/store/repositories/price-history.js';
import { candle, fromDocument, makeAssets, toDocument } from '../../support/candles.js';
import { createTestDatabase } from '../../support/database.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const AT = Date.UTC(2024, 2, 10, 12, 34, 56, 789);
const THIS_HOUR = Date.UTC(2024, 2, 10, 12);

async function setUp(t: Test, records: readonly Partial<CandleRecord>[]) {
  const database = await createTestDatabase();
  t.teardown(() => database.drop());
  await makeAssets(database.pool, 3);
  const candles = new CandleRepository(database.pool, { toDocument, fromDocument });
  const refused: Error[] = [];
  await candles.bulkUpsert(records.map(candle), {
    computedAtMs: AT,
    onRejected: (_record, error) => refused.push(error),
  });
  t.same(refused, []);
  return (ids: readonly number[]) => readPriceHistory(database.pool, ids, AT);
}

const hourly = (time: number, close: number, more: Partial<CandleRecord> = {}): Partial<CandleRecord> => ({
  timeframe: '1h',
  time,
  open: close,
  high: close,
  low: close,
  close,
  vwap: close,
  ...more,
});
const long = (
  timeframe: '1d' | '1w' | '1M',
  time: number,
  high: number,
  low: number,
  more: Partial<CandleRecord> = {},
) => ({
  ...{ timeframe, time, open: low, high, low, close: high, vwap: null },
  ...more,
});

t.test('the price of 7 and of 30 days ago is the close of the hour that ended then', async (t) => {
  const read = await setUp(t, [
    hourly(THIS_HOUR - 7 * DAY - 2 * HOUR, 1),
    hourly(THIS_HOUR - 7 * DAY - HOUR, 2),
    hourly(THIS_HOUR - 7 * DAY, 3),
    hourly(THIS_HOUR - 30 * DAY - HOUR, 4),
    hourly(THIS_HOUR - 7 * DAY - HOUR, 99, { assetId: 2, isClosed: false }),
  ]);
  const history = await read([1, 2]);
  t.match(history.get(1), { assetId: 1, close7d: 2, close30d: 4 });
  t.match(history.get(2), { close7d: null, close30d: null }, 'a forming candle tells no close');
});

t.test('extremes come from closed days, weeks and months, dated by the shortest that has them', async (t) => {
  const january = Date.UTC(2024, 0, 1);
  const read = await setUp(t, [
    long('1M', Date.UTC(2020, 0, 1), 50, 5),
    long('1M', january, 100, 20),
    long('1w', Date.UTC(2024, 0, 15), 100, 20),
    long('1d', Date.UTC(2024, 0, 17), 100, 30),
    long('1d', Date.UTC(2024, 0, 18), 100, 20),
    long('1d', Date.UTC(2024, 0, 19), 500, 1, { isClosed: false }),
    hourly(Date.UTC(2024, 0, 19), 700),
    long('1d', january, 0.00000002, 0.00000001, { assetId: 2 }),
  ]);
  const history = await read([2, 1]);
  t.match(history.get(1), {
    high: 100,
    highTime: Date.UTC(2024, 0, 17),
    low: 5,
    lowTime: Date.UTC(2020, 0, 1),
  });
  t.match(history.get(2), { high: 2e-8, highTime: january, low: 1e-8, lowTime: january });
});

t.test('an asset without candles is there, with nothing known', async (t) => {
  const read = await setUp(t, []);
  const nothing = { close7d: null, close30d: null, high: null, highTime: null, low: null, lowTime: null };
  t.same([...(await read([3]))], [[3, { assetId: 3, ...nothing }]]);
  t.equal((await read([])).size, 0);
});
