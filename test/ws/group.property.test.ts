import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import t from 'tap';
import { MemoryBroker } from '../../src/broker/broker-memory.js';
import type { Publication } from '../../src/events.js';
import { createLogger } from '../../src/logger.js';
import type { Position } from '../../src/protocol.js';
import { codecOf } from '../../src/ws/codec.js';
import { Connection } from '../../src/ws/connection.js';
import { Framer } from '../../src/ws/form.js';
import { Subscription } from '../../src/ws/group.js';
import { Hub } from '../../src/ws/hub.js';
import { DEFAULT_LIMITS } from '../../src/ws/limits.js';
import { GatewayStats } from '../../src/ws/stats.js';
import type { Frame, TransportSocket } from '../../src/ws/transport.js';
import { candleRow, channel, EPOCH, FakeMarket, FakeStore, hubSource, NOW, record } from './gateway-site.js';

const CHANNEL = 'candles:BTC/USDT:1m';
const framer = new Framer({ frame: (bytes, isBinary) => ({ bytes, isBinary }), audience: () => null }, EPOCH);

interface Message {
  readonly type: string;
  readonly recovered?: boolean;
  readonly offset: number;
  readonly data: { readonly closed: boolean } | null;
}

/** A subscriber whose socket is full or not as the test says; keeps what it was sent, and comes back when it is cut off. */
class Client {
  readonly messages: Message[] = [];
  connection: Connection;
  subscription: Subscription;
  #isCongested = false;

  constructor(
    readonly rate: string,
    private readonly stats: GatewayStats,
  ) {
    this.connection = this.#connected();
    this.subscription = this.#subscribed(null);
  }

  /** The socket is cut with all that waits for it; the client comes back with the position that it has. */
  cut(): void {
    const last = this.messages.at(-1);
    this.connection = this.#connected();
    this.#isCongested = false;
    this.subscription = this.#subscribed(last === undefined ? null : { epoch: EPOCH, offset: last.offset });
  }

  congest(): void {
    this.#isCongested = true;
    this.connection.congested(0);
  }

  drain(): void {
    if (this.#isCongested) this.connection.drained();
    this.#isCongested = false;
  }

  #connected(): Connection {
    const socket: TransportSocket = {
      address: '127.0.0.1',
      subprotocol: 'cryptopredict.v1.json',
      isOpen: true,
      queuedBytes: 0,
      // What is sent by a connection that was cut reaches nobody.
      send: (frame) => (connection === this.connection ? this.read(frame) : undefined),
      close: () => undefined,
      terminate: () => undefined,
    };
    const context = { framer, limits: DEFAULT_LIMITS, stats: this.stats, epoch: EPOCH, now: () => NOW };
    const connection = new Connection(socket, { user: null, address: '127.0.0.1', agent: null }, context);
    return connection;
  }

  #subscribed(from: Position | null): Subscription {
    const form = { codec: codecOf('cryptopredict.v1.json'), rows: false };
    const text = `${CHANNEL}${this.rate}`;
    return new Subscription(this.connection, text, channel(text), form, from);
  }

  read(frame: Frame): void {
    const message = JSON.parse(Buffer.from(frame.bytes).toString()) as Message;
    if (message.type === 'skipped') return;
    const before = this.messages.at(-1);
    if (message.type === 'snapshot' && message.recovered === true) {
      if (message.offset !== before?.offset) throw new Error(`goes on at ${message.offset}`);
      return;
    }
    if (message.type === 'snapshot' && message.recovered === false) throw new Error('begins anew');
    this.messages.push(message);
  }

  /** What is wrong with all that it was sent; '' if nothing is. */
  fault(closes: readonly number[], newest: number): string {
    const [first, ...rest] = this.messages;
    if (first?.type !== 'snapshot') return 'no snapshot came first';
    const told = rest.filter((m) => m.data?.closed === true);
    if (told.some((m) => m.type !== 'update')) return 'a closed candle came as a snapshot';
    const due = closes.filter((offset) => offset > first.offset);
    const offsets = told.map((m) => m.offset);
    if (offsets.join() !== due.join()) return `closes ${offsets.join()} instead of ${due.join()}`;
    const back = rest.findIndex(({ offset }, n) => offset <= (this.messages[n]?.offset ?? -1));
    if (back !== -1) return `${rest[back]?.offset} after ${this.messages[back]?.offset}`;
    const last = this.messages.at(-1)?.offset;
    return last === newest ? '' : `the newest is ${last} instead of ${newest}`;
  }
}

/** Says when the connection to it was lost and has come back. */
class ShakyBroker extends MemoryBroker<Publication> {
  comeBack: () => void = () => undefined;

  override onReconnect(callback: () => void): void {
    this.comeBack = callback;
  }
}

const which = fc.nat({ max: 3 });
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('forming' as const), isLost: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('close' as const), isLost: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('join' as const), rate: fc.constantFrom('', '@1s') }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('cut' as const), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('flush' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reconnect' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('congest' as const), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('drain' as const), which }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** A market whose closes are in memory for the newest three, and in the database before. */
class Site {
  readonly broker = new ShakyBroker();
  readonly market = new FakeMarket(this.broker);
  readonly store = new FakeStore();
  readonly stats = new GatewayStats();
  readonly hub = new Hub(
    this.broker,
    hubSource(this.market, this.store),
    framer,
    this.stats,
    createLogger({ level: 'silent', format: 'json' }),
  );
  readonly clients: Client[] = [];
  readonly closes: number[] = [];
  cuts = 0;
  newest = 0;
  #minute = NOW;

  change(closed: boolean, isLost: boolean): void {
    const row = candleRow(this.newest + 1, closed, this.#minute);
    if (closed) {
      this.market.recent = [...this.market.recent, row].slice(-3);
      this.store.candles.push(record(this.#minute));
      this.#minute += 60_000;
    }
    this.newest = this.market.change(CHANNEL, row, { lossless: closed, publish: !isLost });
    if (!closed) return;
    this.closes.push(this.newest);
    // No candle forms until the next trade.
    this.market.states.set(CHANNEL, { offset: this.newest, time: NOW, row: null });
  }

  async join(client: Client): Promise<void> {
    const { subscription } = client;
    await this.hub.acquire(subscription);
    for (const frame of [...this.hub.join(subscription)].flat()) client.connection.sendFrame(frame);
  }

  async do(s: Step): Promise<void> {
    if (s.do === 'forming') this.change(false, s.isLost);
    if (s.do === 'close') this.change(true, s.isLost);
    if (s.do === 'flush') this.hub.flush();
    if (s.do === 'reconnect') this.broker.comeBack();
    if (s.do === 'wait') await nextTurn();
    if (s.do === 'congest') this.clients[s.which]?.congest();
    if (s.do === 'drain') this.clients[s.which]?.drain();
    if (s.do === 'join') {
      const client = new Client(s.rate, this.stats);
      await this.join(client);
      this.clients.push(client);
    }
    const client = s.do === 'cut' ? this.clients[s.which % Math.max(1, this.clients.length)] : undefined;
    if (client === undefined) return;
    this.cuts += 1;
    const { subscription } = client;
    client.cut();
    this.hub.leave(subscription);
    this.hub.release(subscription.channel);
    await this.join(client);
  }

  /** Lets everybody have what is due to them. */
  async settle(): Promise<void> {
    this.change(false, false);
    this.hub.flush();
    for (const client of this.clients) client.drain();
    for (let n = 0; n < 12; n++) await nextTurn();
    this.hub.flush();
    for (const client of this.clients) client.drain();
  }
}

t.test(
  'whatever is lost, and whoever is cut off, each closed candle is told as one update, in order, then the newest',
  async (at) => {
    let cuts = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60, size: 'max' }), async (steps) => {
        const site = new Site();
        for (const s of steps) await site.do(s);
        await site.settle();
        cuts += site.cuts;
        for (const client of site.clients) {
          const fault = client.fault(site.closes, site.newest);
          if (fault !== '') throw new Error(`${client.subscription.text}: ${fault}`);
        }
        for (const { subscription } of site.clients) {
          site.hub.leave(subscription);
          site.hub.release(subscription.channel);
        }
        if (site.stats.subscriptions !== 0) throw new Error(`${site.stats.subscriptions} subscriptions left`);
      }),
      { numRuns: 500 },
    );
    at.ok(cuts > 500, `${cuts} cuts`);
  },
);
