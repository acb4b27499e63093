import t from 'tap';
import {
  upsertHoldingAnalyses,
  upsertPortfolioAnalyses,
  upsertWatchlistAnalyses,
} from '../../../src/store/repositories/asset-analyses.js';
import { newestHoldingLooks, newestLooks } from '../../../src/store/repositories/live-looks.js';
import { PORTFOLIO_FIELDS, WATCHLIST_FIELDS } from '../../../src/user-view-fields.js';
import type { UserView, UserViews } from '../../../src/ws/ports.js';
import { ViewsSite } from '../../app/user-views/views-site.js';
import { HOUR, makeSnapshot } from '../../support/analyses.js';
import { START } from '../../support/candles.js';
import { logIn } from '../../support/logged-in.js';
import { openMethodSite, unexplained } from '../../support/method-site.js';
import { makeModel } from '../../support/signals.js';

const site = await openMethodSite(t);
const { ask, refusal, owner, engine } = site;
const model = await makeModel(owner);
const [hour, day] = [
  await makeSnapshot(engine, { dataSource: 'demo' }),
  await makeSnapshot(engine, { dataSource: 'demo', snapshotTime: START + HOUR }),
];
const ada = await logIn(site);
const bob = await logIn(site);
const { id: holding } = await ask(
  'portfolios.addAsset',
  { symbol: 'BTC/USDT', asset_type: 'Crypto Asset', quantity: 2, entry_price: 10 },
  ada.me,
);
const { id: portfolioId } = await ask('portfolios.get', {}, ada.me);
const DOCUMENTS = ['analysis_data', 'current_allocation'];

/** What an analysis says of itself. */
const said = (metricsSnapshotId: number, analysisTime: number) => ({
  ...{ metricsSnapshotId, aiModelId: model, analysisTime, candleTime: analysisTime - HOUR },
});

/** Stands for live states: tells who was asked for. */
class Told implements UserViews {
  readonly asked: [UserView, number][] = [];

  async state(view: UserView, userId: number) {
    this.asked.push([view, userId]);
    const live = new ViewsSite();
    live.tables.portfolios.apply([{ id: Number(portfolioId), userId, isActive: true, isPublic: false }], []);
    live.take();
    live.list(3, null, [0]);
    return live.views.state(view.kind === 'watchlist' ? { ...view, id: 3 } : view, userId);
  }
}

t.test('a portfolio is answered as it stands, with its newest analyses of a period', async (t) => {
  const views = new Told();
  const me = { ...ada.me, userViews: views };
  const empty = await ask('portfolios.analysis', {}, me);
  t.match(empty, {
    live: { portfolio_id: portfolioId },
    analysis: null,
    holdings: [],
    missing: { analysis: /1h/ },
  });
  t.same(views.asked, [[{ kind: 'portfolio' }, ada.id]]);
  t.same(Object.keys(empty.live as object), [...PORTFOLIO_FIELDS]);
  const missing = { portfolio_beta: 'no path' };
  await upsertPortfolioAnalyses(engine, [
    {
      ...{ ...said(hour, START), portfolioId: Number(portfolioId), timeframe: '1h', totalPnlUsd: '-12.50' },
      ...{ portfolioRiskScore: 0.25, overallAction: 'hold', analysisData: { missing } },
    },
    { ...said(day, START + HOUR), portfolioId: Number(portfolioId), timeframe: '1d', totalPnlUsd: '7' },
  ]);
  await upsertHoldingAnalyses(engine, [
    {
      ...{ ...said(hour, START), portfolioAssetId: Number(holding), timeframe: '1h' },
      ...{ suggestedSlPrice: '0.000000012345', positionStatus: 'healthy' },
    },
    { ...said(day, START + HOUR), portfolioAssetId: Number(holding), timeframe: '1d' },
  ]);
  const found = await ask('portfolios.analysis', {}, me);
  t.match(found, {
    analysis: {
      timeframe: '1h',
      total_pnl_usd: -12.5,
      overall_action: 'hold',
      missing: { portfolio_beta: 'no path' },
    },
    holdings: [{ portfolio_asset_id: holding, timeframe: '1h', suggested_sl_price: 1.2345e-8 }],
  });
  t.same(unexplained(found, DOCUMENTS), []);
  t.match(await ask('portfolios.analysis', { timeframe: '1d' }, me), { analysis: { total_pnl_usd: 7 } });
  t.match(await ask('portfolios.analysis', { timeframe: '7d' }, me), { analysis: null, holdings: [] });
  t.match(await ask('portfolios.analysis', {}, { ...bob.me }), {
    ...{ live: null, analysis: null, holdings: [] },
    missing: { analysis: 'there is no portfolio yet', live: /nothing is computed/ },
  });
  t.match(await refusal('portfolios.analysis'), { code: 'unauthenticated' });
  t.match(await refusal('portfolios.analysis', { timeframe: '5m' }, me), {
    code: 'invalid_params',
    field: 'timeframe',
  });
});

t.test('the live states of portfolios begin with their newest hourly analyses', async (t) => {
  const ids = [Number(portfolioId), 999];
  t.match(await newestLooks(engine, ids, 'demo'), [
    { portfolioId, analysisTime: START, portfolioRiskScore: 0.25, missing: { portfolio_beta: 'no path' } },
  ]);
  t.match(await newestHoldingLooks(engine, ids, 'demo'), [
    { portfolioId, portfolioAssetId: holding, analysisTime: START, suggestedSlPrice: 1.2345e-8 },
  ]);
  t.same(await newestLooks(engine, ids, 'binance'), []);
  t.same(await newestHoldingLooks(engine, ids, 'binance'), []);
});

t.test('a holding is answered to its owner alone', async (t) => {
  const found = await ask('portfolios.assetAnalysis', { id: holding }, ada.me);
  t.match(found, { live: null, analysis: { portfolio_asset_id: holding, position_status: 'healthy' } });
  t.same(unexplained(found, DOCUMENTS), []);
  t.match(await ask('portfolios.assetAnalysis', { id: holding, timeframe: '4h' }, ada.me), {
    ...{ analysis: null, missing: { analysis: /4h/ } },
  });
  t.match(await refusal('portfolios.assetAnalysis', { id: holding }, bob.me), {
    code: 'not_found',
    field: 'id',
  });
  t.match(await refusal('portfolios.assetAnalysis', {}, ada.me), { code: 'invalid_params', field: 'id' });
});

t.test('a list is answered to who may see it', async (t) => {
  const { id: own } = await ask('watchlists.create', { name: 'Mine' }, ada.me);
  await upsertWatchlistAnalyses(engine, [
    {
      ...{ ...said(hour, START), watchlistId: Number(own), timeframe: '1h' },
      ...{ assetScores: [{ asset_id: 1, score: 0.9 }], aiConfidenceScore: 0.5 },
    },
  ]);
  const views = new Told();
  const found = await ask('watchlists.analysis', { watchlist_id: own }, { ...ada.me, userViews: views });
  t.match(found, {
    analysis: { watchlist_id: own, asset_scores: [{ score: 0.9 }], ai_confidence_score: 0.5 },
  });
  t.same(Object.keys(found.live as object), [...WATCHLIST_FIELDS]);
  t.same(unexplained(found, [...DOCUMENTS, 'asset_scores']), []);
  t.match(await refusal('watchlists.analysis', { watchlist_id: own }, { ...bob.me, userViews: views }), {
    ...{ code: 'not_found', field: 'watchlist_id' },
  });
  t.equal(views.asked.length, 1, 'nothing is computed of what may not be seen');
  const { rows } = await owner.query<{ id: number }>(
    'SELECT id FROM watchlists WHERE user_id IS NULL LIMIT 1',
  );
  t.match(await ask('watchlists.analysis', { watchlist_id: rows[0]?.id }, bob.me), { analysis: null });
});
