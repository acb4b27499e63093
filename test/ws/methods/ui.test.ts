import t from 'tap';
import type { StatusMap } from '../../../src/api/system-status.js';
import { upsertWatchlistAnalyses } from '../../../src/store/repositories/asset-analyses.js';
import { insertSignals } from '../../../src/store/repositories/signals.js';
import { MINUTE_MS } from '../../../src/timeframe.js';
import { ViewsSite } from '../../app/user-views/views-site.js';
import { makeSnapshot } from '../../support/analyses.js';
import { START } from '../../support/candles.js';
import { logIn } from '../../support/logged-in.js';
import { openMethodSite, unexplained } from '../../support/method-site.js';
import { makeModel, signal } from '../../support/signals.js';
import { tickerRow } from '../gateway-site.js';

const site = await openMethodSite(t);
const { analysis, market, ask, refusal, owner, engine, inEngine, assetIds, addUser } = site;
const ada = await logIn(site);
const model = await makeModel(owner);

t.test('before anything is known the cards say why', async (t) => {
  const { items } = (await ask('ui.layerOverview')) as { items: Record<string, unknown>[] };
  t.match(items, [
    { layer: 1, name: 'Macro', status: null, confidence: null, indicator_dots: null },
    { layer: 2, name: 'Sectors', status: null },
    { layer: 3, name: 'Assets', status: null },
    { layer: 4, name: 'Timing', status: 'waiting', confidence: null, key_metric: '0 Signals' },
  ]);
  t.same(unexplained(items), []);
  const stats = await ask('ui.quickStats');
  t.match(stats, { btc_price_usd: null, active_signals: 0, simulated: true });
  t.same(unexplained(stats), []);
  t.same(await ask('ui.signalCards'), { items: [], next_cursor: null });
});

t.test('the cards say how each layer stands', async (t) => {
  analysis.regimes.set('1d', { current_regime: 'Bull', regime_confidence: 0.87 });
  analysis.metricsRows.set('1h', {
    ...{ time: START, btc_price_usd: 67_000, btc_dominance: 52.3, total: 2e12, fear_greed_index: 72 },
  });
  analysis.sectorRows = [
    { sector: 'Memes', sector_id: 3, performance_24h_pct: -2 },
    { sector: 'DeFi', sector_id: 1, performance_24h_pct: 15.24 },
    { sector: 'Layer 1 (L1)', sector_id: 2, performance_24h_pct: null },
  ];
  analysis.rotationRow = { flows: [{ score: 0.4 }], ai_confidence_score: 0.72 };
  const { rows } = await owner.query<{ id: number }>(
    'SELECT id FROM watchlists WHERE user_id IS NULL ORDER BY id LIMIT 2',
  );
  const metricsSnapshotId = await makeSnapshot(engine, { dataSource: 'demo' });
  const score = (assetId: number, value: number | null) => ({ asset_id: assetId, score: value });
  await upsertWatchlistAnalyses(
    engine,
    rows.map(({ id }, i) => ({
      ...{
        watchlistId: id,
        metricsSnapshotId,
        aiModelId: model,
        timeframe: '1h' as const,
        analysisTime: START,
      },
      assetScores: i === 0 ? [score(1, 0.5), score(2, null)] : [score(1, 0.5), score(3, 0.1)],
      aiConfidenceScore: i === 0 ? 0.9 : 0.7,
    })),
  );
  const [btc = 0] = assetIds;
  const candleTime = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
  await inEngine((db) =>
    insertSignals(db, [
      signal(model, { assetId: btc, candleTime, channels: [], confidenceScore: 0.8 }),
      signal(model, { assetId: btc, candleTime: candleTime - MINUTE_MS, channels: [], confidenceScore: 0.6 }),
    ]),
  );
  const { items } = (await ask('ui.layerOverview')) as { items: Record<string, unknown>[] };
  t.match(items, [
    { status: 'bullish', confidence: 0.87, key_metric: 'Bull 87%', indicator_dots: 4 },
    { status: 'rotating', confidence: 0.72, key_metric: 'DeFi +15.2%', indicator_dots: 3 },
    { status: 'active', confidence: 0.8, key_metric: '2 Active' },
    { status: 'signals_ready', key_metric: '2 Signals', indicator_dots: 3 },
  ]);
  t.ok(Math.abs(Number(items[3]?.confidence) - 0.7) < 1e-9);
  t.match(await ask('ui.layerCards', { limit: 2 }), { items: [{ layer: 1 }, { layer: 2 }] });
  t.match(await refusal('ui.layerCards', { limit: 5 }), { code: 'invalid_params', field: 'limit' });
  const stats = await ask('ui.quickStats');
  t.match(stats, {
    ...{
      btc_price_usd: 67_000,
      regime: 'Bull',
      active_signals: 2,
      time: START,
      btc_change_24h_percent: null,
    },
    top_sector: { id: 1, name: 'DeFi', performance_24h: 15.24 },
  });
  t.same(unexplained(stats), []);
});

t.test('cards of signals have the newest price', async (t) => {
  const cards = (limit: number) => ask('ui.signalCards', { limit });
  t.match(await cards(1), { items: [{ symbol: 'BTC/USDT', current_price: null, confidence_score: 0.6 }] });
  market.change('ticker:BTC/USDT', tickerRow(123));
  const { items } = await cards(10);
  t.match(items, [{ current_price: 123 }, { current_price: 123, confidence_score: 0.8 }]);
  t.same(unexplained(items), []);
});

t.test('a dashboard is its user’s, in the view that the user asks for', async (t) => {
  const live = new ViewsSite();
  live.give(ada.id);
  live.hold(ada.id, 0, 2);
  live.tick(0, 20);
  const me = { ...ada.me, userViews: live.views };
  const casual = await ask('ui.dashboard', {}, me);
  t.match(casual, {
    view: 'casual',
    portfolio: null,
    portfolio_summary: { total_value: 40 },
    active_signals: 3,
  });
  t.same(unexplained(casual), []);
  t.match(await ask('ui.dashboard', { view: 'professional' }, me), {
    ...{ view: 'professional', portfolio: { total_value_usd: 40, holdings: [{ quantity: 2 }] } },
  });
  const { me: other } = await logIn(site);
  t.match(await ask('ui.dashboard', {}, { ...other, userViews: live.views }), {
    portfolio_summary: { total_value: null, missing: { total_value: 'there is no portfolio yet' } },
  });
  t.match(await refusal('ui.dashboard', {}, ada.me), { code: 'unavailable' });
  t.match(await refusal('ui.dashboard'), { code: 'unauthenticated' });
});

t.test('an admin sees what is to be looked after, and nobody else does', async (t) => {
  const admin = await logIn(site, 'admin');
  await owner.query('UPDATE users SET is_active = false WHERE id = $1', [await addUser()]);
  const part = { score: 1, reason: null, since: START, figures: {} };
  const status: StatusMap = {
    ...{ time: START, state: 'degraded', score: 0.945, reason: 'slow', since: START, simulated: true },
    ...{ uptime_seconds: 5 },
    parts: [
      { ...part, name: 'engine', state: 'ok' },
      { ...part, name: 'database', state: 'degraded', reason: 'slow' },
    ],
  };
  const port = { current: () => status, onChange: () => () => undefined };
  const found = await ask('ui.adminDashboard', {}, { ...admin.me, status: port });
  const { rows } = await owner.query<{ users: number }>('SELECT count(*)::int AS users FROM users');
  t.match(found, {
    system: { state: 'degraded', health_score: 94.5, unwell: [{ name: 'database' }] },
    users: { total: rows[0]?.users, active: Number(rows[0]?.users) - 1, admins: 1, new_7d: rows[0]?.users },
    ...{ active_signals: 2, pending_recommendations: 0, failed_tasks_24h: 0, open_feedback: 0 },
  });
  t.match(await ask('ui.adminDashboard', {}, admin.me), { system: null, missing: { system: String } });
  t.match(await refusal('ui.adminDashboard', {}, ada.me), { code: 'forbidden' });
});
