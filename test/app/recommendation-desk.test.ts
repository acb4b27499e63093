import t from 'tap';
import { RecommendationDesk } from '../../src/app/recommendation-desk.js';
import { upsertWatchlistAnalyses } from '../../src/store/repositories/asset-analyses.js';
import {
  getRecommendation,
  insertRecommendations,
  reviewRecommendation,
} from '../../src/store/repositories/recommendations.js';
import { holdApproved, proposeRecommendations } from '../../src/store/repositories/tier-changes.js';
import { addWatchlistAsset } from '../../src/store/repositories/watchlist-assets.js';
import type { NewRecommendation } from '../../src/store/signal-records.js';
import { DAY_MS } from '../../src/timeframe.js';
import { makeSnapshot } from '../support/analyses.js';
import { silent } from '../support/folder.js';
import { recordingLogger } from '../support/recording-logger.js';
import { makeModel } from '../support/signals.js';
import { openUserSite } from '../support/user-site.js';

const { owner, engine, gateway, as, inEngine, addUser, addAssets } = await openUserSite(t);
const admin = await addUser('admin');
const desk = new RecommendationDesk({ engine, gateway, logger: silent });
const propose = (rows: readonly NewRecommendation[]): Promise<number> =>
  inEngine((db) => proposeRecommendations(db, rows));
const { rows: tiers } = await owner.query<{ id: number }>(
  `SELECT id FROM watchlists WHERE user_id IS NULL ORDER BY sort_order`,
);
const [tier1 = 0, tier2 = 0] = tiers.map(({ id }) => id);
/** A midnight, UTC, forty days ago. */
const THEN = Math.floor(Date.now() / DAY_MS) * DAY_MS - 40 * DAY_MS;
let days = 0;

type Asked = Partial<Record<'from' | 'to', number | null>> & {
  readonly action: 'add' | 'remove' | 'promote' | 'demote';
  readonly assetId: number;
  readonly swap?: { readonly asset_id: number; readonly to: number | null };
  readonly time?: number;
  readonly more?: Readonly<Record<string, unknown>>;
};

const named = (id: number | null | undefined): unknown => (id == null ? null : { id, name: `list ${id}` });

/** Makes a row as the advisor does. */
function row({
  action,
  assetId,
  from,
  to,
  swap,
  time = THEN + ++days * 1_000,
  more,
}: Asked): NewRecommendation {
  return {
    ...{ targetEntityType: 'watchlist', targetEntityId: to ?? from ?? 0, aiLayer: 3, confidenceScore: 0.8 },
    recommendationType: action === 'add' || action === 'remove' ? action : 'tier_change',
    recommendationPayload: {
      ...{
        action,
        asset_id: assetId,
        symbol: `X${assetId}`,
        position_type: 'long',
        time: new Date(time).toISOString(),
      },
      ...{ from_watchlist: named(from), to_watchlist: named(to), tier_watchlist_ids: [tier1, tier2] },
      swap:
        swap === undefined ? null : { asset_id: swap.asset_id, symbol: 'Y', to_watchlist: named(swap.to) },
      ...more,
    },
    dedupKey: `tier:${action}:${assetId}:${time}`,
  };
}

/** Proposes, approves, and gives the id. */
async function approved(
  asked: Asked,
  target?: { readonly type: 'watchlist'; readonly id: number },
): Promise<number> {
  const [made] = await inEngine((db) => insertRecommendations(db, [row(asked)]));
  const id = made?.id ?? 0;
  const review = { id, decision: 'approved', reviewedBy: admin, reviewNotes: 'fine' } as const;
  await as(admin, (db) => reviewRecommendation(db, target === undefined ? review : { ...review, target }));
  return id;
}

const stateOf = (id: number): Promise<unknown> => getRecommendation(owner, id);

async function listOf(watchlistId: number): Promise<readonly number[]> {
  const { rows } = await owner.query<{ id: number }>(
    'SELECT asset_id AS id FROM watchlist_assets WHERE watchlist_id = $1 AND is_active ORDER BY asset_id',
    [watchlistId],
  );
  return rows.map(({ id }) => id);
}

async function put(
  watchlistId: number,
  assetId: number,
  positionType: 'long' | 'short' = 'long',
): Promise<void> {
  const added = await as(admin, (db) =>
    addWatchlistAsset(db, null, watchlistId, { assetId, positionType, notes: 'mine' }, admin),
  );
  if (added.outcome !== 'added') throw new Error(added.outcome);
}

async function limit(watchlistId: number, places: number): Promise<void> {
  await owner.query('UPDATE watchlists SET max_assets = $2 WHERE id = $1', [watchlistId, places]);
}

async function clear(): Promise<void> {
  await owner.query('DELETE FROM watchlist_assets');
  await limit(tier1, 20);
  await limit(tier2, 100);
}

t.beforeEach(clear);

const turn = () => desk.turn(Date.now());

t.test('an approved promotion moves the asset as it is watched, tells of it, and is done once', async (t) => {
  const [asset = 0] = await addAssets(1);
  await put(tier2, asset, 'short');
  const id = await approved({ action: 'promote', assetId: asset, from: tier2, to: tier1 });
  t.match(await turn(), { implemented: 1, refused: 0 });
  t.same([await listOf(tier1), await listOf(tier2)], [[asset], []]);
  const { rows } = await owner.query(
    'SELECT position_type, notes FROM watchlist_assets WHERE asset_id = $1',
    [asset],
  );
  t.same(rows, [{ position_type: 'short', notes: 'mine' }]);
  t.match(await stateOf(id), { status: 'implemented', reviewNotes: 'fine' });
  const told = await owner.query<{ data: unknown }>(
    `SELECT data FROM outbox WHERE channel = 'recommendations' ORDER BY "offset" DESC LIMIT 1`,
  );
  t.match(told.rows, [{ data: { id, status: 'implemented' } }]);
  const audit = await owner.query(
    `SELECT DISTINCT changed_by FROM audit_log WHERE table_name = 'watchlist_assets' AND operation = 'DELETE'
     AND old_values ->> 'asset_id' = $1`,
    [String(asset)],
  );
  t.same(audit.rows, [{ changed_by: admin }], 'in the name of the admin');
  t.match(await turn(), { implemented: 0, refused: 0 });
});

t.test('assets are added, demoted and removed', async (t) => {
  const [added = 0, demoted = 0, removed = 0] = await addAssets(3);
  await put(tier1, demoted);
  await put(tier2, removed);
  await approved({ action: 'add', assetId: added, to: tier2 });
  await approved({ action: 'demote', assetId: demoted, from: tier1, to: tier2 });
  await approved({ action: 'remove', assetId: removed, from: tier2 });
  t.match(await turn(), { implemented: 3, refused: 0 });
  t.same([await listOf(tier1), await listOf(tier2)], [[], [added, demoted]]);
});

t.test('full lists swap, and a full list without a swap refuses', async (t) => {
  const [up = 0, down = 0, other = 0] = await addAssets(3);
  await limit(tier1, 1);
  await limit(tier2, 2);
  await put(tier1, down);
  await put(tier2, up);
  await put(tier2, other);
  const refused = await approved({ action: 'promote', assetId: other, from: tier2, to: tier1 });
  t.match(await turn(), { implemented: 0, refused: 1 });
  t.match(await stateOf(refused), {
    status: 'rejected',
    reviewNotes: 'fine\nNot carried out: the watchlist is full',
  });
  t.same([await listOf(tier1), await listOf(tier2)], [[down], [up, other]], 'nothing has moved');
  await approved({
    action: 'promote',
    assetId: up,
    from: tier2,
    to: tier1,
    swap: { asset_id: down, to: tier2 },
  });
  t.match(await turn(), { implemented: 1, refused: 0 });
  t.same([await listOf(tier1), await listOf(tier2)], [[up], [down, other]]);
});

t.test('what has become impossible is refused with the reason', async (t) => {
  const [gone = 0, moved = 0, off = 0, twice = 0] = await addAssets(4);
  await put(tier1, twice);
  await owner.query('UPDATE assets SET is_supported = false WHERE id = $1', [off]);
  const cases: readonly (readonly [number, RegExp])[] = [
    [await approved({ action: 'remove', assetId: gone, from: tier2 }), /is not in its list any more/],
    [
      await approved({ action: 'promote', assetId: moved, from: tier2, to: tier1 }),
      /is not in its list any more/,
    ],
    [await approved({ action: 'add', assetId: off, to: tier2 }), /is not served any more/],
    [await approved({ action: 'add', assetId: 999_999, to: tier2 }), /is not served any more/],
    [await approved({ action: 'add', assetId: twice, to: tier2 }), /is in the default watchlist \d+ already/],
    [await approved({ action: 'add', assetId: gone, to: 4_711 }), /no default watchlist 4711 any more/],
    [
      await approved({ action: 'add', assetId: moved, to: tier2, more: { time: 'never' } }),
      /does not say which/,
    ],
  ];
  t.match(await turn(), { implemented: 0, refused: cases.length });
  for (const [id, reason] of cases) t.match(await stateOf(id), { status: 'rejected', reviewNotes: reason });
  t.same([await listOf(tier1), await listOf(tier2)], [[twice], []]);
});

t.test('who approves is an admin when it is carried out', async (t) => {
  const [asset = 0] = await addAssets(1);
  const former = await addUser('admin');
  const [made] = await inEngine((db) =>
    insertRecommendations(db, [row({ action: 'add', assetId: asset, to: tier2 })]),
  );
  const id = made?.id ?? 0;
  await as(former, (db) =>
    reviewRecommendation(db, { id, decision: 'approved', reviewedBy: former, reviewNotes: '' }),
  );
  await owner.query(`UPDATE users SET role = 'public' WHERE id = $1`, [former]);
  t.match(await turn(), { implemented: 0, refused: 1 });
  t.match(await stateOf(id), {
    status: 'rejected',
    reviewNotes: 'Not carried out: who approved it is not an admin any more',
  });
  t.same(await listOf(tier2), []);
});

t.test('the reviewer may choose another list', async (t) => {
  const [asset = 0] = await addAssets(1);
  await approved({ action: 'add', assetId: asset, to: tier2 }, { type: 'watchlist', id: tier1 });
  t.match(await turn(), { implemented: 1 });
  t.same([await listOf(tier1), await listOf(tier2)], [[asset], []]);
});

t.test('of two servers one carries it out', async (t) => {
  const assets = await addAssets(8);
  for (const assetId of assets) await approved({ action: 'add', assetId, to: tier2 });
  const other = new RecommendationDesk({ engine, gateway, logger: silent });
  const done = await Promise.all([turn(), other.turn(Date.now()), turn()]);
  t.equal(
    done.reduce((sum, each) => sum + each.implemented, 0),
    assets.length,
  );
  t.equal(
    done.reduce((sum, each) => sum + each.refused, 0),
    0,
  );
  t.same(await listOf(tier2), assets);
});

t.test('two servers that propose the same give one recommendation, none of what is open', async (t) => {
  const [asset = 0, other = 0, third = 0] = await addAssets(3);
  const rows = [row({ action: 'add', assetId: asset, to: tier2 })];
  const made = await Promise.all([propose(rows), propose(rows)]);
  t.same(made.toSorted(), [0, 1]);
  t.equal(await propose([row({ action: 'add', assetId: asset, to: tier2 })]), 0, 'one is open');
  const swap = { asset_id: third, to: null };
  t.equal(await propose([row({ action: 'add', assetId: other, to: tier2, swap })]), 1);
  const advice = (await desk.advice()).filter(({ assetId }) => [asset, other, third].includes(assetId));
  t.match(advice, [
    { assetId: asset, isOpen: true, to: tier2 },
    { assetId: other, isOpen: true, to: null },
    { assetId: third, isOpen: true, to: null },
  ]);
  t.equal(await propose([]), 0);
});

t.test('nor do many at once give two of one asset', async (t) => {
  const [asset = 0] = await addAssets(1);
  const proposals = Array.from({ length: 8 }, () => [row({ action: 'add', assetId: asset, to: tier2 })]);
  const made = await Promise.all(proposals.map((rows) => propose(rows)));
  t.equal(
    made.reduce((sum, count) => sum + count, 0),
    1,
  );
});

t.test(
  'of two days that waited for the database the first counts, and what is no tier change stays',
  async (t) => {
    const [asset = 0, other = 0] = await addAssets(2);
    const about = (assetId: number): NewRecommendation => row({ action: 'add', assetId, to: tier2 });
    const forUser = { ...about(asset), userId: admin, dedupKey: `portfolio:${asset}` };
    const waited = [about(asset), forUser, about(asset), about(other)];
    t.equal(await propose(waited), 3);
    t.equal(await propose(waited), 0, 'given again they are the same');
    const again = { ...forUser, dedupKey: `portfolio:${asset}:2` };
    t.equal(await propose([again, about(asset)]), 1);
    t.equal(await propose([{ ...forUser, dedupKey: `portfolio:${asset}:3` }]), 1);
  },
);

t.test('what another server is about is left to it, without waiting', async (t) => {
  const [asset = 0] = await addAssets(1);
  const id = await approved({ action: 'add', assetId: asset, to: tier2, time: Date.now() - DAY_MS });
  await inEngine(async (db) => {
    t.equal(await holdApproved(db, id), true);
    t.match(await turn(), { implemented: 0, refused: 0 });
  });
  t.same(await listOf(tier2), []);
  t.match(await turn(), { implemented: 1 });
});

t.test('what nobody has decided on expires, and is open no more', async (t) => {
  const [asset = 0] = await addAssets(1);
  await propose([{ ...row({ action: 'add', assetId: asset, to: tier2 }), expiresAt: Date.now() - 1 }]);
  t.equal((await desk.advice()).find(({ assetId }) => assetId === asset)?.isOpen, false);
  t.match(await turn(), { expired: 1 });
});

t.test('one that the database refuses does not hold the others up', async (t) => {
  const [good = 0, bad = 0] = await addAssets(2);
  await owner.query(
    `CREATE FUNCTION refuse_bad() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
     CREATE TRIGGER bad BEFORE INSERT ON watchlist_assets FOR EACH ROW WHEN (NEW.asset_id = ${bad})
       EXECUTE FUNCTION refuse_bad()`,
  );
  const id = await approved({ action: 'add', assetId: bad, to: tier2 });
  await approved({ action: 'add', assetId: good, to: tier2 });
  await t.rejects(turn(), /no/);
  t.same(await listOf(tier2), [good]);
  t.match(await stateOf(id), { status: 'approved' });
  await owner.query('DROP TRIGGER bad ON watchlist_assets');
  t.match(await turn(), { implemented: 1 });
});

t.test('a refusal is in the log', async (t) => {
  const { logger, lines } = recordingLogger();
  const [asset = 0] = await addAssets(1);
  const id = await approved({ action: 'remove', assetId: asset, from: tier2 });
  await new RecommendationDesk({ engine, gateway, logger }).turn(Date.now());
  t.match(lines, [{ id, reason: /is not in its list/, msg: /impossible/ }]);
});

t.test('outcomes are measured after 7 and 30 days from stored daily candles, once', async (t) => {
  const [asset = 0, bitcoin = 0, peer = 0, silentPeer = 0] = await addAssets(4);
  const closes: readonly (readonly [number, number, number])[] = [
    [asset, 0, 200],
    [asset, 7, 220],
    [asset, 30, 150],
    [bitcoin, 0, 50_000],
    [bitcoin, 7, 51_000],
    [bitcoin, 30, 40_000],
    [peer, 0, 4],
    [peer, 7, 5],
    [peer, 30, 2],
    [silentPeer, 0, 1],
  ];
  for (const [id, day, close] of closes) {
    await owner.query(
      `INSERT INTO price_data (asset_id, timeframe, candle_time, open_price, high_price, low_price, close_price, volume, is_closed, source)
       VALUES ($1, '1d', to_timestamp($2::float8 / 1000), $3, $3, $3, $3, 1, true, 'built')`,
      [id, THEN + (day - 1) * DAY_MS, close],
    );
  }
  const more = { benchmark_asset_id: bitcoin, tier_asset_ids: [peer, silentPeer] };
  const id = await approved({ action: 'add', assetId: asset, to: tier2, time: THEN, more });
  const [first, second] = await Promise.all([turn(), turn()]);
  t.equal((first?.measured ?? 0) + (second?.measured ?? 0) >= 2, true);
  const { outcomeResult } = (await getRecommendation(owner, id)) ?? {};
  t.match(outcomeResult, {
    days_7: {
      ...{ asset_return_pct: 10, btc_return_pct: 2, tier_return_pct: 25, tier_assets: 1 },
      ...{ tier_assets_missing: 1, success_score: 0.5, missing: {} },
    },
    days_30: { asset_return_pct: -25, btc_return_pct: -20, tier_return_pct: -50, success_score: 0.5 },
    actual_return: -25,
    success_score: 0.5,
  });
  t.equal((await turn()).measured, 0);
});

t.test('a daily candle that is not stored is waited for, three days', async (t) => {
  const [asset = 0] = await addAssets(1);
  const time = Math.floor(Date.now() / DAY_MS) * DAY_MS - 8 * DAY_MS;
  const id = await approved({ action: 'add', assetId: asset, to: tier2, time });
  await turn();
  t.match(await stateOf(id), { outcomeResult: null });
  await desk.turn(Date.now() + 3 * DAY_MS);
  t.match(await stateOf(id), {
    outcomeResult: {
      days_7: {
        ...{ asset_return_pct: null, success_score: null },
        missing: {
          asset_return_pct: /not stored/,
          btc_return_pct: /no Bitcoin market/,
          tier_return_pct: /no other/,
        },
      },
    },
  });
});

t.test('the advisor gets back what daily analyses have kept', async (t) => {
  const aiModelId = await makeModel(owner);
  const [inTier = 0, inNone = 0] = await addAssets(2);
  for (const day of [0, 1, 70]) {
    const analysisTime = THEN + (day - 70) * DAY_MS;
    const metricsSnapshotId = await makeSnapshot(engine, { timeframe: '1d', snapshotTime: analysisTime });
    const said = { aiModelId, metricsSnapshotId, analysisTime, timeframe: '1d' } as const;
    const candidates = [
      { asset_id: inNone, score: 0.25 },
      { asset_id: inTier, score: null },
    ];
    const scores = [
      { asset_id: inTier, position_type: 'short', score: 0.75 },
      { asset_id: 5, position_type: 'long', score: null },
    ];
    await upsertWatchlistAnalyses(engine, [
      { ...said, watchlistId: tier1, assetScores: scores, analysisData: { candidates } },
      { ...said, watchlistId: tier2, assetScores: [], analysisData: { candidates } },
    ]);
  }
  const { days: found } = await desk.memory('binance');
  t.same(found, [
    { assetId: inTier, time: THEN, side: 'short', score: 0.75 },
    { assetId: inNone, time: THEN, side: 'long', score: 0.25 },
  ]);
  t.same((await desk.memory('elsewhere')).days, []);
});
