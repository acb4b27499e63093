import t from 'tap';
import { GuestReader } from '../../src/store/guest-reader.js';
import { upsertMetrics } from '../../src/store/repositories/metrics.js';
import { endSignals } from '../../src/store/repositories/signal-ends.js';
import { insertSignals } from '../../src/store/repositories/signals.js';
import { snapshot } from '../support/analyses.js';
import { START } from '../support/candles.js';
import { makeModel, signal } from '../support/signals.js';
import { openUserSite } from '../support/user-site.js';

const { owner, engine, gateway, inEngine, addUser, addAssets } = await openUserSite(t);
const model = await makeModel(owner);
const reader = new GuestReader(gateway, 'binance');
const [real = 0, madeUp = 0] = [...(await addAssets(1)), ...(await addAssets(1, 'demo'))];
const { rows } = await owner.query<{ symbol: string }>('SELECT symbol FROM assets WHERE id = $1', [real]);
const symbol = rows[0]?.symbol ?? '';
const channels = ['signals', `signals:${symbol}`];

t.test('a channel without an event has no position, and nothing is written to find it out', async (t) => {
  t.same(await reader.activeSignals('signals', null), { position: null, signals: [] });
  t.equal((await owner.query('SELECT FROM outbox_channels')).rowCount, 0);
});

t.test('active signals are those for everybody, of one data source, at most the newest 100', async (t) => {
  const of = (n: number, different: object = {}) =>
    signal(model, { assetId: real, candleTime: START + n * 60_000, channels, ...different });
  await inEngine((db) =>
    insertSignals(
      db,
      Array.from({ length: 103 }, (_, n) => of(n)),
    ),
  );
  const ada = await addUser();
  await inEngine((db) =>
    insertSignals(db, [of(200, { userId: ada }), of(201, { assetId: madeUp, channels: [] })]),
  );
  const all = await reader.activeSignals('signals', null);
  t.equal(all.signals.length, 100);
  t.match(all.position, { epoch: String, offset: 103 });
  t.same(
    new Set(all.signals.map(({ symbol, userId }) => `${symbol} ${userId}`)),
    new Set([`${symbol} null`]),
  );
  const [newest] = all.signals;
  await inEngine((db) => endSignals(db, [{ id: newest?.id ?? 0, status: 'expired' }]));
  const after = await reader.activeSignals(`signals:${symbol}`, symbol);
  t.match(after.position, { offset: 104 });
  t.notOk(after.signals.some(({ id }) => id === newest?.id));
  t.equal((await reader.signals({ limit: 500 })).items.length, 103);
  t.match(await reader.signal(newest?.id ?? 0), { status: 'expired' });
  t.equal(await reader.signal((newest?.id ?? 0) + 100), null, 'of another data source');
});

t.test('snapshots of another data source are not read', async (t) => {
  await upsertMetrics(engine, [snapshot(), snapshot({ dataSource: 'demo', btcPriceUsd: 1 })]);
  const { items } = await reader.metrics({ timeframe: '1h' });
  t.same(
    items.map(({ dataSource }) => dataSource),
    ['binance'],
  );
});
