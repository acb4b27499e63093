import fc from 'fast-check';
import t from 'tap';
import { outboxPublication } from '../../src/app/outbox-publication.js';
import { userStore } from '../../src/app/user-store.js';
import type { Listener } from '../../src/broker/broker.js';
import { MemoryBroker } from '../../src/broker/broker-memory.js';
import type { Publication } from '../../src/events.js';
import { appendEvents, type Position, recover } from '../../src/store/outbox.js';
import type { SocketClient } from '../support/socket-client.js';
import { until } from '../support/until.js';
import { openUserSite } from '../support/user-site.js';
import { FakeAccounts, FakeStatus, FakeViews } from './account-site.js';
import { candleRow, DRIVERS, type GatewaySite, gatewaySite, NOW, record, tickerRow } from './gateway-site.js';

const EVENTS = 'alerts';
const CANDLES = 'candles:BTC/USDT:1m';
const TICKER = 'ticker:BTC/USDT@100ms';
const CHANNELS = [EVENTS, CANDLES, TICKER];
const EPOCH_LENGTH = 32;

/** Loses what it is told to lose, and its connection. */
class LossyBroker extends MemoryBroker<Publication> {
  isAway = false;
  #comeBack: () => void = () => undefined;

  override publish(topic: string, message: Publication): void {
    if (!this.isAway) super.publish(topic, message);
  }

  override subscribe(topic: string, listener: Listener<Publication>): Promise<void> {
    return super.subscribe(topic, listener);
  }

  override onReconnect(callback: () => void): void {
    this.#comeBack = callback;
  }

  reconnect(): void {
    this.isAway = false;
    this.#comeBack();
  }
}

/** What a user keeps over all their connections. */
class Reader {
  readonly events: number[] = [];
  readonly closes: number[] = [];
  readonly newest = new Map<string, number>();
  readonly positions = new Map<string, Position>();
  cuts = 0;
  #seen = 0;
  client: SocketClient | null = null;

  constructor(
    private readonly site: GatewaySite,
    private readonly headers: Record<string, string>,
  ) {}

  /** Connects and asks to go on; the answer is awaited by whoever needs it. */
  async connect(): Promise<void> {
    const client = await this.site.connect({ headers: this.headers, encoding: 'json' });
    this.client = client;
    this.#seen = 0;
    client.send({ id: 1, op: 'subscribe', channels: CHANNELS, recover: Object.fromEntries(this.positions) });
  }

  /** The connection is cut in whatever state it is; what has arrived is known. */
  cut(): void {
    this.fold();
    this.client?.ws.terminate();
    this.cuts += 1;
  }

  fold(): void {
    for (const message of this.client?.received.slice(this.#seen) ?? []) this.#take(message);
    this.#seen = this.client?.received.length ?? 0;
  }

  #take(message: Record<string, unknown>): void {
    const { type, channel, offset, epoch, recovered, data } = message as {
      readonly type: string;
      readonly channel: string;
      readonly offset: number;
      readonly epoch?: string;
      readonly recovered?: boolean;
      readonly data: Record<string, unknown> | null;
    };
    if (type !== 'snapshot' && type !== 'update') return;
    if (type === 'snapshot') {
      const before = this.positions.get(channel);
      if (before !== undefined && channel !== TICKER && recovered === false)
        throw new Error(`${channel} begins anew`);
      if (recovered === true && offset !== before?.offset) throw new Error(`${channel} goes on at ${offset}`);
      if (channel === EVENTS && before !== undefined && recovered !== true)
        throw new Error('events were lost');
    }
    this.positions.set(channel, { epoch: epoch ?? this.positions.get(channel)?.epoch ?? '', offset });
    if (channel === EVENTS && type === 'update') this.events.push(Number(data?.n));
    if (channel === CANDLES && data?.closed === true) this.closes.push(offset);
    if (data !== null && channel !== EVENTS) this.newest.set(channel, offset);
  }
}

const users = await openUserSite(t);

const step = fc.oneof(
  { weight: 5, arbitrary: fc.constant('event' as const) },
  { weight: 3, arbitrary: fc.constant('close' as const) },
  { weight: 4, arbitrary: fc.constant('tick' as const) },
  { weight: 4, arbitrary: fc.constant('cut' as const) },
  { weight: 1, arbitrary: fc.constant('cut while it comes back' as const) },
  { weight: 1, arbitrary: fc.constant('broker goes' as const) },
  { weight: 2, arbitrary: fc.constant('broker comes back' as const) },
  { weight: 1, arbitrary: fc.constant('lose one' as const) },
  { weight: 2, arbitrary: fc.constant('wait' as const) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

for (const transport of DRIVERS) {
  t.test(
    `${transport}: a client cut off at any moment ends with every committed event and close, once and in order`,
    async (at) => {
      let cuts = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 40, size: 'max' }), async (steps) => {
          cuts += await play(at, transport, steps);
        }),
        { numRuns: transport === 'ws' ? 6 : 3 },
      );
      at.ok(cuts > (transport === 'ws' ? 20 : 5), `${cuts} cuts`);
    },
  );
}

/** Plays one history with a user of its own, and gives how often the client was cut off. */
async function play(at: Parameters<typeof gatewaySite>[0], transport: 'ws' | 'uws', steps: readonly Step[]) {
  const broker = new LossyBroker();
  const accounts = new FakeAccounts();
  const user = await users.addUser();
  const more = {
    accounts,
    status: new FakeStatus(),
    userViews: new FakeViews(broker),
    users: userStore(users.gateway, 'demo'),
  };
  const site = await gatewaySite(at, { transport }, broker, null, true, more);
  const { market, store } = site;
  const reader = new Reader(site, { Authorization: `Bearer ${accounts.logIn(user)}` });
  let committed = 0;
  let minute = 0;
  const closes: number[] = [];
  const writing: Promise<void>[] = [];
  const event = async (): Promise<void> => {
    const n = ++committed;
    const [at] = await users.inEngine((db) =>
      appendEvents(db, [{ channel: EVENTS, userId: user, data: { n } }]),
    );
    const offset = (at?.offset ?? 0) - 1;
    const told = await recover(users.engine, EVENTS, user, { epoch: at?.epoch ?? '', offset }, 10);
    const [stored] = told.recovered ? told.events : [];
    if (stored === undefined) throw new Error('it is not there');
    const publication = outboxPublication(stored);
    broker.publish(publication.channel, publication);
  };
  const close = (): void => {
    const time = NOW + ++minute * 60_000;
    const row = candleRow(minute, true, time);
    // Memory has at least what the database may not have shown yet to who has just read it.
    market.recent = [...market.recent, row].slice(-8);
    store.candles.push(record(time));
    const offset = market.change(CANDLES, row, { lossless: true });
    market.states.set(CANDLES, { offset, time: NOW, row: null });
    closes.push(offset);
  };
  const tick = (): void => {
    market.change(CANDLES, candleRow(minute, false, NOW + (minute + 1) * 60_000));
    market.change('ticker:BTC/USDT', tickerRow(minute));
  };
  await reader.connect();
  await until('it has begun', () => (reader.client?.of('snapshot').length ?? 0) === CHANNELS.length);
  for (const s of steps) {
    if (s === 'event') writing.push((writing.at(-1) ?? Promise.resolve()).then(event));
    if (s === 'close') close();
    if (s === 'tick') tick();
    if (s === 'broker goes') broker.isAway = true;
    if (s === 'broker comes back') broker.reconnect();
    if (s === 'lose one' && !broker.isAway) {
      broker.isAway = true;
      close();
      tick();
      broker.isAway = false;
    }
    if (s === 'wait') await new Promise(setImmediate);
    if (s === 'cut' || s === 'cut while it comes back') {
      reader.cut();
      await reader.connect();
      if (s === 'cut while it comes back') {
        await new Promise(setImmediate);
        reader.cut();
        await reader.connect();
      }
    }
  }
  await Promise.all(writing);
  broker.reconnect();
  await event();
  tick();
  await until('all has arrived', () => {
    reader.fold();
    const isNewest = [CANDLES, TICKER].every(
      (channel) => reader.newest.get(channel) === market.states.get(channel.replace('@100ms', ''))?.offset,
    );
    return isNewest && reader.events.at(-1) === committed;
  });
  at.same(
    reader.events,
    Array.from({ length: committed }, (_, n) => n + 1),
    'events',
  );
  at.same(reader.closes, closes, 'closes');
  at.equal(reader.positions.get(EVENTS)?.epoch.length, EPOCH_LENGTH);
  await site.gateway.close(0);
  return reader.cuts;
}
