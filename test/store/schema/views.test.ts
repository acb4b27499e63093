import t from 'tap';
import { asUser } from '../../../src/store/as-user.js';
import type { Connection, Pool, Queryable } from '../../../src/store/pool.js';
import { createTestDatabase } from '../../support/database.js';
import { insertRow, insertValid, type Row } from '../../support/schema-cases.js';
import { until } from '../../support/until.js';
import { aiModelsCase } from './analysis.cases.js';
import { assetsCase } from './market.cases.js';
import {
  aiPortfolioAnalysisCase,
  aiTradingSignalsCase,
  aiWatchlistAnalysisCase,
  predictionsCase,
  recommendationsCase,
} from './signals.cases.js';
import { usersCase, watchlistAssetsCase, watchlistsCase } from './users.cases.js';

const VIEWS = [
  'v_active_predictions',
  'v_active_signals',
  'v_ai_performance',
  'v_users_overview',
  'v_watchlist_summary',
];
const DAY_MS = 86_400_000;

const database = await createTestDatabase();
t.teardown(() => database.drop());
const { pool } = database;
const gateway = await database.connect({ role: 'cryptopredict_gateway' });

/** Numbers that no two rows of the file share. */
let last = 0;
function next(): number {
  last++;
  return last;
}

async function newUser(role: 'public' | 'admin' = 'public'): Promise<number> {
  return insertValid(pool, usersCase, next(), { role });
}

async function newAsset(change: Row = {}): Promise<number> {
  return insertValid(pool, assetsCase, next(), change);
}

async function newList(userId: number | null, change: Row = {}): Promise<number> {
  const { id } = await insertRow(pool, 'watchlists', {
    name: `List ${next()}`,
    user_id: userId,
    watchlist_type: userId === null ? 'default' : 'personal',
    ...change,
  });
  return Number(id);
}

async function select(
  from: Queryable,
  sql: string,
  ...values: readonly unknown[]
): Promise<Record<string, unknown>[]> {
  const { rows } = await from.query<Record<string, unknown>>(sql, [...values]);
  return rows;
}

function seenBy(userId: number | null, sql: string, ...values: readonly unknown[]) {
  return asUser(gateway, userId, (connection) => select(connection, sql, ...values));
}

t.test('views of empty tables are empty', async (t) => {
  for (const view of VIEWS) {
    const rows = await select(pool, `SELECT * FROM ${view}`);
    if (view === 'v_watchlist_summary') {
      t.match(rows, [
        { name: 'Tier 1', asset_count: 0, asset_symbols: null, avg_score: null },
        { name: 'Tier 2', asset_count: 0, asset_symbols: null, avg_score: null },
      ]);
    } else {
      t.same(rows, [], view);
    }
  }
});

t.test('a view shows what whoever asks may see, and no more', async (t) => {
  const rows = await select(
    pool,
    `SELECT relname AS name FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm')
       AND NOT coalesce('security_invoker=true' = ANY (reloptions), false)`,
  );
  t.same(rows, [], 'none reads as its owner');

  const [owner, other] = [await newUser(), await newUser()];
  const list = await insertValid(pool, watchlistsCase, next(), { user_id: owner });
  const prediction = await insertValid(pool, predictionsCase, next(), { user_id: owner });
  const analysis = await insertValid(pool, aiPortfolioAnalysisCase, next());
  const signal = await insertValid(pool, aiTradingSignalsCase, next(), { user_id: owner, expires_at: null });
  const ofAnalysis = await insertValid(pool, aiTradingSignalsCase, next(), {
    portfolio_analysis_id: analysis,
    expires_at: null,
  });
  for (const [view, id] of [
    ['v_watchlist_summary', list],
    ['v_active_predictions', prediction],
    ['v_active_signals', signal],
    ['v_active_signals', ofAnalysis],
  ] as const) {
    const sql = `SELECT id FROM ${view} WHERE id = $1`;
    t.same(await select(pool, sql, id), [{ id }], `${view} has the row`);
    t.same(await seenBy(other, sql, id), [], `${view} hides it from another user`);
    t.same(await seenBy(null, sql, id), [], `${view} hides it from guests`);
  }
  t.match(await seenBy(owner, 'SELECT id FROM v_watchlist_summary WHERE id = $1', list), [{ id: list }]);
  t.match(await seenBy(owner, 'SELECT user_email FROM v_active_predictions WHERE id = $1', prediction), [
    { user_email: /^User\d+@example\.com$/ },
  ]);
});

t.test(
  'v_active_predictions has those that are not realized, with the names of asset and model',
  async (t) => {
    const asset = await newAsset({ symbol: 'DOGE/EUR', name: 'Dogecoin', current_price: '0.1' });
    const model = await insertValid(pool, aiModelsCase, next(), { name: 'seer', version: '2.0.0' });
    const about = { asset_id: asset, ai_model_id: model };
    const open = await insertValid(pool, predictionsCase, next(), about);
    await insertValid(pool, predictionsCase, next(), {
      ...about,
      is_realized: true,
      evaluated_at: new Date(),
    });
    t.match(await select(pool, 'SELECT * FROM v_active_predictions WHERE asset_id = $1', asset), [
      {
        id: open,
        symbol: 'DOGE/EUR',
        asset_name: 'Dogecoin',
        current_price: '0.1',
        model_name: 'seer',
        model_version: '2.0.0',
        predicted_price: '0.00000019',
      },
    ]);
  },
);

t.test('v_watchlist_summary counts what is shown and takes the newest score', async (t) => {
  const list = await newList(null, { max_assets: 7 });
  const [first, second, off, unserved] = [
    await newAsset({ symbol: 'AAA/USDT' }),
    await newAsset({ symbol: 'BBB/USDT' }),
    await newAsset({ symbol: 'CCC/USDT' }),
    await newAsset({ symbol: 'DDD/USDT', is_active: false }),
  ];
  for (const [asset, change] of [
    [first, { sort_order: 2 }],
    [second, { sort_order: 1 }],
    [off, { is_active: false }],
    [unserved, {}],
  ] as const) {
    await insertRow(pool, 'watchlist_assets', { watchlist_id: list, asset_id: asset, ...change });
  }
  for (const [time, scores] of [
    [2, [{ score: 0.5 }, { score: 0.25 }, { score: 'high' }, { rank: 4 }, 7]],
    [1, [{ score: 1 }]],
  ] as const) {
    await insertValid(pool, aiWatchlistAnalysisCase, next(), {
      watchlist_id: list,
      analysis_time: new Date(time * DAY_MS),
      asset_scores: scores,
    });
  }
  const [row] = await select(pool, 'SELECT * FROM v_watchlist_summary WHERE id = $1', list);
  t.match(row, {
    watchlist_type: 'default',
    user_id: null,
    user_email: null,
    max_assets: 7,
    asset_count: 2,
    asset_symbols: 'BBB/USDT, AAA/USDT',
  });
  t.equal(Number(row?.avg_score), 0.375);
});

t.test('v_active_signals leaves out what is over, and mirrors a short', async (t) => {
  const asset = await newAsset({ symbol: 'EEE/USDT' });
  const signal = (change: Row) =>
    insertValid(pool, aiTradingSignalsCase, next(), {
      asset_id: asset,
      entry_price: 100,
      expires_at: new Date(Date.now() + DAY_MS),
      ...change,
    });
  const long = await signal({ target_price: 130, stop_loss: 90 });
  const short = await signal({
    signal_type: 'short',
    target_price: 70,
    stop_loss: 110,
    max_favorable_excursion: 98,
    max_adverse_excursion: 102,
    expires_at: null,
  });
  const bare = await signal({ target_price: null, stop_loss: null });
  await signal({ target_price: 130, stop_loss: 90, expires_at: new Date(Date.now() - 1) });
  await signal({ target_price: 130, stop_loss: 90, status: 'executed' });
  const rows = await select(
    pool,
    `SELECT id, symbol, potential_return_pct::float8 AS gain, max_loss_pct::float8 AS loss
     FROM v_active_signals WHERE asset_id = $1 ORDER BY id`,
    asset,
  );
  t.same(rows, [
    { id: long, symbol: 'EEE/USDT', gain: 30, loss: 10 },
    { id: short, symbol: 'EEE/USDT', gain: 30, loss: 10 },
    { id: bare, symbol: 'EEE/USDT', gain: null, loss: null },
  ]);
});

t.test('v_ai_performance sums up 30 days by layer, whatever an outcome holds', async (t) => {
  const admin = await newUser('admin');
  for (const change of [
    { status: 'approved', reviewed_at: new Date(), confidence_score: 0.5 },
    {
      status: 'implemented',
      implemented_at: new Date(),
      confidence_score: 1,
      outcome_result: { actual_return: 4, success_score: 0.9 },
    },
    { confidence_score: null, outcome_result: { actual_return: 'a lot', success_score: null } },
    { outcome_result: { actual_return: 99 }, created_at: new Date(Date.now() - 31 * DAY_MS) },
  ]) {
    await insertValid(pool, recommendationsCase, next(), { ai_layer: 2, ...change });
  }
  const sql = `SELECT ai_layer, total_recommendations, approved_count, implemented_count,
      avg_confidence::float8, avg_actual_return::float8, avg_success_score::float8, high_success_count
    FROM v_ai_performance`;
  const expected = [
    {
      ai_layer: 2,
      total_recommendations: 3,
      approved_count: 1,
      implemented_count: 1,
      avg_confidence: 0.75,
      avg_actual_return: 4,
      avg_success_score: 0.9,
      high_success_count: 1,
    },
  ];
  t.same(await select(pool, sql), expected);
  t.same(await seenBy(admin, sql), expected, 'an admin sees all');
  t.same(await seenBy(null, sql), [], 'a guest none');
});

t.test('v_users_overview counts each thing of a user once, for admins and for the user', async (t) => {
  const [user, admin, other] = [await newUser(), await newUser('admin'), await newUser()];
  for (let n = 0; n < 2; n++) {
    const list = await newList(user);
    for (const is_active of [true, true, false]) {
      await insertRow(pool, 'watchlist_assets', {
        watchlist_id: list,
        asset_id: await newAsset(),
        is_active,
      });
    }
  }
  for (const accuracy of [90, 70, 60]) {
    await insertValid(pool, predictionsCase, next(), {
      user_id: user,
      accuracy_percentage: accuracy,
      is_realized: accuracy !== 60,
      evaluated_at: new Date(),
    });
  }
  const sql = `SELECT id, personal_watchlists_count AS lists, total_assets_count AS assets,
    avg_prediction_accuracy::float8 AS accuracy FROM v_users_overview WHERE id = ANY ($1) ORDER BY id`;
  const ids = [user, admin, other];
  const own = { id: user, lists: 2, assets: 4, accuracy: 80 };
  t.same(await seenBy(admin, sql, ids), [own, { id: other, lists: 0, assets: 0, accuracy: null }]);
  t.same(await seenBy(user, sql, ids), [own], 'a user sees no other');
  t.same(await seenBy(null, sql, ids), [], 'a guest nobody');
  t.same(await seenBy(other, 'SELECT * FROM user_figures($1)', user), [], 'nor by asking for the figures');
});

t.test('create_default_watchlist is for admins, and leaves an activity', async (t) => {
  const [admin, user] = [await newUser('admin'), await newUser()];
  const make = (name: string) => (connection: Connection) =>
    select(connection, `SELECT create_default_watchlist($1, 'By hand') AS id`, name);
  await t.rejects(asUser(gateway, user, make('Mine')), { code: '42501' });
  const [made] = await asUser(gateway, admin, make('Tier 3'));
  t.match(await select(pool, 'SELECT * FROM watchlists WHERE id = $1', made?.id), [
    { name: 'Tier 3', description: 'By hand', user_id: null, watchlist_type: 'default' },
  ]);
  t.match(await select(pool, 'SELECT * FROM user_activities WHERE user_id = $1', admin), [
    { action: 'create', entity_type: 'watchlist', entity_id: made?.id, details: { name: 'Tier 3' } },
  ]);
  await t.rejects(asUser(gateway, admin, make('tier 3')), {
    code: '23505',
    constraint: 'unique_watchlists_default_name',
  });
});

t.test('bulk_update_watchlist_assets', async (t) => {
  const FULL = { code: '23514', constraint: 'max_assets' };
  const admin = await newUser('admin');
  const bulk = async (list: number, updates: unknown, userId = admin): Promise<unknown> => {
    const [row] = await asUser(gateway, userId, (connection) => bulkIn(connection, list, updates, userId));
    return row?.changed;
  };
  const members = (list: number) =>
    select(
      pool,
      `SELECT asset_id, position_type, sort_order, notes, is_active FROM watchlist_assets
       WHERE watchlist_id = $1 ORDER BY asset_id`,
      list,
    );

  t.test('adds, changes what is named alone, and does nothing the second time', async (t) => {
    const list = await newList(null);
    const [a, b] = [await newAsset(), await newAsset()];
    const first = [
      { asset_id: a, sort_order: 9 },
      { asset_id: b, position_type: 'short', notes: 'Weak.' },
      { asset_id: a, sort_order: 4 },
    ];
    t.equal(await bulk(list, first), 2);
    const after = [
      { asset_id: a, position_type: 'long', sort_order: 4, notes: null, is_active: true },
      { asset_id: b, position_type: 'short', sort_order: 2, notes: 'Weak.', is_active: true },
    ];
    t.same(await members(list), after, 'of two entries the later one counts');
    const times = () =>
      select(
        pool,
        'SELECT updated_at, updated_at > created_at AS is_later FROM watchlists WHERE id = $1',
        list,
      );
    const touched = await times();
    t.match(touched, [{ is_later: true }], 'the list was changed too');
    t.equal(await bulk(list, first), 0, 'the same again changes nothing');
    t.same(await times(), touched);
    t.equal(await bulk(list, [{ asset_id: b, is_active: false }]), 1);
    t.same(await members(list), [after[0], { ...after[1], is_active: false }]);
    t.equal(await bulk(list, []), 0);
    t.same(
      await select(
        pool,
        `SELECT details FROM user_activities WHERE entity_type = 'watchlist' AND entity_id = $1 ORDER BY id`,
        list,
      ),
      [{ details: { asset_count: 2 } }, { details: { asset_count: 1 } }],
      'each call that changed something left an activity',
    );
  });

  t.test('refuses all of it if a part is wrong', async (t) => {
    const list = await newList(null);
    const asset = await newAsset();
    for (const [updates, code] of [
      [[{ asset_id: asset }, { asset_id: 2_147_483_647 }], '23503'],
      [[{ asset_id: asset }, { sort_order: 1 }], '23502'],
      [[{ asset_id: asset, position_type: 'sideways' }], '22P02'],
      [{ asset_id: asset }, '22023'],
      [null, '22023'],
    ] as const) {
      await t.rejects(bulk(list, updates), { code }, JSON.stringify(updates));
    }
    await t.rejects(bulk(2_147_483_647, []), { code: 'P0002' });
    t.same(await members(list), []);
  });

  t.test('lets nobody write a list that is not theirs', async (t) => {
    const [owner, other] = [await newUser(), await newUser()];
    const asset = await newAsset();
    const lists = { default: await newList(null), own: await newList(owner) };
    await t.rejects(bulk(lists.default, [{ asset_id: asset }], owner), { code: 'P0002' });
    await t.rejects(bulk(lists.own, [{ asset_id: asset }], other), { code: 'P0002' });
    await t.rejects(
      asUser(gateway, owner, (connection) => bulkIn(connection, lists.own, [{ asset_id: asset }], other)),
      { code: '42501' },
      'nor in the name of another',
    );
    t.equal(await bulk(lists.own, [{ asset_id: asset }], owner), 1);
  });

  t.test('keeps to the limit of the list, for each data source', async (t) => {
    const list = await newList(null, { max_assets: 2 });
    const ids: number[] = [];
    for (const source of ['x', 'x', 'x', 'y']) ids.push(await newAsset({ data_source: source }));
    const [a, b, c, ofOther] = ids.map((asset_id) => ({ asset_id }));
    await t.rejects(bulk(list, [a, b, c]), FULL);
    t.equal(await bulk(list, [a, b, ofOther]), 3);
    await t.rejects(bulk(list, [c]), FULL);
    t.equal(await bulk(list, [{ ...a, is_active: false }, c]), 2, 'one goes, another comes');
    await pool.query('UPDATE watchlists SET max_assets = 1 WHERE id = $1', [list]);
    t.equal(await bulk(list, [{ ...b, sort_order: 8 }]), 1, 'too long a list can still be changed');
    await t.rejects(bulk(list, [{ ...a, is_active: true }]), FULL);
  });

  t.test('keeps to the limit also when two add at once', async (t) => {
    const list = await newList(null, { max_assets: 1 });
    const [a, b] = [await newAsset(), await newAsset()];
    const first = await beginBulk(pool, list, [{ asset_id: a }], admin);
    const second = bulk(list, [{ asset_id: b }]);
    await until('the second call waits for the first', () => isAnybodyWaiting(pool));
    await first.query('COMMIT');
    first.release();
    await t.rejects(second, FULL);
    t.same(
      (await members(list)).map(({ asset_id }) => asset_id),
      [a],
    );
  });
});

t.test('get_user_ai_context gives the lists of a user, or the default ones', async (t) => {
  const user = await newUser();
  const context = () => seenBy(user, 'SELECT * FROM get_user_ai_context($1)', user);
  const byDefault = await context();
  t.ok(byDefault.length >= 2);
  t.ok(byDefault.every(({ watchlist_type }) => watchlist_type === 'default'));
  t.match(
    byDefault.find(({ asset_count }) => asset_count === 0),
    { assets: [] },
    'a list without assets has none',
  );

  const off = await newList(user, { is_active: false });
  t.same(await context(), byDefault, 'a list that is switched off is none');
  const list = await newList(user);
  const { asset_id: asset } = await insertRow(pool, 'watchlist_assets', {
    ...(await watchlistAssetsCase.valid(pool, next())),
    watchlist_id: list,
    sort_order: 3,
  });
  t.match(
    await context(),
    [
      {
        watchlist_id: list,
        watchlist_type: 'personal',
        asset_count: 1,
        assets: [{ asset_id: asset, symbol: /^COIN\d+\/USDT$/, position_type: 'long', sort_order: 3 }],
      },
    ],
    `and not ${off}`,
  );
});

function bulkIn(connection: Queryable, list: number, updates: unknown, userId: number) {
  return select(
    connection,
    'SELECT bulk_update_watchlist_assets($1, $2, $3) AS changed',
    list,
    JSON.stringify(updates),
    userId,
  );
}

async function beginBulk(from: Pool, list: number, updates: unknown, userId: number): Promise<Connection> {
  const connection = await from.connect();
  await connection.query('BEGIN');
  await bulkIn(connection, list, updates, userId);
  return connection;
}

async function isAnybodyWaiting(from: Queryable): Promise<boolean> {
  const rows = await select(
    from,
    `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  );
  return rows.length > 0;
}
