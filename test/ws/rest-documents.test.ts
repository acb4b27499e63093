import t from 'tap';
import { insertRecommendations } from '../../src/store/repositories/recommendations.js';
import { ask } from '../support/ask.js';
import { emptyViews, fillViews, fineStatus } from '../support/walk-market.js';
import { openWalkSite } from '../support/walk-site.js';

const site = await openWalkSite(t, { status: fineStatus, userViews: emptyViews });
fillViews(site);
const { user, admin } = site.people;
const [btc = 0, eth = 0, doge = 0] = site.assetIds;
const { rows: tiers } = await site.owner.query<{ id: number }>(
  `SELECT id FROM watchlists WHERE user_id IS NULL AND name IN ('Tier 1', 'Tier 2') ORDER BY name`,
);
const [tier1 = 0, tier2 = 0] = tiers.map(({ id }) => id);

/** Sends a request as the documents show it. */
async function send(token: string | null, http: string, path: string, body?: unknown) {
  const headers = {
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
  const answer = await ask(site.port, http, `/api/v1${path}`, headers, bytes);
  const json = JSON.parse(answer.body.toString());
  return { status: answer.status, json, error: json.error ?? null };
}

t.test('an asset goes by its id into a list and by the id of its entry out again', async (t) => {
  const items = `/layer3/watchlists/${tier2}/items`;
  const added = await send(admin.token, 'POST', items, { crypto_id: doge, tier: 'tier2', priority_order: 5 });
  t.match(added, { status: 201, json: { symbol: 'DOGE/USDT', sort_order: 5, watchlist_id: tier2 } });
  const { id } = added.json;
  t.match(await send(user.token, 'DELETE', `${items}/${id}`), { status: 403 });
  t.match(await send(null, 'DELETE', `${items}/${id}`), { status: 401 });
  const elsewhere = await send(admin.token, 'DELETE', `/layer3/watchlists/${tier1}/items/${id}`);
  t.match(elsewhere, { status: 404, error: { field: 'item_id' } });
  t.match(await send(admin.token, 'PUT', `/watchlist-items/${id}`, { notes: 'x' }), {
    json: { id, notes: 'x' },
  });
  t.match(await send(admin.token, 'DELETE', `${items}/${id}`), {
    json: { symbol: 'DOGE/USDT', removed: true },
  });
  t.match(await send(admin.token, 'DELETE', `${items}/${id}`), { status: 404, error: { code: 'not_found' } });
});

t.test('an entry of another user’s list is nobody else’s', async (t) => {
  const list = await send(user.token, 'POST', '/watchlists', { name: 'mine' });
  const entry = await send(user.token, 'POST', `/watchlists/${list.json.id}/items`, { crypto_id: btc });
  const other = await site.join('user');
  for (const token of [other.token, admin.token]) {
    const refused = await send(token, 'PUT', `/watchlist-items/${entry.json.id}`, { notes: 'x' });
    t.match(refused, { status: 404, error: { code: 'not_found', field: 'id' } });
  }
  t.match(await send(user.token, 'GET', `/layer3/watchlists/${list.json.id}`), {
    json: { items: [{ symbol: 'BTC/USDT' }] },
  });
  t.match(await send(other.token, 'GET', `/layer3/watchlists/${list.json.id}`), { status: 404 });
});

t.test('a suggestion is reviewed for the list of a tier', async (t) => {
  const one = {
    recommendationType: 'add',
    targetEntityType: 'watchlist',
    targetEntityId: tier1,
    assetId: eth,
  } as const;
  const [row] = await site.inEngine((db) => insertRecommendations(db, [one]));
  const address = `/layer3/suggestions/${row?.id}/review`;
  const review = { decision: 'approve', review_notes: 'Strong fundamentals support the addition' };
  t.match(await send(admin.token, 'POST', address, { ...review, target_tier: 'tier3' }), {
    ...{ status: 400, error: { code: 'invalid_params', field: 'target_tier' } },
  });
  const both = { ...review, target_tier: 'tier2', target: { type: 'watchlist', id: tier1 } };
  t.match(await send(admin.token, 'POST', address, both), { status: 400, error: { field: 'target_tier' } });
  t.match(await send(admin.token, 'POST', address, { ...review, target_tier: 'tier2' }), {
    ...{
      status: 200,
      json: { status: 'approved', target_entity_type: 'watchlist', target_entity_id: tier2 },
    },
  });
});

t.test('many assets are moved by their ids', async (t) => {
  const moved = await send(admin.token, 'POST', '/layer3/watchlists/bulk-actions', {
    ...{
      action: 'promote_to_tier1',
      crypto_ids: [btc, eth],
      review_notes: 'Strong performance justifies promotion',
    },
  });
  t.match(moved, { status: 200, json: { symbols: ['BTC/USDT', 'ETH/USDT'] } });
});

t.test('queries are as the documents write them', async (t) => {
  for (const path of [
    '/layer1/history?days=30&interval=1d',
    '/layer1/regime-forecast?horizon=7d',
    '/layer2/sectors/1/history?days=30',
    '/layer2/compare?sectors=1,2,3&timeframe=7d',
    `/layer3/assets/${btc}/analysis`,
    '/layer4/signals?status=active&limit=20&confidence_min=0.7',
    '/layer4/performance?timeframe=30d&model=all',
    `/predictions?layer=layer3&crypto_id=${btc}&horizon=24&limit=10`,
    '/predictions/analytics?days=30&layer=all',
    '/ui/mobile/signal-cards?limit=10',
  ]) {
    t.match(await send(null, 'GET', path), { status: 200, error: null }, path);
  }
  for (const path of [
    `/layer4/executions?user_id=${user.id}&limit=50`,
    `/user/${user.id}/risk-profile`,
    `/ui/dashboard?user_id=${user.id}`,
    '/ui/notifications?status=unread&limit=20',
  ]) {
    t.match(await send(user.token, 'GET', path), { status: 200, error: null }, path);
    const other = path.replace(String(user.id), String(admin.id));
    if (other !== path)
      t.match(await send(user.token, 'GET', other), { status: 404, error: { code: 'not_found' } });
  }
  for (const path of [
    '/layer3/suggestions?status=pending&limit=50',
    '/admin/user-activities?days=7&activity_type=all',
    '/admin/suggestions/queue?priority=high&days=3',
  ]) {
    t.match(await send(admin.token, 'GET', path), { status: 200, error: null }, path);
  }
});

t.test('bodies are as the documents write them', async (t) => {
  t.match(
    await send(admin.token, 'POST', '/admin/config', {
      watchlist_limits: { tier1_max: 20, tier2_max: 100 },
      ai_thresholds: { suggestion_confidence_min: 0.7, signal_confidence_min: 0.8 },
    }),
    { status: 200, error: null },
  );
  const made = {
    ...{ crypto_id: btc, layer_source: 'layer4', prediction_horizon: 4, direction: 'up' },
    ...{ model_name: 'timing_ensemble_v2', features_override: {} },
  };
  const predicted = await send(user.token, 'POST', '/predictions', made);
  t.match(predicted, { status: 201, json: { symbol: 'BTC/USDT' }, error: null });
  const again = await send(user.token, 'POST', '/predictions', { ...made, prediction_horizon: 0 });
  t.match(again, { status: 400, error: { field: 'prediction_horizon', message: /^prediction_horizon: / } });
});
