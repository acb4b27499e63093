import t from 'tap';
import type { Queryable } from '../../../src/store/pool.js';
import { addWatchlistAsset } from '../../../src/store/repositories/watchlist-assets.js';
import {
  createWatchlist,
  deleteWatchlist,
  getWatchlist,
  listWatchlists,
  updateWatchlist,
} from '../../../src/store/repositories/watchlists.js';
import { openUserSite, readAll } from '../../support/user-site.js';

const site = await openUserSite(t);
const { as, addUser, addAssets } = site;
const admin = await addUser('admin');
const assets = await addAssets(3);

/** The default lists that every database begins with. */
const DEFAULTS = ['Tier 1', 'Tier 2'];

async function create(userId: number, name: string, maxLists = 1_000): Promise<number> {
  const made = await as(userId, (db) => createWatchlist(db, userId, { name }, maxLists));
  if (made.outcome !== 'created') throw new Error(`${name}: ${made.outcome}`);
  return made.watchlist.id;
}

t.test('a user has lists of their own, and everybody the default ones', async (t) => {
  const [ada, bob] = [await addUser(), await addUser()];
  const made = await as(ada, (db) =>
    createWatchlist(db, ada, { name: 'Mine', description: 'Few.', sortOrder: 9, maxAssets: 3 }, 10),
  );
  t.match(made, {
    outcome: 'created',
    watchlist: {
      name: 'Mine',
      description: 'Few.',
      userId: ada,
      watchlistType: 'personal',
      isPublic: false,
      maxAssets: 3,
      sortOrder: 9,
      createdAt: Number,
    },
  });
  const id = made.outcome === 'created' ? made.watchlist.id : 0;
  for (const [n, assetId] of assets.entries()) {
    await as(ada, (db) => addWatchlistAsset(db, ada, id, { assetId, sortOrder: -n }, ada));
  }
  t.match(await as(ada, (db) => getWatchlist(db, ada, id)), {
    name: 'Mine',
    assets: [
      { assetId: assets[2], watchlistId: id, symbol: 'X3/USDT', dataSource: 'binance', positionType: 'long' },
      { assetId: assets[1] },
      { assetId: assets[0], addedBy: ada, notes: null },
    ],
  });
  t.equal(await as(bob, (db) => getWatchlist(db, bob, id)), null);
  t.equal(await as(null, (db) => getWatchlist(db, null, id)), null);
  const names = async (userId: number | null): Promise<readonly string[]> =>
    (await as(userId, (db) => listWatchlists(db, { userId }))).items.map(({ name }) => name);
  t.same(await names(ada), [...DEFAULTS, 'Mine']);
  t.same(await names(bob), DEFAULTS);
  t.same(await names(null), DEFAULTS);
  t.same((await listWatchlists(site.owner, { userId: bob })).items.length, 2, 'the query says it too');
});

t.test('reads a hundred lists with as many queries as one', async (t) => {
  const ada = await addUser();
  const counted = async (): Promise<number> => {
    let queries = 0;
    await as(ada, async (db) => {
      const counting = {
        query: (...args: Parameters<typeof db.query>) => {
          queries++;
          return db.query(...args);
        },
      } as unknown as Queryable;
      await listWatchlists(counting, { userId: ada, limit: 500 });
    });
    return queries;
  };
  await create(ada, 'First');
  t.equal(await counted(), 2);
  for (let n = 0; n < 99; n++) await create(ada, `List ${n}`);
  t.equal(await counted(), 2);
});

t.test('pages of equal places repeat and lose none', async (t) => {
  const ada = await addUser();
  const ids = new Set<number>();
  for (let n = 0; n < 9; n++) ids.add(await create(ada, 'Same'));
  for (const limit of [1, 2, 4, 11]) {
    const all = await as(ada, (db) =>
      readAll((cursor) =>
        listWatchlists(db, { userId: ada, limit, ...(cursor === undefined ? {} : { cursor }) }),
      ),
    );
    t.equal(all.length, 11);
    t.same(new Set(all.filter(({ userId }) => userId === ada).map(({ id }) => id)), ids);
  }
});

t.test('of many lists made at once a user gets as many as are allowed', async (t) => {
  const ada = await addUser();
  const made = await Promise.all(
    Array.from({ length: 6 }, (_, n) => as(ada, (db) => createWatchlist(db, ada, { name: `L${n}` }, 2))),
  );
  t.equal(made.filter(({ outcome }) => outcome === 'created').length, 2);
  t.equal(made.filter(({ outcome }) => outcome === 'full').length, 4);
});

t.test('a user changes and deletes own lists, and no other', async (t) => {
  const [ada, bob] = [await addUser(), await addUser()];
  const id = await create(ada, 'Mine');
  t.match(
    await as(ada, (db) => updateWatchlist(db, ada, id, { name: 'Ours', isPublic: true, description: null })),
    {
      outcome: 'updated',
      watchlist: { name: 'Ours', isPublic: true, description: null, maxAssets: 25 },
    },
  );
  t.same(await as(bob, (db) => updateWatchlist(db, bob, id, { name: 'Bobs' })), { outcome: 'not_found' });
  t.same(await as(ada, (db) => updateWatchlist(db, ada, 4_711, { name: 'Gone' })), { outcome: 'not_found' });
  const [tier1] = (await as(bob, (db) => listWatchlists(db, { userId: bob }))).items;
  for (const owner of [bob, null]) {
    const change = { description: 'By Bob.' };
    t.same(await as(bob, (db) => updateWatchlist(db, owner, tier1?.id ?? 0, change)), {
      outcome: 'not_found',
    });
    t.notOk(await as(bob, (db) => deleteWatchlist(db, owner, tier1?.id ?? 0)));
    t.notOk(await as(bob, (db) => deleteWatchlist(db, owner, id)));
  }
  await t.rejects(
    as(ada, (db) => updateWatchlist(db, ada, id, {})),
    { name: 'RangeError' },
  );
  await as(ada, (db) => addWatchlistAsset(db, ada, id, { assetId: assets[0] ?? 0 }, ada));
  t.ok(await as(ada, (db) => deleteWatchlist(db, ada, id)), 'with what is in it');
  t.notOk(await as(ada, (db) => deleteWatchlist(db, ada, id)));
});

t.test('admins write default lists, which have names of their own', async (t) => {
  const made = await Promise.all(
    ['Memes', 'memes', 'MEMES'].map((name) => as(admin, (db) => createWatchlist(db, null, { name }, 100))),
  );
  t.equal(made.filter(({ outcome }) => outcome === 'created').length, 1);
  t.equal(made.filter(({ outcome }) => outcome === 'conflict').length, 2);
  const [list] = made.flatMap((one) => (one.outcome === 'created' ? [one.watchlist] : []));
  t.match(list, { userId: null, watchlistType: 'default', isPublic: true });
  const id = list?.id ?? 0;
  t.same(await as(admin, (db) => updateWatchlist(db, null, id, { name: 'TIER 1' })), { outcome: 'conflict' });
  t.match(await as(admin, (db) => updateWatchlist(db, null, id, { name: 'Memes!' })), { outcome: 'updated' });
  const ada = await addUser();
  await t.rejects(
    as(ada, (db) => createWatchlist(db, null, { name: 'Everybodys' }, 100)),
    { code: '42501' },
  );
  t.equal(await create(ada, 'Tier 1').then((own) => own > 0), true, 'personal lists are called as one likes');
  t.ok(await as(admin, (db) => deleteWatchlist(db, null, id)));
});
