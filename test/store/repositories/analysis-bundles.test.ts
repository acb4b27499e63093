import t from 'tap';
import { type AnalysisBundle, writeBundles } from '../../../src/store/repositories/analysis-bundles.js';
import { HOUR, snapshot } from '../../support/analyses.js';
import { START } from '../../support/candles.js';
import { makeModel } from '../../support/signals.js';
import { openUserSite } from '../../support/user-site.js';

const { owner, engine, addUser, inEngine } = await openUserSite(t);
const user = await addUser();
const aiModelId = await makeModel(owner);
const EMPTY: AnalysisBundle = {
  ...{ metrics: null, regime: null, crosses: [] },
  ...{
    sectors: [],
    sectorCandles: [],
    sectorFigures: [],
    watchlists: [],
    portfolios: [],
    holdings: [],
  },
};
const AT = { analysisTime: START, candleTime: START - HOUR };

async function write(...bundles: AnalysisBundle[]): Promise<void> {
  await inEngine((connection) => writeBundles(connection, bundles));
}

async function count(table: string): Promise<number> {
  const { rows } = await owner.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${table}`);
  return rows[0]?.n ?? -1;
}

const { rows: sectors } = await owner.query<{ id: number }>('SELECT id FROM sectors ORDER BY id LIMIT 2');
const [first, second] = sectors.map(({ id }) => id) as [number, number];
const { rows: lists } = await owner.query<{ id: number }>(
  `INSERT INTO watchlists (name, watchlist_type, user_id) VALUES ('Mine', 'personal', $1) RETURNING id`,
  [user],
);
const watchlistId = lists[0]?.id as number;
const { rows: held } = await owner.query<{ id: number }>(
  'INSERT INTO portfolios (user_id) VALUES ($1) RETURNING id',
  [user],
);
const portfolioId = held[0]?.id as number;

const WHOLE: AnalysisBundle = {
  metrics: snapshot(),
  regime: {
    aiModelId,
    analysisTime: START,
    analysisTimeframe: '1h',
    currentRegime: 'Bull',
    regimeConfidence: 0.8,
  },
  sectors: [first, second].map((sectorId) => ({ aiModelId, sectorId, timeframe: '1h' as const, ...AT })),
  crosses: (['1d', '7d'] as const).map((timeframe) => ({
    cross: { aiModelId, timeframe, ...AT },
    flows: [
      { fromSectorId: first, toSectorId: second, score: 0.25 },
      { fromSectorId: second, toSectorId: first, score: 0.75 },
    ],
  })),
  sectorCandles: [
    { sectorId: first, dataSource: 'binance', timeframe: '1h', candleTime: START, marketCap: 12.5 },
  ],
  sectorFigures: [
    {
      ...{ sectorId: first, marketCap: 1e12, marketCapChange24h: -5e9, volume24h: 3.5e10 },
      ...{ metricsDetails: { weighting: 'market_cap' }, top3CoinsId: [7, 8] },
    },
  ],
  watchlists: [{ aiModelId, watchlistId, timeframe: '1h', ...AT }],
  portfolios: [{ aiModelId, portfolioId, timeframe: '1h', ...AT }],
  holdings: [],
};
const TABLES = [
  ...['metrics_snapshot', 'ai_regime_analysis', 'ai_sector_analysis', 'ai_cross_sector_analysis'],
  ...['sector_rotation_flows', 'sector_history', 'ai_watchlist_analysis', 'ai_portfolio_analysis'],
];

t.test('a bundle is one snapshot with all that refers to it, however often it is written', async (t) => {
  await write(WHOLE, WHOLE);
  await write(WHOLE);
  t.same(await Promise.all(TABLES.map(count)), [1, 1, 2, 2, 4, 1, 1, 1]);
  const { rows } = await owner.query(
    `SELECT market_cap::float8 AS cap, market_cap_change_24h::float8 AS change, volume_24h::float8 AS volume,
       metrics_details AS details, top_3_coins_id AS top FROM sectors WHERE id = $1`,
    [first],
  );
  t.same(rows, [
    { cap: 1e12, change: -5e9, volume: 3.5e10, details: { weighting: 'market_cap' }, top: [7, 8] },
  ]);
});

t.test('without a snapshot only what needs none is written', async (t) => {
  const [candle] = WHOLE.sectorCandles;
  if (candle === undefined) throw new Error('there is a candle');
  await write({ ...WHOLE, metrics: null, sectorCandles: [{ ...candle, candleTime: START + HOUR }] });
  t.same(await Promise.all(TABLES.map(count)), [1, 1, 2, 2, 4, 2, 1, 1]);
});

t.test('what was deleted meanwhile is left out, and the rest is written', async (t) => {
  await owner.query('DELETE FROM portfolios WHERE id = $1', [portfolioId]);
  await write({ ...WHOLE, metrics: snapshot({ snapshotTime: START + HOUR }) });
  t.same(await Promise.all(TABLES.map(count)), [2, 2, 4, 4, 8, 2, 2, 0]);
});

t.test('one that is deleted between the look and the write is left out too', async (t) => {
  const connection = await engine.connect();
  const deleter = await owner.connect();
  t.teardown(() => {
    connection.release();
    deleter.release();
  });
  // The deletion is not committed when the bundle looks, and is when its write has waited for it.
  await deleter.query('BEGIN');
  await deleter.query('DELETE FROM ai_watchlist_analysis WHERE watchlist_id = $1', [watchlistId]);
  await deleter.query('DELETE FROM watchlists WHERE id = $1', [watchlistId]);
  await connection.query('BEGIN');
  const written = writeBundles(connection, [
    { ...WHOLE, metrics: snapshot({ snapshotTime: START + 2 * HOUR }) },
  ]);
  for (;;) {
    const { rows } = await owner.query(`SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'`);
    if (rows.length > 0) break;
  }
  await deleter.query('COMMIT');
  await written;
  await connection.query('COMMIT');
  t.same(await Promise.all(['metrics_snapshot', 'ai_watchlist_analysis'].map(count)), [3, 0]);
});

t.test('what has no snapshot of its own borrows one that is there', async (t) => {
  const { regime } = WHOLE;
  if (regime === null) throw new Error('there is a regime');
  const month: AnalysisBundle = { ...EMPTY, regime: { ...regime, analysisTimeframe: '1M' } };
  const key = { dataSource: 'binance', timeframe: '1h', snapshotTime: START } as const;
  const before = await count('ai_regime_analysis');
  await write({ ...month, borrowed: { ...key, dataSource: 'kraken' } }, { ...month, borrowed: null }, month);
  t.equal(await count('ai_regime_analysis'), before, 'none is there: nothing is written');
  await write({ ...month, borrowed: key });
  await write({ ...month, borrowed: key });
  const { rows } = await owner.query(
    `SELECT m.snapshot_time AS "time", m.timeframe FROM ai_regime_analysis r
     JOIN metrics_snapshot m ON m.id = r.metrics_snapshot_id WHERE r.analysis_timeframe = '1M'`,
  );
  t.same(rows, [{ time: START, timeframe: '1h' }]);
});

t.test('an empty bundle writes nothing', async (t) => {
  const before = await Promise.all(TABLES.map(count));
  await write(EMPTY);
  t.same(await Promise.all(TABLES.map(count)), before);
});
