import t from 'tap';
import {
  assetScores,
  newestHoldingAnalyses,
  newestPortfolioAnalysis,
  newestWatchlistAnalysis,
  upsertHoldingAnalyses,
  upsertPortfolioAnalyses,
  upsertWatchlistAnalyses,
} from '../../../src/store/repositories/asset-analyses.js';
import { HOUR, makeSnapshot } from '../../support/analyses.js';
import { START } from '../../support/candles.js';
import { makeModel } from '../../support/signals.js';
import { openUserSite } from '../../support/user-site.js';

const { owner, engine, as, addUser, addAssets } = await openUserSite(t);
const model = await makeModel(owner);
const [ada, bob] = [await addUser(), await addUser()];
const [asset = 0, other = 0] = await addAssets(2);
const [real, simulated] = [await makeSnapshot(engine), await makeSnapshot(engine, { dataSource: 'demo' })];

async function make(sql: string, values: readonly unknown[]): Promise<number> {
  const { rows } = await owner.query<{ id: number }>(`${sql} RETURNING id`, [...values]);
  return rows[0]?.id ?? 0;
}

const said = (metricsSnapshotId: number, analysisTime = START) =>
  ({ aiModelId: model, metricsSnapshotId, analysisTime, timeframe: '1d' }) as const;

t.test('analyses of a watchlist are of those who see the list', async (t) => {
  const watchlistId = await make(`INSERT INTO watchlists (name, user_id) VALUES ('Mine', $1)`, [ada]);
  t.equal(await as(ada, (db) => newestWatchlistAnalysis(db, watchlistId, 'binance')), null);
  const [id] = await upsertWatchlistAnalyses(engine, [
    { ...said(real), watchlistId, assetScores: [{ asset_id: asset, score: 0.5 }] },
    { ...said(simulated, START + HOUR), watchlistId },
  ]);
  t.match(await as(ada, (db) => newestWatchlistAnalysis(db, watchlistId, 'binance')), {
    ...{ id, watchlistId, assetScores: [{ asset_id: asset, score: 0.5 }] },
  });
  t.equal(await as(bob, (db) => newestWatchlistAnalysis(db, watchlistId, 'binance')), null);
  t.equal(await as(null, (db) => newestWatchlistAnalysis(db, watchlistId, 'binance')), null);
  t.same(
    await as(null, (db) => assetScores(db, asset, 'binance')),
    [],
    'a personal list says nothing to others',
  );
  t.same(await upsertWatchlistAnalyses(engine, [{ ...said(real), watchlistId }]), [id], 'the same row');
});

t.test('analyses of a portfolio and its holdings are of their user', async (t) => {
  const portfolioId = await make('INSERT INTO portfolios (user_id) VALUES ($1)', [ada]);
  const holding = (assetId: number, isActive: boolean): Promise<number> =>
    make(
      `INSERT INTO portfolio_assets (portfolio_id, asset_id, asset_type, is_active) VALUES ($1, $2, 'Crypto Asset', $3)`,
      [portfolioId, assetId, isActive],
    );
  const [first, second, gone] = [
    await holding(asset, true),
    await holding(other, true),
    await holding(asset, false),
  ];
  t.equal(await as(ada, (db) => newestPortfolioAnalysis(db, portfolioId, 'binance')), null);
  t.same(await as(ada, (db) => newestHoldingAnalyses(db, portfolioId, 'binance')), []);
  await upsertPortfolioAnalyses(engine, [
    { ...said(real), portfolioId, totalPnlUsd: '-12.50', overallAction: 'hold' },
    { ...said(simulated, START + HOUR), portfolioId },
  ]);
  t.match(await as(ada, (db) => newestPortfolioAnalysis(db, portfolioId, 'binance')), {
    ...{ portfolioId, totalPnlUsd: '-12.50', overallAction: 'hold' },
  });
  t.equal(await as(bob, (db) => newestPortfolioAnalysis(db, portfolioId, 'binance')), null);
  const newer = await makeSnapshot(engine, { snapshotTime: START + HOUR });
  await upsertHoldingAnalyses(engine, [
    { ...said(real), portfolioAssetId: first, suggestedSlPrice: '0.000000012345' },
    { ...said(newer, START + HOUR), portfolioAssetId: first, suggestedSlPrice: '0.000000054321' },
    { ...said(real), portfolioAssetId: second, recommendedAction: 'full_exit', urgencyLevel: 'immediate' },
    { ...said(real), portfolioAssetId: gone },
  ]);
  t.match(await as(ada, (db) => newestHoldingAnalyses(db, portfolioId, 'binance')), [
    { portfolioAssetId: first, suggestedSlPrice: '0.000000054321' },
    { portfolioAssetId: second, recommendedAction: 'full_exit' },
  ]);
  t.equal((await as(ada, (db) => newestHoldingAnalyses(db, portfolioId, 'binance'))).length, 2);
  t.same(await as(bob, (db) => newestHoldingAnalyses(db, portfolioId, 'binance')), []);
});

t.test('an asset has the scores of the default lists, of their newest analysis only', async (t) => {
  const { rows } = await owner.query<{ id: number }>(
    'SELECT id FROM watchlists WHERE user_id IS NULL ORDER BY id',
  );
  const watchlistId = rows[0]?.id ?? 0;
  const newer = await makeSnapshot(engine, { snapshotTime: START + HOUR });
  await upsertWatchlistAnalyses(engine, [
    { ...said(real), watchlistId, assetScores: [{ asset_id: other, score: 0.1 }] },
    {
      ...said(newer, START + HOUR),
      watchlistId,
      assetScores: ['odd', { asset_id: asset, score: 0.9 }, { score: 1 }, { asset_id: String(other) }],
    },
  ]);
  t.same(await as(null, (db) => assetScores(db, asset, 'binance')), [
    { watchlistId, analysisTime: START + HOUR, entry: { asset_id: asset, score: 0.9 } },
  ]);
  t.same(await as(null, (db) => assetScores(db, other, 'binance')), []);
  t.same(await as(null, (db) => assetScores(db, asset, 'demo')), []);
});
