import t from 'tap';
import {
  addWatchlistAsset,
  bulkChangeAssets,
  removeWatchlistAsset,
  updateWatchlistAsset,
} from '../../../src/store/repositories/watchlist-assets.js';
import { createWatchlist, getWatchlist } from '../../../src/store/repositories/watchlists.js';
import { openUserSite } from '../../support/user-site.js';

const { owner, as, addUser, addAssets } = await openUserSite(t);
const admin = await addUser('admin');
const ada = await addUser();
const bob = await addUser();
const assets = await addAssets(6);
const [first = 0, second = 0] = assets;

/** Makes a list; of nobody: a default one. */
async function create(userId: number | null, name: string, maxAssets: number): Promise<number> {
  const made = await as(userId ?? admin, (db) => createWatchlist(db, userId, { name, maxAssets }, 1_000));
  if (made.outcome !== 'created') throw new Error(`${name}: ${made.outcome}`);
  return made.watchlist.id;
}

async function members(watchlistId: number): Promise<readonly number[]> {
  return (await getWatchlist(owner, ada, watchlistId))?.assets.map(({ assetId }) => assetId) ?? [];
}

t.test('an asset is in a list once, behind those before it', async (t) => {
  const id = await create(ada, 'Once', 10);
  t.match(
    await as(ada, (db) =>
      addWatchlistAsset(
        db,
        ada,
        id,
        { assetId: first, positionType: 'short', notes: 'Falls.', sortOrder: 7 },
        ada,
      ),
    ),
    {
      outcome: 'added',
      asset: { assetId: first, symbol: 'X1/USDT', positionType: 'short', notes: 'Falls.', sortOrder: 7 },
    },
  );
  const added = await Promise.all(
    Array.from({ length: 4 }, () =>
      as(ada, (db) => addWatchlistAsset(db, ada, id, { assetId: second }, ada)),
    ),
  );
  t.same(
    added.map(({ outcome }) => outcome).toSorted(),
    ['added', 'conflict', 'conflict', 'conflict'],
    'of those at once one, and the others are told',
  );
  t.match(
    added.find(({ outcome }) => outcome === 'added'),
    { asset: { sortOrder: 8, positionType: 'long' } },
  );
  await as(ada, (db) => updateWatchlistAsset(db, ada, id, first, { sortOrder: 2_147_483_647 }, ada));
  t.match(await as(ada, (db) => addWatchlistAsset(db, ada, id, { assetId: assets[2] ?? 0 }, ada)), {
    asset: { sortOrder: 2_147_483_647 },
  });
  await t.rejects(
    as(ada, (db) => addWatchlistAsset(db, ada, id, { assetId: 4_711 }, ada)),
    { code: '23503' },
  );
});

t.test('of many assets added at once a list takes as many as it holds, of each data source', async (t) => {
  const id = await create(ada, 'Small', 2);
  const added = await Promise.all(
    assets.map((assetId) => as(ada, (db) => addWatchlistAsset(db, ada, id, { assetId }, ada))),
  );
  t.equal(added.filter(({ outcome }) => outcome === 'added').length, 2);
  t.equal(added.filter(({ outcome }) => outcome === 'full').length, 4);
  const [simulated = 0] = await addAssets(1, 'demo');
  t.match(await as(ada, (db) => addWatchlistAsset(db, ada, id, { assetId: simulated }, ada)), {
    outcome: 'added',
  });
});

t.test('an asset that was switched off is switched on again', async (t) => {
  const id = await create(ada, 'On', 5);
  await as(ada, (db) => addWatchlistAsset(db, ada, id, { assetId: first, notes: 'Old.' }, ada));
  await owner.query('UPDATE watchlist_assets SET is_active = false WHERE watchlist_id = $1', [id]);
  t.same(await members(id), []);
  t.equal(await as(ada, (db) => updateWatchlistAsset(db, ada, id, first, { notes: 'x' }, ada)), null);
  t.match(await as(ada, (db) => addWatchlistAsset(db, ada, id, { assetId: first }, ada)), {
    outcome: 'added',
    asset: { notes: null },
  });
});

t.test('users write in lists of their own, admins in default ones', async (t) => {
  const mine = await create(ada, 'Mine', 5);
  const everybodys = await create(null, 'Everybodys', 5);
  await as(ada, (db) => addWatchlistAsset(db, ada, mine, { assetId: first }, ada));
  await as(admin, (db) => addWatchlistAsset(db, null, everybodys, { assetId: first }, admin));
  for (const [by, list, listOwner] of [
    [bob, mine, bob],
    [bob, mine, null],
    [ada, everybodys, ada],
    [ada, everybodys, null],
    [admin, mine, null],
  ] as const) {
    const asset = { assetId: second };
    t.same(await as(by, (db) => addWatchlistAsset(db, listOwner, list, asset, by)), { outcome: 'not_found' });
    t.equal(await as(by, (db) => updateWatchlistAsset(db, listOwner, list, first, { notes: 'x' }, by)), null);
    t.notOk(await as(by, (db) => removeWatchlistAsset(db, listOwner, list, first)));
  }
  t.match(await as(ada, (db) => updateWatchlistAsset(db, ada, mine, first, { positionType: 'short' }, ada)), {
    positionType: 'short',
    notes: null,
  });
  t.match(
    await as(admin, (db) => updateWatchlistAsset(db, null, everybodys, first, { notes: 'Good.' }, admin)),
    {
      notes: 'Good.',
    },
  );
  t.equal(await as(ada, (db) => updateWatchlistAsset(db, ada, mine, second, { notes: 'x' }, ada)), null);
  await t.rejects(
    as(ada, (db) => updateWatchlistAsset(db, ada, mine, first, {}, ada)),
    { name: 'RangeError' },
  );
  t.ok(await as(ada, (db) => removeWatchlistAsset(db, ada, mine, first)));
  t.notOk(await as(ada, (db) => removeWatchlistAsset(db, ada, mine, first)));
  t.ok(await as(admin, (db) => removeWatchlistAsset(db, null, everybodys, first)));
});

t.test('admins move many assets between default lists, all or none, and it is recorded', async (t) => {
  const [tier1, tier2] = [await create(null, 'One', 3), await create(null, 'Two', 10)];
  const add = { userId: admin, action: 'add_tier2', addTo: tier2, removeFrom: [] };
  t.same(await as(admin, (db) => bulkChangeAssets(db, { ...add, assetIds: [...assets, first] })), {
    outcome: 'changed',
    added: 6,
    removed: 0,
  });
  t.same(await members(tier2), assets, 'in their order');
  const promote = {
    userId: admin,
    action: 'promote_to_tier1',
    addTo: tier1,
    removeFrom: [tier2],
    reviewNotes: 'Strong.',
  };
  t.same(await as(admin, (db) => bulkChangeAssets(db, { ...promote, assetIds: assets })), {
    outcome: 'full',
  });
  t.same(await members(tier2), assets, 'nothing of it was done');
  t.same(await as(admin, (db) => bulkChangeAssets(db, { ...promote, assetIds: [second, first] })), {
    outcome: 'changed',
    added: 2,
    removed: 2,
  });
  t.same(await members(tier1), [second, first]);
  t.same(await members(tier2), assets.slice(2));
  t.same(await as(admin, (db) => bulkChangeAssets(db, { ...promote, assetIds: [first] })), {
    outcome: 'changed',
    added: 0,
    removed: 0,
  });
  const { rows } = await owner.query(
    `SELECT user_id, activity_type, entity_type, entity_id, details FROM user_activities
     WHERE action = 'promote_to_tier1' ORDER BY id LIMIT 1`,
  );
  t.match(rows, [
    {
      user_id: admin,
      activity_type: 'admin_action',
      entity_type: 'watchlist',
      entity_id: tier1,
      details: { asset_ids: [second, first], review_notes: 'Strong.' },
    },
  ]);
  const remove = { userId: admin, action: 'remove', addTo: null, removeFrom: [tier1, tier2] };
  t.same(await as(admin, (db) => bulkChangeAssets(db, { ...remove, assetIds: assets })), {
    outcome: 'changed',
    added: 0,
    removed: 6,
  });
});

t.test('nobody else moves them, and personal lists are left alone', async (t) => {
  const [mine, everybodys] = [await create(ada, 'Not bulk', 5), await create(null, 'Bulk', 5)];
  const change = { action: 'add_tier1', assetIds: [first], removeFrom: [] };
  for (const [userId, addTo] of [
    [ada, everybodys],
    [ada, mine],
    [admin, mine],
    [admin, 4_711],
  ] as const) {
    t.same(await as(userId, (db) => bulkChangeAssets(db, { ...change, userId, addTo })), {
      outcome: 'not_found',
    });
  }
});

t.test('moves in both directions at once end in one order', async (t) => {
  const [one, two] = [await create(null, 'There', 10), await create(null, 'Back', 10)];
  const change = { userId: admin, action: 'move', assetIds: assets };
  const outcomes = await Promise.all(
    Array.from({ length: 8 }, (_, n) =>
      as(admin, (db) =>
        bulkChangeAssets(db, { ...change, addTo: n % 2 ? one : two, removeFrom: [n % 2 ? two : one] }),
      ),
    ),
  );
  t.ok(outcomes.every(({ outcome }) => outcome === 'changed'));
  t.equal((await members(one)).length + (await members(two)).length, 6, 'each is in one of them');
});
