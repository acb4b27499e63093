import { randomUUID } from 'node:crypto';
import type { Role } from '../../src/api/method.js';
import { insertNotifications } from '../../src/store/repositories/notifications.js';
import { insertRecommendations } from '../../src/store/repositories/recommendations.js';
import { insertSignals } from '../../src/store/repositories/signals.js';
import { MINUTE_MS } from '../../src/timeframe.js';
import type { Answer } from './method-site.js';
import { makeModel, signal } from './signals.js';
import { PASSWORD, type WalkSite } from './walk-site.js';

/** A call that is to be answered. */
export interface Example {
  readonly params: Answer;
  /** Instead of the caller's own, where the call ends its session. */
  readonly token?: string;
  /** Undone after it. */
  readonly after?: () => Promise<unknown>;
}

/** Makes what a call of a method needs, and its params. @param role who calls; whose rows they have to be */
type Prepare = (site: WalkSite, role: Role) => Example | Promise<Example>;

const SYMBOL = 'BTC/USDT';
const ETH = 'ETH/USDT';
const series = { symbol: SYMBOL, timeframe: '1h' } as const;
const span = { from: 0, to: 2_000_000_000_000, limit: 10 };
const person = (site: WalkSite, role: Role) => site.people[role === 'admin' ? 'admin' : 'user'];
const plain =
  (params: Answer = {}): Prepare =>
  () => ({ params });

let made = 0;
let model: Promise<number> | null = null;

/** Gives the id of the site's model. */
function modelOf(site: WalkSite): Promise<number> {
  model ??= makeModel(site.owner);
  return model;
}

async function newSignal(site: WalkSite): Promise<number> {
  const candleTime = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - ++made * MINUTE_MS;
  const one = signal(await modelOf(site), {
    ...{ assetId: site.assetIds[0] ?? 0, candleTime, channels: [] },
    ...{ entryPrice: 100, stopLoss: 99, targetPrice: 110, expiresAt: Date.now() + 3_600_000 },
  });
  await site.inEngine((db) => insertSignals(db, [one]));
  return lastId(site, 'ai_trading_signals');
}

async function lastId(site: WalkSite, table: string): Promise<number> {
  const { rows } = await site.owner.query<{ id: number }>(`SELECT max(id) AS id FROM ${table}`);
  return rows[0]?.id ?? 0;
}

async function newList(site: WalkSite, role: Role): Promise<number> {
  // Nobody has more than a few.
  await site.owner.query('DELETE FROM watchlists WHERE user_id IS NOT NULL');
  const list = await site.act(role, 'watchlists.create', { name: randomUUID() });
  return list.id as number;
}

async function listed(site: WalkSite, role: Role): Promise<Answer> {
  const watchlist_id = await newList(site, role);
  await site.act(role, 'watchlists.addAsset', { watchlist_id, symbol: SYMBOL });
  return { watchlist_id, symbol: SYMBOL };
}

/** Gives a holding of the caller, without any other. */
async function holding(site: WalkSite, role: Role): Promise<number> {
  await site.owner.query('TRUNCATE portfolio_assets CASCADE');
  const held = { symbol: SYMBOL, asset_type: 'Crypto Asset', quantity: 2, entry_price: 100 };
  return (await site.act(role, 'portfolios.addAsset', held)).id as number;
}

async function recommendation(site: WalkSite, userId: number | null): Promise<number> {
  const one = {
    recommendationType: 'add',
    targetEntityType: 'watchlist',
    targetEntityId: 1,
    userId,
  } as const;
  const [row] = await site.inEngine((db) => insertRecommendations(db, [one]));
  return row?.id ?? 0;
}

async function notification(site: WalkSite, role: Role): Promise<Example> {
  const userId = person(site, role).id;
  const told = { userId, notificationType: 'system', title: 'Told', message: 'So it is.' } as const;
  const [row] = await insertNotifications(site.engine, [told]);
  return { params: { id: row?.id ?? 0 } };
}

async function prediction(site: WalkSite, role: Role): Promise<Answer> {
  await site.owner.query('TRUNCATE predictions CASCADE');
  return site.act(role === 'guest' ? 'user' : role, 'predictions.create', {
    ...{ symbol: SYMBOL, horizon: 24, predicted_price: 1 },
  });
}

const ALERT = { symbol: SYMBOL, alert_type: 'price_target', condition: 'above', trigger_value: 1 } as const;

/** A call of each method that is to be answered. */
export const EXAMPLES: Readonly<Record<string, Prepare>> = {
  'assets.list': plain({ type: 'crypto', q: 'BTC', limit: 10 }),
  'assets.get': plain({ symbol: SYMBOL }),
  'assets.analysis': plain({ symbol: SYMBOL }),
  'candles.list': plain({ ...series, ...span, indicators: true }),
  'indicators.get': plain(series),

  'layer1.marketRegime': plain({ timeframe: '1d' }),
  'layer1.sentiment': plain(),
  'layer1.dominance': plain(),
  'layer1.indicators': plain({ names: ['gold'] }),
  'layer1.metrics': plain({ timeframe: '1h', ...span }),
  'layer1.history': plain({ days: 30, interval: '1d' }),
  'layer1.regimeForecast': plain({ horizon: '7d' }),

  'layer2.sectors': plain({ limit: 5 }),
  'layer2.sector': plain({ sector_id: 1 }),
  'layer2.sectorPerformance': plain({ sector_id: 1 }),
  'layer2.sectorAssets': plain({ sector_id: 1, limit: 5 }),
  'layer2.sectorHistory': plain({ sector_id: 1, days: 30, timeframe: '1d' }),
  'layer2.rotation': plain(),
  'layer2.compare': plain({ sectors: [1, 2], timeframe: '7d' }),

  'watchlists.list': plain({ limit: 5 }),
  'watchlists.get': plain({ id: 1 }),
  'watchlists.create': async (site, role) => {
    await newList(site, role);
    return { params: { name: randomUUID(), description: 'x', is_public: false } };
  },
  'watchlists.update': async (site, role) => ({
    params: { id: await newList(site, role), name: randomUUID() },
  }),
  'watchlists.delete': async (site, role) => ({ params: { id: await newList(site, role) } }),
  'watchlists.addAsset': async (site, role) => ({
    params: { watchlist_id: await newList(site, role), symbol: ETH, sort_order: 3, notes: 'x' },
  }),
  'watchlists.updateAsset': async (site, role) => ({ params: { ...(await listed(site, role)), notes: 'x' } }),
  'watchlists.removeAsset': async (site, role) => ({ params: await listed(site, role) }),
  'watchlists.bulk': plain({ action: 'promote_to_tier1', symbols: [SYMBOL], review_notes: 'x' }),
  'watchlists.analysis': plain({ watchlist_id: 1 }),

  'recommendations.list': plain({ status: 'pending', limit: 5 }),
  'recommendations.queue': plain({ priority: 'medium', days: 3 }),
  'recommendations.review': async (site) => ({
    params: { id: await recommendation(site, null), decision: 'approve', review_notes: 'x' },
  }),
  'recommendations.feedback': async (site, role) => ({
    params: { id: await recommendation(site, person(site, role).id), user_rating: 5, user_feedback: 'x' },
  }),

  'portfolios.get': plain(),
  'portfolios.addAsset': async (site) => {
    await site.owner.query('TRUNCATE portfolio_assets CASCADE');
    return { params: { symbol: SYMBOL, asset_type: 'Crypto Asset', quantity: 2, entry_price: 100 } };
  },
  'portfolios.updateAsset': async (site, role) => ({ params: { id: await holding(site, role), notes: 'x' } }),
  'portfolios.closeAsset': async (site, role) => ({
    params: { id: await holding(site, role), exit_price: 120 },
  }),
  'portfolios.analysis': plain(),
  'portfolios.assetAnalysis': async (site, role) => ({ params: { id: await holding(site, role) } }),
  'trades.list': plain({ symbol: SYMBOL, limit: 5 }),
  'trades.record': async (site, role) => ({
    params: {
      ...{ portfolio_asset_id: await holding(site, role), action_type: 'buy' },
      ...{ asset_price: 110, quantity: 1, timeframe: '1d' },
    },
  }),
  'risk.get': plain(),
  'risk.update': plain({ max_position_size: 1_000_000 }),

  'signals.list': plain({ status: 'active', symbol: SYMBOL, confidence_min: 0.7, limit: 20 }),
  'signals.get': async (site) => ({ params: { id: await newSignal(site) } }),
  'signals.execute': async (site) => ({
    params: {
      ...{ id: await newSignal(site), position_size: 1, portfolio_percentage: 1 },
      ...{ execution_type: 'manual', risk_confirmation: true },
    },
  }),
  'signals.executions': plain({ limit: 50 }),
  'signals.cancel': async (site) => ({ params: { id: await newSignal(site), reason: 'x' } }),
  'signals.performance': plain({ timeframe: '30d' }),

  'alerts.list': plain({ limit: 5 }),
  'alerts.create': plain({ ...ALERT, message: 'x', notification_method: 'email' }),
  'alerts.update': async (site, role) => ({
    params: { id: (await site.act(role, 'alerts.create', ALERT)).id, trigger_value: 2 },
  }),
  'alerts.delete': async (site, role) => ({
    params: { id: (await site.act(role, 'alerts.create', ALERT)).id },
  }),

  'predictions.list': plain({ layer: 'layer3', symbol: SYMBOL, limit: 10 }),
  // A guest sees none but the engine's own, and here are none.
  'predictions.get': async (site, role) => ({ params: { id: await seen(site, role) } }),
  'predictions.create': async (site) => {
    await site.owner.query('TRUNCATE predictions CASCADE');
    return { params: { symbol: SYMBOL, horizon: 24, predicted_price: 1 } };
  },
  'predictions.update': async (site, role) => ({ params: { id: (await prediction(site, role)).id } }),
  'predictions.accuracy': async (site, role) => ({ params: { id: await seen(site, role) } }),
  'predictions.analytics': plain({ days: 30, layer: 'layer3' }),

  'models.list': plain(),
  'models.get': async (site) => ({ params: { model_id: await modelOf(site) } }),
  'models.performance': async (site) => ({ params: { model_id: await modelOf(site) } }),
  'models.retrain': async (site) => {
    await site.owner.query('TRUNCATE model_jobs CASCADE');
    return { params: { model_id: await modelOf(site), training_data_days: 90, validation_split: 0.2 } };
  },
  'models.jobs': plain({ limit: 5 }),
  'models.cancelJob': async (site) => {
    await site.owner.query('TRUNCATE model_jobs CASCADE');
    const params = { model_id: await modelOf(site), training_data_days: 90, validation_split: 0.2 };
    return { params: { id: (await site.act('admin', 'models.retrain', params)).id } };
  },

  'auth.register': () => ({ params: { email: `${randomUUID()}@example.com`, password: PASSWORD } }),
  'auth.login': async (site) => ({ params: { email: (await site.join('user')).email, password: PASSWORD } }),
  'auth.refresh': async (site) => ({ params: { refresh_token: (await site.join('user')).refreshToken } }),
  'auth.logout': async (site, role) => ({ params: {}, token: (await joined(site, role)).token }),
  'auth.sessions': plain({ limit: 5 }),
  'auth.revoke': async (site, role) => {
    const { token } = await joined(site, role);
    return { params: { id: await lastId(site, 'user_sessions') }, token };
  },
  'auth.verifyEmail': async (site) => ({
    params: { token: await site.mailedToken((await site.join('user')).email) },
  }),
  'auth.resendVerification': async (site, role) => ({ params: {}, token: (await joined(site, role)).token }),
  'auth.requestPasswordReset': async (site) => ({ params: { email: (await site.join('user')).email } }),
  'auth.resetPassword': async (site) => {
    const { email } = await site.join('user');
    const first = await site.mailedToken(email);
    await site.act('guest', 'auth.requestPasswordReset', { email });
    return { params: { token: await site.mailedToken(email, first), password: `${PASSWORD} 2` } };
  },
  'auth.claimAdmin': async (site) => {
    await site.owner.query(`UPDATE users SET role = 'public'`);
    const admin = `UPDATE users SET role = 'admin' WHERE id = ${site.people.admin.id}`;
    const params = { token: site.claim.open(), email: `${randomUUID()}@example.com`, password: PASSWORD };
    return { params, after: () => site.owner.query(admin) };
  },
  'users.profile': plain(),
  'users.updateProfile': plain({ first_name: 'Ada', timezone: 'UTC' }),
  'users.changePassword': async (site, role) => ({
    params: { current_password: PASSWORD, new_password: `${PASSWORD} 2` },
    token: (await joined(site, role)).token,
  }),
  'users.list': plain({ role: 'public', limit: 5 }),
  'users.update': async (site) => ({ params: { id: (await site.join('user')).id, notes: 'x' } }),
  'notifications.list': plain({ status: 'unread', limit: 20 }),
  'notifications.read': notification,
  'notifications.dismiss': notification,
  'feedback.create': plain({ feedback_type: 'bug_report', message: 'x' }),
  'feedback.list': plain({ status: 'new', limit: 5 }),
  'feedback.respond': async (site) => {
    const { id } = await site.act('user', 'feedback.create', { feedback_type: 'bug_report', message: 'x' });
    return { params: { id, status: 'addressed', response_message: 'x' } };
  },

  'ui.dashboard': plain(),
  'ui.adminDashboard': plain(),
  'ui.layerOverview': plain(),
  'ui.quickStats': plain(),
  'ui.signalCards': plain({ limit: 10 }),
  'ui.layerCards': plain(),
  'admin.systemHealth': plain(),
  'admin.userActivities': plain({ days: 7, activity_type: 'login' }),
  'admin.config': plain(),
  'admin.setConfig': plain({ watchlist_limits: { tier1_max: 20 } }),
  'admin.tasks': plain({ limit: 5 }),
  'admin.analytics': plain({ limit: 5 }),
  'admin.apiLogs': plain({ source: 'api', limit: 5 }),
};

/** Methods whose example is refused, since that is their answer. */
export const REFUSED: Readonly<Record<string, string>> = {
  'predictions.update': 'conflict',
};

function joined(site: WalkSite, role: Role) {
  return site.join(role === 'admin' ? 'admin' : 'user');
}

/** Gives a prediction that everybody sees. */
async function seen(site: WalkSite, role: Role): Promise<unknown> {
  const { id } = await prediction(site, role);
  await site.owner.query('UPDATE predictions SET user_id = NULL, ai_model_id = $2 WHERE id = $1', [
    id,
    await modelOf(site),
  ]);
  return id;
}
