import t from 'tap';
import {
  HOLDING_ANALYSES,
  PORTFOLIO_ANALYSES,
  WATCHLIST_ANALYSES,
} from '../../src/store/asset-analysis-records.js';
import { METRICS, REGIMES } from '../../src/store/market-records.js';
import { MODEL_JOBS, MODEL_PERFORMANCE, MODELS } from '../../src/store/model-records.js';
import {
  CROSS_SECTOR_ANALYSES,
  ROTATION_FLOWS,
  SECTOR_ANALYSES,
  SECTOR_HISTORY,
} from '../../src/store/sector-records.js';
import { PREDICTIONS, RECOMMENDATIONS, SIGNALS } from '../../src/store/signal-records.js';
import { ANALYTICS, API_LOGS, EXTERNAL_API_LOGS, HEALTH_CHECKS } from '../../src/store/system-records.js';
import { START } from '../support/candles.js';
import { createTestDatabase } from '../support/database.js';

const database = await createTestDatabase();
t.teardown(() => database.drop());
const { pool } = database;

const TABLES = [
  ...[METRICS, REGIMES, SECTOR_HISTORY, SECTOR_ANALYSES, CROSS_SECTOR_ANALYSES, ROTATION_FLOWS],
  ...[WATCHLIST_ANALYSES, PORTFOLIO_ANALYSES, HOLDING_ANALYSES, MODELS, MODEL_JOBS, MODEL_PERFORMANCE],
  ...[SIGNALS, RECOMMENDATIONS, PREDICTIONS, HEALTH_CHECKS, ANALYTICS, API_LOGS, EXTERNAL_API_LOGS],
];

t.test(
  'names every column of its table that the database does not fill in, and may leave out the same',
  async (t) => {
    for (const table of TABLES) {
      const { rows } = await pool.query<{ column_name: string; is_optional: boolean }>(
        `SELECT column_name, is_nullable = 'YES' OR column_default IS NOT NULL AS is_optional
       FROM information_schema.columns
       WHERE table_name = $1 AND column_name NOT IN ('id', 'created_at', 'updated_at') ORDER BY ordinal_position`,
        [table.name],
      );
      t.same(
        table.columnNames,
        rows.map((row) => row.column_name),
        table.name,
      );
      t.same(
        table.optionalNames.filter((name) =>
          rows.every((row) => row.column_name !== name || !row.is_optional),
        ),
        [],
        `${table.name}: what may be left out is NULL or has a default`,
      );
    }
  },
);

t.test(
  'keeps every digit, gives figures as numbers, times in ms, and what was left out as null or its default',
  async (t) => {
    const [id] = await METRICS.upsert(pool, [
      {
        ...{
          dataSource: 'x',
          timeframe: '1d',
          snapshotTime: START + 1,
          btcPriceUsd: '0.000000000123456789012345',
        },
        ...{
          rsi14: 12.5,
          liquidationZones: [{ price: 1 }, 'two'],
          extendedMetrics: { a: [1] },
          activeAddressesBtc: 7,
        },
      },
    ]);
    const { rows } = await pool.query(`SELECT ${METRICS.select('m')} FROM metrics_snapshot m WHERE id = $1`, [
      id,
    ]);
    t.match(rows, [
      {
        ...{
          id,
          dataSource: 'x',
          snapshotTime: START + 1,
          btcPriceUsd: '0.000000000123456789012345',
          rsi14: 12.5,
        },
        ...{ liquidationZones: [{ price: 1 }, 'two'], extendedMetrics: { a: [1] }, activeAddressesBtc: 7 },
        ...{ sma200: null, isValidated: false, dataCollectionStarted: null, createdAt: Number },
      },
    ]);
  },
);

t.test(
  'a row written again is the same row; ids come in the order of the rows, of doubles the last counts',
  async (t) => {
    const at = (n: number, rsi14: number) =>
      ({ dataSource: 'y', timeframe: '1h', snapshotTime: START + n, btcPriceUsd: 1, rsi14 }) as const;
    t.same(await METRICS.upsert(pool, []), []);
    const [three, one] = await METRICS.upsert(pool, [at(3, 30), at(1, 10)]);
    t.same(await METRICS.upsert(pool, [at(1, 11), at(3, 31), at(1, 12)]), [one, three, one]);
    const { rows } = await pool.query(
      `SELECT id, rsi_14::float8 AS rsi FROM metrics_snapshot WHERE data_source = 'y' ORDER BY snapshot_time`,
    );
    t.same(rows, [
      { id: one, rsi: 12 },
      { id: three, rsi: 31 },
    ]);
  },
);

t.test('refuses what is no number instead of forgetting it, and writes nothing of the batch', async (t) => {
  const good = { dataSource: 'z', timeframe: '1h', snapshotTime: START, btcPriceUsd: 1 } as const;
  for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY]) {
    await t.rejects(
      METRICS.upsert(pool, [good, { ...good, snapshotTime: START + 1, rsi14: wrong }]),
      /chk_metrics_snapshot_rsi_14/,
    );
    await t.rejects(
      METRICS.upsert(pool, [{ ...good, btcPriceUsd: wrong }]),
      /chk_metrics_snapshot_btc_price_usd/,
    );
    await t.rejects(METRICS.upsert(pool, [{ ...good, activeAddressesBtc: wrong }]));
  }
  const { rowCount } = await pool.query(`SELECT FROM metrics_snapshot WHERE data_source = 'z'`);
  t.equal(rowCount, 0);
});

t.test('two that write the same rows in opposite orders do not lock each other out', async (t) => {
  const rows = Array.from({ length: 200 }, (_, n) => ({
    ...{ dataSource: 'w', timeframe: '1h', snapshotTime: START + n, btcPriceUsd: 1 },
  })) as Parameters<typeof METRICS.upsert>[1];
  const written = await Promise.all(
    Array.from({ length: 12 }, (_, n) => METRICS.upsert(pool, n % 2 === 0 ? rows : rows.toReversed())),
  );
  t.same(written[1], written[0]?.toReversed());
});
