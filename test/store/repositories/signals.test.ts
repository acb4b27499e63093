import t from 'tap';
import { upsertRegimes } from '../../../src/store/repositories/regimes.js';
import {
  cancelSignal,
  endSignals,
  expireForgottenSignals,
} from '../../../src/store/repositories/signal-ends.js';
import { signalPerformance } from '../../../src/store/repositories/signal-performance.js';
import {
  getSignal,
  insertSignals,
  listSignals,
  type NewSignal,
} from '../../../src/store/repositories/signals.js';
import { makeSnapshot, plansOf, regime } from '../../support/analyses.js';
import { START } from '../../support/candles.js';
import { makeModel, signal } from '../../support/signals.js';
import { openUserSite, readAll } from '../../support/user-site.js';

const { owner, engine, as, inEngine, addUser, addAssets } = await openUserSite(t);
const model = await makeModel(owner);
const admin = await addUser('admin');
let made = 0;

/** Writes signals, each of a candle of its own, and gives their ids. */
async function makeSignals(
  assetId: number,
  different: readonly Partial<NewSignal>[],
): Promise<readonly number[]> {
  const signals = different.map((more) =>
    signal(model, { assetId, candleTime: START + ++made * 60_000, channels: [], ...more }),
  );
  await inEngine((db) => insertSignals(db, signals));
  const { rows } = await owner.query<{ id: number }>(
    'SELECT id FROM ai_trading_signals WHERE asset_id = $1 ORDER BY id DESC LIMIT $2',
    [assetId, signals.length],
  );
  return rows.map(({ id }) => id).toReversed();
}

async function eventsOf(channel: string): Promise<readonly unknown[]> {
  const { rows } = await owner.query<{ data: unknown }>(
    'SELECT data FROM outbox WHERE channel = $1 ORDER BY "offset"',
    [channel],
  );
  return rows.map(({ data }) => data);
}

t.test('lists signals by what is asked for, those of a user to that user alone', async (t) => {
  const [asset = 0] = await addAssets(1, 'lists');
  const [other = 0] = await addAssets(1, 'lists');
  const ada = await addUser();
  const nothing = await as(null, (db) => listSignals(db, { dataSource: 'lists' }));
  t.same(nothing, { items: [], nextCursor: null });
  const [low, high, own] = await makeSignals(asset, [
    { confidenceScore: 0.3, entryPrice: 0.000000012345 },
    { confidenceScore: 0.9 },
    { userId: ada },
  ]);
  const [elsewhere] = await makeSignals(other, [{ signalType: 'short' }]);
  await inEngine((db) => endSignals(db, [{ id: high ?? 0, status: 'executed' }]));
  const ids = async (filter: object, userId: number | null = null): Promise<readonly number[]> =>
    (await as(userId, (db) => listSignals(db, { dataSource: 'lists', ...filter }))).items.map(({ id }) => id);
  t.same(await ids({}), [elsewhere, high, low]);
  t.same(await ids({}, ada), [elsewhere, own, high, low]);
  t.same(await ids({ status: 'active' }), [elsewhere, low]);
  t.same(await ids({ confidenceMin: 0.7 }), [elsewhere, high]);
  const item = await as(null, (db) => getSignal(db, low ?? 0));
  t.match(item, { symbol: /USDT$/, entryPrice: '0.000000012345', modelName: 'test', confidenceScore: 0.3 });
  t.same(await ids({ symbol: item?.symbol }), [high, low]);
  t.same(await ids({ symbol: 'NONE/USDT' }), []);
  t.same(await ids({ dataSource: 'demo' }), []);
  t.equal(await as(null, (db) => getSignal(db, own ?? 0)), null);
  t.match(await as(ada, (db) => getSignal(db, own ?? 0)), { userId: ada });
  await t.rejects(ids({ limit: 501 }), RangeError);
});

t.test('a signal ends once, whoever tries, and that is told once', async (t) => {
  const [asset = 0] = await addAssets(1, 'ends');
  const [a = 0, b = 0, c = 0] = await makeSignals(asset, [{}, {}, {}]);
  const symbol = (await getSignal(engine, a))?.symbol;
  const before = (await eventsOf('signals')).length;
  t.same(await inEngine((db) => endSignals(db, [])), []);
  const ended = await Promise.all(
    ['executed', 'expired', 'invalidated', 'cancelled'].map((status) =>
      inEngine((db) => endSignals(db, [b, a, 4_711].map((id) => ({ id, status, reason: 'so' })) as never)),
    ),
  );
  t.same(
    ended.flat().toSorted((x, y) => x - y),
    [a, b],
  );
  t.equal((await eventsOf('signals')).length, before + 2);
  t.match(await eventsOf(`signals:${symbol}`), [
    { id: a, symbol, former_status: 'active', reason: 'so' },
    { id: b, asset_id: asset },
  ]);
  t.same(
    await inEngine((db) =>
      endSignals(db, [
        { ...{ id: c, status: 'invalidated', actualEntryPrice: '0.000000001', signalSuccessful: false } },
        { id: c, status: 'executed' },
      ]),
    ),
    [c],
    'of two ends the first counts',
  );
  t.match(await getSignal(engine, c), {
    ...{
      status: 'invalidated',
      invalidatedAt: Number,
      actualEntryPrice: '0.000000001',
      signalSuccessful: false,
    },
  });
  const [d = 0] = await makeSignals(asset, [{}]);
  await t.rejects(
    inEngine((db) => endSignals(db, [{ id: d, status: 'executed', actualEntryPrice: Number.NaN }])),
    /chk_ai_trading_signals_actual_entry_price/,
  );
  t.match(await getSignal(engine, d), { status: 'active' });
});

t.test('expires what is over of assets that nobody serves, once', async (t) => {
  const [asset = 0, served = 0] = await addAssets(2, 'expires');
  const [madeUp = 0] = await addAssets(1, 'kraken-simulated');
  const past = Date.now() - 3_601_000;
  const ids = await makeSignals(asset, [
    { expiresAt: past },
    { expiresAt: past - 2_000 },
    { expiresAt: Date.now() - 1_000 },
    {},
  ]);
  const others = [
    ...(await makeSignals(served, [{ expiresAt: past }])),
    ...(await makeSignals(madeUp, [{ expiresAt: past }])),
  ];
  const expired = await Promise.all(
    [1, 2, 3].map(() => inEngine((db) => expireForgottenSignals(db, [served]))),
  );
  t.same(
    expired.flat().toSorted((x, y) => x - y),
    ids.slice(0, 2),
  );
  t.same(
    (await listSignals(engine, { dataSource: 'expires', status: 'active' })).items
      .map(({ id }) => id)
      .toSorted((x, y) => x - y),
    [...ids.slice(2), others[0]],
  );
  t.match(
    await getSignal(engine, others[1] ?? 0),
    { status: 'active' },
    'the time of made up prices is not ours',
  );
});

t.test('an admin cancels a signal, once, and why is written down; nobody else does', async (t) => {
  const [asset = 0] = await addAssets(1, 'cancels');
  const [id = 0] = await makeSignals(asset, [{}]);
  const ada = await addUser();
  t.equal(
    await as(ada, (db) => cancelSignal(db, ada, id, 'mine')),
    'conflict',
    'row-level security lets no row through',
  );
  t.match(await getSignal(engine, id), { status: 'active' });
  t.equal(await as(admin, (db) => cancelSignal(db, admin, 4_711, 'none')), 'not_found');
  t.equal(await as(admin, (db) => cancelSignal(db, admin, id, 'bad data')), 'cancelled');
  t.equal(await as(admin, (db) => cancelSignal(db, admin, id, 'again')), 'conflict');
  t.match(await getSignal(engine, id), { status: 'cancelled' });
  t.match((await eventsOf('signals')).at(-1), { id, status: 'cancelled', reason: 'bad data' });
  const { rows } = await owner.query(
    `SELECT user_id, entity_id, details FROM user_activities WHERE action = 'cancel'`,
  );
  t.same(rows, [{ user_id: admin, entity_id: id, details: { reason: 'bad data' } }]);
});

t.test('performance is null where there is nothing, and in groups where there is', async (t) => {
  const query = { dataSource: 'performs', from: START };
  const [asset = 0] = await addAssets(1, 'performs');
  t.same(await signalPerformance(engine, query), {
    total: {
      ...{ signals: 0, active: 0, judged: 0, successful: 0, successRate: null, meanConfidence: null },
      ...{ meanRiskReward: null, meanFavorablePct: null, meanAdversePct: null },
    },
    ...{ byModel: [], byTimeframe: [], byRiskLevel: [], byRegime: [] },
  });
  const metricsSnapshotId = await makeSnapshot(engine);
  await upsertRegimes(engine, [regime(model, metricsSnapshotId, { currentRegime: 'Bear' })]);
  const [long = 0, short = 0] = await makeSignals(asset, [
    { entryPrice: 100, riskLevel: 'low', metricsSnapshotId, confidenceScore: 0.5 },
    { entryPrice: 100, riskLevel: 'low', signalType: 'short', confidenceScore: 0.7 },
    { timeframe: '1h', confidenceScore: 0.6 },
  ]);
  await inEngine((db) =>
    endSignals(db, [
      {
        ...{ id: long, status: 'executed', signalSuccessful: true },
        ...{ maxFavorableExcursion: 110, maxAdverseExcursion: 98 },
      },
      {
        ...{ id: short, status: 'executed', signalSuccessful: false },
        ...{ maxFavorableExcursion: 98, maxAdverseExcursion: 104 },
      },
    ]),
  );
  const found = await as(null, (db) => signalPerformance(db, query));
  t.match(found, {
    total: {
      ...{ signals: 3, active: 1, judged: 2, successful: 1, successRate: 0.5, meanConfidence: 0.6 },
      ...{ meanRiskReward: null, meanFavorablePct: 6, meanAdversePct: 3 },
    },
    byModel: [{ model: 'test 1.0.0', signals: 3 }],
    byTimeframe: [
      { timeframe: '1m', signals: 2, successRate: 0.5 },
      { timeframe: '1h', signals: 1, successRate: null },
    ],
    byRiskLevel: [
      { riskLevel: 'low', signals: 2 },
      { riskLevel: null, signals: 1 },
    ],
    byRegime: [
      { regime: 'Bear', signals: 1, successRate: 1 },
      { regime: null, signals: 2 },
    ],
  });
  await makeSignals(asset, [
    { timeframe: '4h', marketContext: { regime: 'Sideways' } },
    { timeframe: '4h', signalType: 'short', marketContext: { regime: 'Boring' }, metricsSnapshotId },
  ]);
  t.match((await signalPerformance(engine, { ...query, timeframe: '4h' })).byRegime, [
    { regime: 'Bear', signals: 1 },
    { regime: 'Sideways', signals: 1 },
  ]);
  t.equal((await signalPerformance(engine, { ...query, timeframe: '1h' })).total.signals, 1);
  t.equal((await signalPerformance(engine, { ...query, model: 'other' })).total.signals, 0);
  t.equal((await signalPerformance(engine, { ...query, assetId: asset })).total.signals, 5);
});

t.test('pages over equal times lose none, and are read by an index', async (t) => {
  const [asset = 0, other = 0] = await addAssets(2, 'pages');
  const makeMany = (assetId: number, count: number): Promise<unknown> =>
    owner.query(
      `INSERT INTO ai_trading_signals (asset_id, ai_model_id, timeframe, candle_time, signal_type, signal_origin,
         signal_quality, confidence_score)
       SELECT $1, $2, '1m', to_timestamp(n), 'long', 'market_opportunity', 'low', 0.5 FROM generate_series(1, $3::int) n`,
      [assetId, model, count],
    );
  await makeMany(asset, 4_000);
  await makeMany(other, 23);
  await owner.query('ANALYZE ai_trading_signals, assets');
  const symbol = (await listSignals(engine, { dataSource: 'pages', limit: 1 })).items[0]?.symbol ?? '';
  const few = { dataSource: 'pages', symbol };
  for (const limit of [1, 11, 23, 24]) {
    const all = await readAll((cursor) =>
      listSignals(engine, { ...few, limit, ...(cursor === undefined ? {} : { cursor }) }),
    );
    t.equal(new Set(all.map(({ id }) => id)).size, 23);
    t.equal(all.length, 23);
  }
  for (const filter of [{}, { status: 'active' }, { symbol }, { symbol, status: 'active' }] as const) {
    const plan = await plansOf(engine, (db) =>
      listSignals(db, { dataSource: 'pages', limit: 20, ...filter }),
    );
    t.match(plan, /idx_ai_signals_\w+/);
    t.notMatch(plan, 'Seq Scan on ai_trading_signals');
  }
});
