import fc from 'fast-check';
import t from 'tap';
import { upsertCandles } from '../../src/store/candle-upsert.js';
import type { CandleRecord } from '../../src/store/records.js';
import { CandleRepository } from '../../src/store/repositories/candles.js';
import { candle, fromDocument, MINUTE, makeAssets, START, toDocument } from '../support/candles.js';
import { createTestDatabase } from '../support/database.js';

/** Prices of every size that a double has room for and a market may have, tiny coins among them. */
const price = fc.oneof(
  fc.double({ min: 1e-12, max: 1e9, noNaN: true }),
  fc.integer({ min: 1, max: 10_000 }).map((n) => n * 1e-8),
  fc.double({ min: 5e-324, max: Number.MAX_VALUE, noNaN: true }),
);
const volume = fc.oneof(fc.constant(0), price);

t.test('every double comes back as the same double', async (t) => {
  const database = await createTestDatabase();
  t.teardown(() => database.drop());
  await makeAssets(database.pool);
  const candles = new CandleRepository(database.pool, { toDocument, fromDocument });
  const prices = fc.tuple(
    price,
    price,
    price,
    price,
    volume,
    fc.option(price),
    fc.double({ min: 0, max: 1, noNaN: true }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(prices, { minLength: 20, maxLength: 20 }), async (rows) => {
      await database.pool.query('TRUNCATE price_data');
      const records = rows.map(([a, b, c, d, amount, vwap, coverage], i): CandleRecord => {
        const [low = a, open = a, close = a, high = a] = [a, b, c, d].sort((x, y) => x - y);
        const indicators = { RSI: c, MACD: -d };
        return candle({
          time: START + i * MINUTE,
          open,
          high,
          low,
          close,
          volume: amount,
          vwap,
          coverage,
          indicators,
        });
      });
      const onRejected = (_: CandleRecord, error: Error): void => {
        throw error;
      };
      await upsertCandles(database.pool, records, { toDocument, computedAtMs: START, onRejected });
      const query = { assetId: 1, timeframe: '1m', limit: 100 } as const;
      t.strictSame(await candles.latestClosed({ ...query, withIndicators: true }), records);
      for (const exact of await candles.latestClosedExact(query)) {
        if (Number(exact.close) !== exact.record.close)
          throw new Error(`${exact.close} is not ${exact.record.close}`);
      }
    }),
    { numRuns: 30 },
  );
});

const write = fc.record({
  isClosed: fc.boolean(),
  isValidated: fc.boolean(),
  close: fc.constantFrom(100.1, 100.2),
  tradeCount: fc.constantFrom(null, 5, 6),
  indicators: fc.constantFrom(null, { RSI: 1 }, { RSI: 2 }),
});

t.test('whatever the order of writes, the better row stays', async (t) => {
  const database = await createTestDatabase();
  t.teardown(() => database.drop());
  await makeAssets(database.pool);
  const candles = new CandleRepository(database.pool, { toDocument, fromDocument });
  await fc.assert(
    fc.asyncProperty(fc.array(write, { minLength: 1, maxLength: 8 }), async (writes) => {
      await database.pool.query('TRUNCATE price_data');
      // An exchange's own candle is finished by definition.
      const records = writes.map((w) => candle({ ...w, isValidated: w.isValidated && w.isClosed }));
      for (const record of records) {
        await upsertCandles(database.pool, [record], {
          toDocument,
          computedAtMs: START,
          onRejected: (_, error) => {
            throw error;
          },
        });
      }
      const [stored] = await candles.latestClosed({
        assetId: 1,
        timeframe: '1m',
        limit: 1,
        withIndicators: true,
      });
      const winner =
        records.findLast(({ isValidated }) => isValidated) ?? records.findLast(({ isClosed }) => isClosed);
      t.equal(stored?.close, winner?.close, 'the prices of the last of the best');
      t.equal(stored?.isValidated, winner?.isValidated);
      if (stored === undefined) return;
      const same = records.filter(({ close }) => close === stored.close);
      t.ok(
        stored.indicators === null ||
          same.some(({ indicators }) => indicators?.RSI === stored.indicators?.RSI),
        'indicators were computed from these prices',
      );
      t.ok(stored.tradeCount === null || same.some(({ tradeCount }) => tradeCount === stored.tradeCount));
    }),
    { numRuns: 100 },
  );
});
