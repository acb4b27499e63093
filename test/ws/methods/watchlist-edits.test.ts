import t from 'tap';
import { logIn } from '../../support/logged-in.js';
import { openMethodSite } from '../../support/method-site.js';

const site = await openMethodSite(t);
const { ask, refusal, owner } = site;
const [ada, bob, root] = [await logIn(site), await logIn(site), await logIn(site, 'admin')];
const { rows: tierRows } = await owner.query<{ id: number; name: string }>(
  'SELECT id, name FROM watchlists WHERE user_id IS NULL ORDER BY sort_order',
);
const [tier1 = 0, tier2 = 0] = tierRows.map(({ id }) => id);

async function symbolsIn(list: number): Promise<readonly string[]> {
  const { rows } = await owner.query<{ symbol: string }>(
    `SELECT a.symbol FROM watchlist_assets wa JOIN assets a ON a.id = wa.asset_id
     WHERE wa.watchlist_id = $1 AND a.data_source = 'demo' ORDER BY wa.sort_order, wa.id`,
    [list],
  );
  return rows.map(({ symbol }) => symbol);
}

t.test('a user makes, changes and deletes lists of their own, and nobody else does', async (t) => {
  const made = await ask('watchlists.create', { name: 'Mine', description: 'why' }, ada.me);
  t.match(made, { name: 'Mine', description: 'why', type: 'personal', is_public: false, max_items: 25 });
  const { id } = made;
  t.match(await ask('watchlists.update', { id, name: 'Ours', description: null }, ada.me), {
    ...{ id, name: 'Ours', description: null, sort_order: 0 },
  });
  t.match(await refusal('watchlists.update', { id }, ada.me), {
    ...{ code: 'invalid_params', message: /nothing to change/ },
  });
  for (const [method, more] of [
    ['watchlists.update', { name: 'x' }],
    ['watchlists.delete', {}],
  ] as const) {
    t.match(await refusal(method, { id, ...more }, bob.me), { code: 'not_found', field: 'id' }, method);
    t.match(await refusal(method, { id, ...more }, root.me), { code: 'not_found', field: 'id' }, method);
    t.match(await refusal(method, { id, ...more }), { code: 'unauthenticated' }, method);
  }
  t.same(await ask('watchlists.delete', { id }, ada.me), { id, deleted: true });
  t.match(await refusal('watchlists.delete', { id }, ada.me), { code: 'not_found', field: 'id' });
});

t.test('assets come into a list, change and go', async (t) => {
  const { id: list } = await ask('watchlists.create', { name: 'Coins' }, ada.me);
  const entry = { watchlist_id: list, symbol: 'BTC/USDT' };
  t.match(await ask('watchlists.addAsset', { ...entry, notes: 'gold' }, ada.me), {
    ...{ ...entry, position_type: 'long', sort_order: 0, notes: 'gold' },
  });
  t.match(await ask('watchlists.addAsset', { ...entry, symbol: 'ETH/USDT' }, ada.me), { sort_order: 1 });
  t.match(await refusal('watchlists.addAsset', entry, ada.me), { code: 'conflict', field: 'symbol' });
  t.match(await refusal('watchlists.addAsset', { ...entry, symbol: 'BTC/USDX' }, ada.me), {
    ...{ code: 'invalid_params', field: 'symbol', message: /nearest: BTC\/USDT/ },
  });
  t.match(await ask('watchlists.updateAsset', { ...entry, position_type: 'short', notes: null }, ada.me), {
    ...{ position_type: 'short', sort_order: 0, notes: null },
  });
  t.match(await refusal('watchlists.updateAsset', { ...entry, symbol: 'DOGE/USDT', sort_order: 1 }, ada.me), {
    ...{ code: 'not_found', field: 'symbol' },
  });
  for (const method of ['watchlists.addAsset', 'watchlists.removeAsset']) {
    const other = await refusal(method, entry, bob.me);
    t.match(other, { code: 'not_found', field: 'watchlist_id' }, method);
  }
  t.same(await ask('watchlists.removeAsset', entry, ada.me), { ...entry, removed: true });
  t.match(await refusal('watchlists.removeAsset', entry, ada.me), { code: 'not_found', field: 'symbol' });
  t.same(await symbolsIn(Number(list)), ['ETH/USDT']);
});

t.test('default lists and sizes are for admins', async (t) => {
  const list = { name: 'Tier 3', type: 'default', max_items: 1 };
  t.match(await refusal('watchlists.create', list, ada.me), { code: 'forbidden', field: 'type' });
  const mine = { name: 'Mine', max_items: 5 };
  t.match(await refusal('watchlists.create', mine, ada.me), { code: 'forbidden', field: 'max_items' });
  const { id } = await ask('watchlists.create', list, root.me);
  t.match(await refusal('watchlists.create', { ...list, name: 'TIER 3' }, root.me), {
    ...{ code: 'conflict', field: 'name' },
  });
  t.match(await refusal('watchlists.update', { id, name: 'x' }, ada.me), { code: 'forbidden', field: 'id' });
  t.match(await refusal('watchlists.addAsset', { watchlist_id: id, symbol: 'BTC/USDT' }, ada.me), {
    ...{ code: 'forbidden', field: 'watchlist_id' },
  });
  await ask('watchlists.addAsset', { watchlist_id: id, symbol: 'BTC/USDT' }, root.me);
  t.match(await refusal('watchlists.addAsset', { watchlist_id: id, symbol: 'ETH/USDT' }, root.me), {
    ...{ code: 'conflict', field: 'watchlist_id', message: /has 1 assets/ },
  });
  await ask('watchlists.delete', { id }, root.me);
  const { rows } = await owner.query(
    `SELECT action, ip_address::text, user_agent FROM user_activities WHERE entity_id = $1 AND user_id = $2
     ORDER BY id`,
    [id, root.id],
  );
  t.match(rows, [{ action: 'create', user_agent: 'test/1' }, { action: 'add_asset' }, { action: 'delete' }]);
});

t.test('a user has so many lists and no more', async (t) => {
  const eve = await logIn(site);
  const names = Array.from({ length: 22 }, (_, n) => `list ${n}`);
  const made = await Promise.allSettled(names.map((name) => ask('watchlists.create', { name }, eve.me)));
  t.equal(made.filter(({ status }) => status === 'fulfilled').length, 20);
  t.match(await refusal('watchlists.create', { name: 'more' }, eve.me), { code: 'conflict', message: /20/ });
});

t.test('admins move many assets between the tiers, all or none', async (t) => {
  const notes = { review_notes: 'because' };
  await owner.query('DELETE FROM watchlist_assets WHERE watchlist_id = ANY($1::int[])', [[tier1, tier2]]);
  const symbols = ['BTC/USDT', 'ETH/USDT'];
  t.same(await ask('watchlists.bulk', { action: 'demote_to_tier2', symbols, ...notes }, root.me), {
    ...{ action: 'demote_to_tier2', symbols, added: 2, removed: 0 },
  });
  const up = { action: 'promote_to_tier1', symbols: ['ETH/USDT', 'ETH/USDT'], ...notes };
  t.match(await ask('watchlists.bulk', up, root.me), { symbols: ['ETH/USDT'], added: 1, removed: 1 });
  t.same([await symbolsIn(tier1), await symbolsIn(tier2)], [['ETH/USDT'], ['BTC/USDT']]);
  await owner.query('UPDATE watchlists SET max_assets = 1 WHERE id = $1', [tier1]);
  t.match(await refusal('watchlists.bulk', { ...up, symbols }, root.me), {
    code: 'conflict',
    field: 'symbols',
  });
  t.same(await symbolsIn(tier2), ['BTC/USDT']);
  t.match(await refusal('watchlists.bulk', { ...up, symbols: ['BTC/USDT', 'X/Y'] }, root.me), {
    ...{ code: 'invalid_params', field: 'symbols' },
  });
  t.match(await refusal('watchlists.bulk', up, ada.me), { code: 'forbidden' });
  const { rows } = await owner.query(
    `SELECT user_id, user_agent FROM user_activities WHERE action = 'promote_to_tier1'`,
  );
  t.same(rows, [{ user_id: root.id, user_agent: 'test/1' }], 'what was refused leaves no trace');
  const down = { action: 'remove_from_tiers', symbols, ...notes };
  t.match(await ask('watchlists.bulk', down, root.me), { added: 0, removed: 2 });
});
