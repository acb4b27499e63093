import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { outboxPublication } from '../../src/app/outbox-publication.js';
import { userStore } from '../../src/app/user-store.js';
import { MemoryBroker } from '../../src/broker/broker-memory.js';
import type { Publication } from '../../src/events.js';
import { GuestReader } from '../../src/store/guest-reader.js';
import { OutboxRelay } from '../../src/store/outbox-relay.js';
import { AssetRepository } from '../../src/store/repositories/assets.js';
import { endSignals } from '../../src/store/repositories/signal-ends.js';
import { insertSignals } from '../../src/store/repositories/signals.js';
import { START } from '../support/candles.js';
import { silent } from '../support/folder.js';
import { makeModel, signal } from '../support/signals.js';
import type { SocketClient } from '../support/socket-client.js';
import { until } from '../support/until.js';
import { openUserSite } from '../support/user-site.js';
import { DRIVERS, gatewaySite, SYMBOLS } from './gateway-site.js';

const { owner, engine, gateway: pool, inEngine } = await openUserSite(t);
const model = await makeModel(owner);
const registered = await new AssetRepository(engine).register(
  SYMBOLS.map((symbol) => ({ symbol, base: symbol, quote: 'USDT', dataSource: 'demo' })),
);
const assets = new Map(registered.map(({ symbol, id }) => [symbol, id]));
let candle = 0;

/** Writes signals of candles of their own, with their events. */
async function make(count: number, symbol = 'BTC/USDT'): Promise<void> {
  const signals = Array.from({ length: count }, () =>
    signal(model, {
      assetId: assets.get(symbol) ?? 0,
      candleTime: START + ++candle * 60_000,
      entryPrice: 100.5,
      channels: ['signals', `signals:${symbol}`],
    }),
  );
  await inEngine((db) => insertSignals(db, signals));
}

async function active(symbol?: string): Promise<readonly number[]> {
  const { rows } = await owner.query<{ id: number }>(
    `SELECT s.id FROM ai_trading_signals s JOIN assets a ON a.id = s.asset_id
     WHERE s.status = 'active' AND ($1::text IS NULL OR a.symbol = $1) ORDER BY s.id`,
    [symbol ?? null],
  );
  return rows.map(({ id }) => id);
}

async function end(ids: readonly number[]): Promise<void> {
  await inEngine((db) =>
    endSignals(
      db,
      ids.map((id) => ({ id, status: 'invalidated', reason: 'test' })),
    ),
  );
}

/** A gateway whose broker gets what the relay reads from the outbox. */
async function signalSite(t: Test, transport: 'ws' | 'uws', limits = {}) {
  const broker = new MemoryBroker<Publication>();
  const more = { users: userStore(pool, 'demo') };
  const site = await gatewaySite(t, { transport, limits }, broker, new GuestReader(pool, 'demo'), true, more);
  const relay = new OutboxRelay({
    pool: engine,
    logger: silent,
    publish: (event) => {
      const publication = outboxPublication(event);
      broker.publish(publication.channel, publication);
    },
    electMs: 20,
  });
  t.teardown(() => relay.stop());
  relay.start();
  return { ...site, relay };
}

interface Event {
  readonly id: number;
  readonly status: string;
}

/** Folds what a client has read as PROTOCOL.md says. */
function folded(client: SocketClient, channel: string): readonly number[] {
  const known = new Set<number>();
  for (const message of client.received) {
    if (message.channel !== channel) continue;
    if (message.type === 'snapshot') {
      known.clear();
      for (const { id } of message.data as Event[]) known.add(id);
    } else if (message.type === 'update') {
      const { id, status } = message.data as Event;
      if (status === 'active') known.add(id);
      else known.delete(id);
    }
  }
  return [...known].toSorted((a, b) => a - b);
}

t.beforeEach(async () => {
  await owner.query('TRUNCATE ai_trading_signals CASCADE');
  await owner.query('TRUNCATE outbox, outbox_channels');
});

for (const transport of DRIVERS) {
  t.test(
    `${transport}: a snapshot has the active signals, updates tell of new ones and of ends`,
    async (at) => {
      const { connect, relay } = await signalSite(at, transport);
      await make(2);
      await make(1, 'ETH/USDT');
      const ids = await active();
      await end(ids.slice(0, 1));
      await until('all is published', () => relay.stats.pending === 0 && relay.stats.published === 8);
      const client = await connect();
      const channels = ['signals', 'signals:ETH/USDT'];
      at.match(await client.request({ op: 'subscribe', channels, rows: true }), {
        ok: true,
        result: { channels },
      });
      await client.until('snapshots', () => client.of('snapshot').length === 2);
      const [snapshot] = client.of('snapshot', 'signals');
      const { rows } = await owner.query<{ epoch: string }>(
        `SELECT epoch FROM outbox_channels WHERE channel = 'signals'`,
      );
      at.match(snapshot, { epoch: rows[0]?.epoch, offset: 4 });
      at.notOk('fields' in (snapshot ?? {}), 'maps, also where rows are asked for');
      at.match(snapshot?.data, [
        { id: ids[2], symbol: 'ETH/USDT', entry_price: 100.5, status: 'active', simulated: true },
        { id: ids[1], symbol: 'BTC/USDT', stop_loss: null, missing: { stop_loss: /model gave none/ } },
      ]);
      at.match(client.of('snapshot', 'signals:ETH/USDT'), [{ offset: 1, data: [{ id: ids[2] }] }]);
      await make(1, 'ETH/USDT');
      await end(ids.slice(1, 2));
      await client.until('updates', () => client.of('update').length === 3);
      at.match(client.of('update', 'signals'), [
        { offset: 5, data: { status: 'active', candle_time: START + candle * 60_000 } },
        { offset: 6, data: { id: ids[1], status: 'invalidated', former_status: 'active', reason: 'test' } },
      ]);
      at.match(client.of('update', 'signals:ETH/USDT'), [{ offset: 2, data: { status: 'active' } }]);
      at.match(await client.request({ op: 'list' }), {
        result: { subscriptions: [{ channel: 'signals', epoch: rows[0]?.epoch, offset: 6 }, { offset: 2 }] },
      });
    },
  );

  t.test(
    `${transport}: snapshots join a stream of signals: none is lost, and none is told twice`,
    async (at) => {
      const { connect } = await signalSite(at, transport);
      const clients: SocketClient[] = [];
      let isWriting = true;
      const writing = (async () => {
        for (let n = 0; n < 40; n++) {
          await make(1 + (n % 3));
          const [oldest] = await active();
          if (n % 2 === 0 && oldest !== undefined) await end([oldest]);
          await sleep(2);
        }
        isWriting = false;
      })();
      while (isWriting && clients.length < 20) {
        const client = await connect({ encoding: clients.length % 2 === 0 ? 'json' : 'msgpack' });
        await client.request({ op: 'subscribe', channels: ['signals'] });
        clients.push(client);
        await sleep(5);
      }
      await writing;
      const { rows } = await owner.query<{ offset: number }>(
        `SELECT last_offset AS "offset" FROM outbox_channels WHERE channel = 'signals'`,
      );
      const last = rows[0]?.offset ?? 0;
      const truth = await active();
      for (const client of clients) {
        await client.until('the last event', () => {
          const newest = client.of('update').at(-1) ?? client.of('snapshot').at(-1);
          return newest?.offset === last;
        });
        at.same(folded(client, 'signals'), truth);
        const [snapshot, ...more] = client.of('snapshot');
        at.same(more, [], 'one snapshot');
        const offsets = client.of('update').map(({ offset }) => Number(offset));
        const first = Number(snapshot?.offset) + 1;
        at.same(
          offsets,
          Array.from({ length: last - first + 1 }, (_, i) => first + i),
        );
        const known = new Set(((snapshot?.data ?? []) as Event[]).map(({ id }) => id));
        const doubled = client.of('update').filter(({ data }) => {
          const { id, status } = data as Event;
          return status === 'active' && known.has(id);
        });
        at.same(doubled, [], 'what the snapshot has does not come again');
      }
      at.ok(clients.length > 3, `${clients.length} clients`);
    },
  );
}

t.test('before its first event a channel has no signals, and the first event is an update', async (at) => {
  const { connect } = await signalSite(at, 'ws');
  const client = await connect();
  await client.request({ op: 'subscribe', channels: ['signals:DOGE/USDT'] });
  await client.until('the snapshot', () => client.of('snapshot').length === 1);
  at.match(client.of('snapshot')[0], { offset: 0, data: [] });
  await make(1, 'DOGE/USDT');
  await client.until('the update', () => client.of('update').length === 1);
  at.match(client.of('update')[0], { offset: 1, data: { status: 'active' } });
  at.equal(client.of('snapshot').length, 1);
});

t.test('a client that comes back is told what it missed, a guest too', async (at) => {
  const { connect } = await signalSite(at, 'ws');
  await make(3);
  const first = await connect();
  await first.request({ op: 'subscribe', channels: ['signals'] });
  await first.until('the snapshot', () => first.of('snapshot').length === 1);
  const { epoch } = first.of('snapshot')[0] ?? {};
  const resume = async (offset: number, epochAsked = epoch) => {
    const client = await connect();
    const recover = { signals: { epoch: epochAsked, offset } };
    await client.request({ op: 'subscribe', channels: ['signals'], recover });
    await client.until('the snapshot', () => client.of('snapshot').length === 1);
    return client;
  };
  const back = await resume(1);
  await back.until('both', () => back.of('update').length === 2);
  at.match(back.of('snapshot')[0], { recovered: true, data: null, offset: 1 });
  at.match(back.of('update'), [{ offset: 2, data: { status: 'active' } }, { offset: 3 }]);
  for (const anew of [await resume(4), await resume(3, 'x')]) {
    at.match(anew.of('snapshot')[0], { recovered: false, offset: 3, data: [{}, {}, {}] });
  }
});

t.test('a place that nobody can have is refused before it is looked for', async (at) => {
  const { connect } = await signalSite(at, 'ws');
  const client = await connect();
  for (const epoch of ['a\0b', '', 'é', 'x'.repeat(101)]) {
    const recover = { signals: { epoch, offset: 1 } };
    at.match(await client.request({ op: 'subscribe', channels: ['signals'], recover }), {
      ok: false,
      error: { code: 'bad_message', field: 'recover.signals.epoch' },
    });
  }
});

t.test('when the database is away nothing is subscribed, and the client may try again', async (at) => {
  const broken = new GuestReader(pool, 'demo');
  broken.activeSignals = () => Promise.reject(new Error('no connection'));
  const { connect, gateway } = await gatewaySite(at, {}, undefined, broken);
  const client = await connect();
  const channels = ['ticker:BTC/USDT', 'signals'];
  at.match(await client.request({ op: 'subscribe', channels }), {
    ok: false,
    error: { code: 'unavailable', message: /database is away: try again in some seconds/ },
  });
  at.match(await client.request({ op: 'list' }), { result: { subscriptions: [] } });
  at.equal(gateway.stats.subscriptions, 0);
});

t.test(
  'a client that lets too many signals wait is closed with 4408, and comes back to what is active',
  async (at) => {
    const { market, connect, gateway, relay } = await signalSite(at, 'ws', { maxHeldLossless: 5 });
    const slow = await connect();
    await slow.request({ op: 'subscribe', channels: ['signals', 'trades:ETH/USDT'] });
    slow.ws.pause();
    const filler = [['x'.repeat(200_000), 1, 1, 1, 'buy', true, 1, 1]];
    for (let i = 0; gateway.queuedBytes() < 131_072 && i < 500; i++) {
      market.change('trades:ETH/USDT', filler);
      await new Promise(setImmediate);
    }
    await make(6);
    await until('all is published', () => relay.stats.published === 12);
    slow.ws.resume();
    at.equal(await slow.closed(), 4408);
    at.same(slow.of('skipped', 'signals'), []);
    const again = await connect();
    await again.request({ op: 'subscribe', channels: ['signals'] });
    await again.until('the snapshot', () => again.of('snapshot').length === 1);
    at.same(folded(again, 'signals'), await active());
  },
);
