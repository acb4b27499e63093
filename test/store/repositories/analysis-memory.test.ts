import t from 'tap';
import { findSnapshot } from '../../../src/store/repositories/metrics.js';
import { metricsMemory } from '../../../src/store/repositories/metrics-memory.js';
import { newestSectorAnchors } from '../../../src/store/repositories/sector-anchors.js';
import { upsertSectorHistory } from '../../../src/store/repositories/sectors.js';
import { HOUR, makeSnapshot, plansOf } from '../../support/analyses.js';
import { START } from '../../support/candles.js';
import { openUserSite } from '../../support/user-site.js';

const { owner, engine } = await openUserSite(t);

t.test('the newest hourly snapshots of a source, oldest first', async (t) => {
  await makeSnapshot(owner, { fearGreedIndex: 30, fundingRateBtc: -0.000125, openInterestBtc: '81234.5' });
  const id = await makeSnapshot(owner, {
    ...{ snapshotTime: START + HOUR, total: '2345678901234.5', btcDominance: 54.25 },
  });
  await makeSnapshot(owner, { snapshotTime: START - HOUR, total: 1 });
  await makeSnapshot(owner, { snapshotTime: START + 2 * HOUR, timeframe: '15m' });
  await makeSnapshot(owner, { snapshotTime: START + 3 * HOUR, dataSource: 'kraken' });
  t.strictSame(await metricsMemory(engine, 'binance', 2), [
    {
      ...{ time: START, fearGreedIndex: 30, fundingRateBtc: -0.000125, openInterestBtc: 81_234.5 },
      ...{ total: null, btcDominance: null },
    },
    {
      ...{ time: START + HOUR, fearGreedIndex: null, fundingRateBtc: null, openInterestBtc: null },
      ...{ total: 2345678901234.5, btcDominance: 54.25 },
    },
  ]);
  const key = { dataSource: 'binance', timeframe: '1h', snapshotTime: START + HOUR } as const;
  t.equal(await findSnapshot(engine, key), id);
  t.equal(await findSnapshot(engine, { ...key, timeframe: '4h' }), null);
});

t.test('where the index of each sector stood, by timeframe', async (t) => {
  const { rows } = await owner.query<{ id: number }>('SELECT id FROM sectors ORDER BY id LIMIT 3');
  const [first = 0, second = 0, third = 0] = rows.map(({ id }) => id);
  const candle = (sectorId: number, timeframe: '5m' | '1h', candleTime: number, close: unknown) => ({
    ...{ sectorId, timeframe, candleTime, dataSource: 'binance' },
    technicalIndicators: { index: { close }, RSI: null },
  });
  await upsertSectorHistory(owner, [
    candle(first, '5m', START, 1_000.125),
    candle(first, '5m', START + 300_000, 1_001.5),
    candle(first, '1h', START, 999),
    candle(second, '5m', START, null),
    { ...candle(second, '5m', START, 7), dataSource: 'kraken' },
    candle(third, '5m', START, 3),
  ]);
  await owner.query('UPDATE sectors SET is_active = false WHERE id = $1', [third]);
  t.strictSame(await newestSectorAnchors(engine, 'binance', ['5m', '1h', '1d']), [
    { sectorId: first, timeframe: '5m', candleTime: START + 300_000, value: 1_001.5 },
    { sectorId: first, timeframe: '1h', candleTime: START, value: 999 },
  ]);
  const plan = await plansOf(engine, (database) => newestSectorAnchors(database, 'binance', ['5m']));
  t.notMatch(plan, /Seq Scan on sector_history/);
});
