import fc from 'fast-check';
import t from 'tap';
import type { Broker, BrokerStatus, Listener } from '../../src/broker/broker.js';
import type { Publication } from '../../src/events.js';
import { createLogger } from '../../src/logger.js';
import type { Position } from '../../src/protocol.js';
import { codecOf } from '../../src/ws/codec.js';
import { Framer } from '../../src/ws/form.js';
import { type Receiver, Subscription } from '../../src/ws/group.js';
import { Hub } from '../../src/ws/hub.js';
import { GatewayStats } from '../../src/ws/stats.js';
import { channel, EPOCH, FakeMarket, hubSource, tradeRow } from './gateway-site.js';

const CHANNEL = 'trades:BTC/USDT';

/** Delivers when told to, as a broker behind a network does; order is kept. */
class LateBroker implements Broker<Publication> {
  private readonly listeners = new Map<string, Listener<Publication>>();
  private readonly underway: Publication[] = [];

  publish(_topic: string, message: Publication): void {
    this.underway.push(message);
  }

  wanted(): boolean {
    return true;
  }

  wantedTopics(): Iterable<string> {
    return this.listeners.keys();
  }

  async subscribe(topic: string, listener: Listener<Publication>): Promise<void> {
    if (this.listeners.has(topic)) throw new Error(`${topic} already has a listener`);
    this.listeners.set(topic, listener);
  }

  async unsubscribe(topic: string): Promise<void> {
    this.listeners.delete(topic);
  }

  /** Lets the oldest `count` messages arrive. */
  arrive(count: number): void {
    for (const message of this.underway.splice(0, count)) {
      this.listeners.get(message.channel)?.(message, message.channel);
    }
  }

  onReconnect(): void {
    // It never goes away.
  }

  status(): BrokerStatus {
    return { driver: 'redis', connected: true, published: 0, delivered: 0, dropped: 0, reconnects: 0 };
  }

  async close(): Promise<void> {
    this.listeners.clear();
  }
}

interface Message {
  readonly type: string;
  readonly offset: number;
  readonly recovered?: boolean;
  readonly data: unknown[][] | null;
}

/** Reads frames as a client would and keeps the ids of the trades it was given. */
class Client implements Receiver {
  ids: string[] = [];
  subscription: Subscription;
  #offset = -1;

  constructor(private readonly rate: string) {
    this.subscription = this.#subscribed(null);
  }

  /** It is cut off, and comes back with the position that it has. */
  cut(): void {
    this.subscription = this.#subscribed({ epoch: EPOCH, offset: this.#offset });
  }

  #subscribed(from: Position | null): Subscription {
    const text = `${CHANNEL}${this.rate}`;
    const form = { codec: codecOf('cryptopredict.v1.json'), rows: true };
    return new Subscription(this, text, channel(text), form, from);
  }

  freeSocket(): null {
    return null;
  }

  deliver(_to: Subscription, _publication: Publication, frame: { readonly bytes: Uint8Array }): void {
    this.read(frame.bytes);
  }

  tellSkipped(): void {
    throw new Error('too few trades to skip any');
  }

  read(bytes: Uint8Array): void {
    const message = JSON.parse(Buffer.from(bytes).toString()) as Message;
    this.#offset = message.offset;
    if (message.recovered === false) throw new Error('all trades are kept, and it begins anew');
    if (message.type === 'snapshot' && message.recovered !== true) this.ids = [];
    for (const row of message.data ?? []) this.ids.push(String(row[0]));
  }
}

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('trade' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('arrive' as const), count: fc.integer({ min: 1, max: 6 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('join' as const), rate: fc.constantFrom('', '@100ms') }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), which: fc.nat({ max: 9 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cut' as const), which: fc.nat({ max: 9 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('flush' as const) }) },
);

t.test(
  'however late the broker delivers, and whoever is cut off, snapshot and updates join without gap and without overlap',
  async (at) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
        const broker = new LateBroker();
        const market = new FakeMarket(broker);
        market.tradesKept = Number.MAX_SAFE_INTEGER;
        const framer = new Framer(
          { frame: (bytes, isBinary) => ({ bytes, isBinary }), audience: () => null },
          EPOCH,
        );
        const logger = createLogger({ level: 'silent', format: 'json' });
        const hub = new Hub(broker, hubSource(market), framer, new GatewayStats(), logger);
        const clients: Client[] = [];
        let trades = 0;
        for (const s of steps) {
          if (s.do === 'trade') market.change(CHANNEL, [tradeRow(trades++)]);
          if (s.do === 'arrive') broker.arrive(s.count);
          if (s.do === 'flush') hub.flush();
          if (s.do === 'join') {
            const client = new Client(s.rate);
            await hub.acquire(client.subscription);
            for (const frame of [...hub.join(client.subscription)].flat()) client.read(frame.bytes);
            clients.push(client);
          }
          const cut = s.do === 'cut' ? clients[s.which % Math.max(1, clients.length)] : undefined;
          if (cut !== undefined) {
            hub.leave(cut.subscription);
            hub.release(cut.subscription.channel);
            cut.cut();
            await hub.acquire(cut.subscription);
            for (const frame of [...hub.join(cut.subscription)].flat()) cut.read(frame.bytes);
          }
          if (s.do === 'leave') {
            const [client] = clients.splice(s.which, 1);
            if (client === undefined) continue;
            hub.leave(client.subscription);
            hub.release(client.subscription.channel);
          }
        }
        broker.arrive(Number.MAX_SAFE_INTEGER);
        hub.flush();
        const all = Array.from({ length: trades }, (_, i) => `t${i}`);
        for (const client of clients) {
          if (client.ids.join() !== all.join()) {
            throw new Error(`${client.subscription.text} has ${client.ids.join()} instead of ${all.join()}`);
          }
        }
      }),
      { numRuns: 400 },
    );
    at.pass('400 histories');
  },
);
