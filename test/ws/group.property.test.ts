import fc from 'fast-check';
import t from 'tap';
import type { Broker, Listener } from '../../src/broker/broker.js';
import { MemoryBroker } from '../../src/broker/broker-memory.js';
import type { Publication } from '../../src/events.js';
import { createLogger } from '../../src/logger.js';
import { codecOf } from '../../src/ws/codec.js';
import { Connection } from '../../src/ws/connection.js';
import { Framer } from '../../src/ws/form.js';
import { Subscription } from '../../src/ws/group.js';
import { Hub } from '../../src/ws/hub.js';
import { DEFAULT_LIMITS } from '../../src/ws/limits.js';
import { GatewayStats } from '../../src/ws/stats.js';
import type { Frame, TransportSocket } from '../../src/ws/transport.js';
import { candleRow, channel, EPOCH, FakeMarket, hubSource, NOW } from './gateway-site.js';

const CHANNEL = 'candles:BTC/USDT:1m';
const framer = new Framer({ frame: (bytes, isBinary) => ({ bytes, isBinary }) }, EPOCH);

interface Message {
  readonly type: string;
  readonly offset: number;
  readonly data: { readonly closed: boolean } | null;
}

/** A subscriber whose socket is full or not as the test says; keeps what it was sent. */
class Client {
  readonly messages: Message[] = [];
  /** Offsets of the closed candles that reached the gateway after its snapshot. */
  readonly due: number[] = [];
  readonly connection: Connection;
  readonly subscription: Subscription;

  constructor(
    readonly rate: string,
    stats: GatewayStats,
  ) {
    const socket: TransportSocket = {
      address: '127.0.0.1',
      subprotocol: 'cryptopredict.v1.json',
      isOpen: true,
      queuedBytes: 0,
      send: (frame) => this.read(frame),
      close: () => undefined,
      terminate: () => undefined,
    };
    const context = { framer, limits: DEFAULT_LIMITS, stats, epoch: EPOCH, now: () => NOW };
    this.connection = new Connection(socket, { user: null, address: '127.0.0.1', agent: null }, context);
    const form = { codec: codecOf(socket.subprotocol), rows: false };
    const text = `${CHANNEL}${rate}`;
    this.subscription = new Subscription(this.connection, text, channel(text), form);
  }

  read(frame: Frame): void {
    const message = JSON.parse(Buffer.from(frame.bytes).toString()) as Message;
    if (message.type !== 'skipped') this.messages.push(message);
  }

  /** What is wrong with all that it was sent, given the offsets that never reached the gateway; '' if nothing is. */
  fault(lost: readonly number[], newest: number): string {
    const [first, ...rest] = this.messages;
    if (first?.type !== 'snapshot') return 'no snapshot came first';
    const closes = rest.filter((m) => m.data?.closed === true);
    if (closes.some((m) => m.type !== 'update')) return 'a closed candle came as a snapshot';
    if (closes.map((m) => m.offset).join() !== this.due.join()) {
      return `closes ${closes.map((m) => m.offset).join()} instead of ${this.due.join()}`;
    }
    let told = first.offset;
    let before = first.offset;
    for (const { type, offset, data } of rest) {
      if (offset <= before) return `${offset} after ${before}`;
      before = offset;
      if (data?.closed === true) continue;
      const hasLoss = lost.some((o) => o > told && o < offset);
      if (hasLoss && type !== 'snapshot') return `${offset} does not tell what was lost after ${told}`;
      // A rate shares one state: a newcomer may be told of a loss that its own snapshot had already.
      if (!hasLoss && type !== 'update' && this.rate === '')
        return `${offset} tells of a loss, there was none`;
      told = offset;
    }
    return told === newest ? '' : `the newest is ${told} instead of ${newest}`;
  }
}

/** Hands a listener's messages to the test as well. */
function watched(seen: (publication: Publication) => void): Broker<Publication> {
  const broker = new MemoryBroker<Publication>();
  const subscribe = broker.subscribe.bind(broker);
  broker.subscribe = (topic: string, listener: Listener<Publication>) =>
    subscribe(topic, (publication, from) => {
      seen(publication);
      listener(publication, from);
    });
  return broker;
}

const which = fc.nat({ max: 3 });
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('forming' as const), isLost: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('close' as const), isLost: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('join' as const), rate: fc.constantFrom('', '@1s') }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('flush' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('congest' as const), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('drain' as const), which }) },
);

t.test(
  'whatever is lost, each closed candle that arrives is one update, in order, and the loss is told by the next other',
  async (at) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
        const clients: Client[] = [];
        const lost: number[] = [];
        const broker = watched(({ lossless, offset }) => {
          if (lossless) for (const client of clients) client.due.push(offset);
        });
        const market = new FakeMarket(broker);
        const stats = new GatewayStats();
        const hub = new Hub(
          broker,
          hubSource(market),
          framer,
          stats,
          createLogger({ level: 'silent', format: 'json' }),
        );
        let n = 0;
        const change = (closed: boolean, isLost: boolean): void => {
          const offset = market.change(CHANNEL, candleRow(++n, closed), {
            lossless: closed,
            publish: !isLost,
          });
          if (isLost) lost.push(offset);
        };
        for (const s of steps) {
          if (s.do === 'forming') change(false, s.isLost);
          if (s.do === 'close') change(true, s.isLost);
          if (s.do === 'flush') hub.flush();
          if (s.do === 'congest') clients[s.which]?.connection.congested(0);
          if (s.do === 'drain') clients[s.which]?.connection.drained();
          if (s.do === 'join') {
            const client = new Client(s.rate, stats);
            await hub.acquire(client.subscription);
            for (const frame of [...hub.join(client.subscription)].flat()) client.read(frame);
            clients.push(client);
          }
        }
        change(false, false);
        hub.flush();
        for (const client of clients) client.connection.drained();
        for (const client of clients) {
          const fault = client.fault(lost, n);
          if (fault !== '') throw new Error(`${client.subscription.text}: ${fault}`);
        }
      }),
      { numRuns: 500 },
    );
    at.pass('500 histories');
  },
);
