import t from 'tap';
import {
  listMetrics,
  metricsHistory,
  newestMetrics,
  newestMetricsOfEach,
  upsertMetrics,
} from '../../../src/store/repositories/metrics.js';
import { HOUR, plansOf, snapshot } from '../../support/analyses.js';
import { START } from '../../support/candles.js';
import { openUserSite, readAll } from '../../support/user-site.js';

const { owner, engine, as } = await openUserSite(t);
const SERIES = { dataSource: 'binance', timeframe: '1h' } as const;

t.test('a series without snapshots gives nothing', async (t) => {
  t.equal(await newestMetrics(engine, SERIES), null);
  t.same(await newestMetricsOfEach(engine, 'binance'), []);
  t.same(await listMetrics(engine, SERIES), { items: [], nextCursor: null });
  t.same(await metricsHistory(engine, { ...SERIES, from: START, to: START + HOUR, bucketMs: HOUR }), []);
});

t.test('reads the newest of each timeframe, a range and its pages, each of one data source', async (t) => {
  const times = Array.from({ length: 3_000 }, (_, n) => START + n * HOUR);
  await upsertMetrics(engine, [
    ...times.map((snapshotTime, n) => snapshot({ snapshotTime, rsi14: n % 100 })),
    ...times.map((snapshotTime) =>
      snapshot({ snapshotTime: snapshotTime + 2 * HOUR, dataSource: 'binance-simulated' }),
    ),
    snapshot({ timeframe: '1d', snapshotTime: START }),
  ]);
  await owner.query('ANALYZE metrics_snapshot');
  const last = times.at(-1) ?? 0;
  t.match(await as(null, (db) => newestMetrics(db, SERIES)), {
    snapshotTime: last,
    btcPriceUsd: '50000.125',
  });
  t.match(await as(null, (db) => newestMetricsOfEach(db, 'binance')), [
    { timeframe: '1h', snapshotTime: last },
    { timeframe: '1d', snapshotTime: START },
  ]);
  const range = { ...SERIES, from: START + HOUR, to: START + 8 * HOUR };
  for (const limit of [1, 3, 7, 50]) {
    const all = await as(null, (db) =>
      readAll((cursor) => listMetrics(db, { ...range, limit, ...(cursor === undefined ? {} : { cursor }) })),
    );
    t.same(
      all.map(({ snapshotTime }) => snapshotTime),
      times.slice(1, 8).toReversed(),
    );
  }
  for (const read of [
    (db: typeof engine) => newestMetrics(db, SERIES),
    (db: typeof engine) => newestMetricsOfEach(db, 'binance'),
    (db: typeof engine) => listMetrics(db, SERIES),
  ]) {
    const plans = await plansOf(engine, (db) => read(db as typeof engine));
    t.match(plans, 'unique_snapshot_time_timeframe');
    t.notMatch(plans, 'Seq Scan');
  }
});

t.test('history is the last snapshot of each bucket, within the range', async (t) => {
  const midnight = Math.ceil(START / (24 * HOUR)) * 24 * HOUR;
  const query = { ...SERIES, from: midnight + 5 * HOUR, to: midnight + 50 * HOUR, bucketMs: 24 * HOUR };
  t.same(
    (await metricsHistory(engine, query)).map(({ snapshotTime }) => snapshotTime),
    [midnight + 23 * HOUR, midnight + 47 * HOUR, midnight + 49 * HOUR],
  );
  t.notMatch(await plansOf(engine, (db) => metricsHistory(db, query)), 'Seq Scan');
  for (const wrong of [
    { from: query.to },
    { bucketMs: 0 },
    { bucketMs: 1 },
    { from: Number.NaN },
    { bucketMs: -HOUR },
  ]) {
    await t.rejects(metricsHistory(engine, { ...query, ...wrong }), RangeError);
  }
});

t.test('a week begins on Monday', async (t) => {
  const week = 7 * 24 * HOUR;
  const monday = Date.UTC(2024, 0, 1);
  await upsertMetrics(engine, [
    snapshot({ dataSource: 'weeks', snapshotTime: monday - HOUR }),
    snapshot({ dataSource: 'weeks', snapshotTime: monday }),
    snapshot({ dataSource: 'weeks', snapshotTime: monday + week - HOUR }),
  ]);
  const found = await metricsHistory(engine, {
    ...{ dataSource: 'weeks', timeframe: '1h', bucketMs: week, from: monday - week, to: monday + week },
  });
  t.same(
    found.map(({ snapshotTime }) => snapshotTime),
    [monday - HOUR, monday + week - HOUR],
  );
});
