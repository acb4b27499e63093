import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { MemoryBroker } from '../../src/broker/broker-memory.js';
import type { Publication } from '../../src/events.js';
import { createLogger } from '../../src/logger.js';
import type { Position } from '../../src/protocol.js';
import { codecOf } from '../../src/ws/codec.js';
import { Connection, type ConnectionContext } from '../../src/ws/connection.js';
import { Framer } from '../../src/ws/form.js';
import { Subscription } from '../../src/ws/group.js';
import { Hub } from '../../src/ws/hub.js';
import { DEFAULT_LIMITS } from '../../src/ws/limits.js';
import { GatewayStats } from '../../src/ws/stats.js';
import type { Audience, Frame, TransportSocket } from '../../src/ws/transport.js';
import { candleRow, channel, EPOCH, FakeMarket, FakeStore, hubSource, NOW, record } from './gateway-site.js';

const CHANNEL = 'candles:BTC/USDT:1m';

interface Message {
  readonly type: string;
  readonly recovered?: boolean;
  readonly offset: number;
  readonly data: { readonly closed: boolean } | null;
}

/** Keeps what it is given until the turn ends; what is sent to many comes before that, as a driver may do it. */
class FakeSocket implements TransportSocket {
  readonly address = '127.0.0.1';
  readonly subprotocol = 'cryptopredict.v1.json';
  readonly isOpen = true;
  /** More waits for it than should. */
  isFull = false;
  #queue: Frame[] = [];

  /** `read` takes what reaches the client. */
  constructor(public read: (frame: Frame) => void) {}

  get queuedBytes(): number {
    return this.#queue.length;
  }

  send(frame: Frame): void {
    this.#queue.push(frame);
  }

  endTurn(): void {
    const queue = this.#queue;
    this.#queue = [];
    for (const frame of queue) this.read(frame);
  }

  close(): void {
    this.terminate();
  }

  terminate(): void {
    this.#queue = [];
  }
}

class FakeAudience implements Audience {
  readonly #members = new Set<FakeSocket>();

  /** `onSend` is told how many got a frame. */
  constructor(private readonly onSend: (members: number) => void) {}

  add(socket: TransportSocket): void {
    if (socket.queuedBytes > 0) throw new Error('one is added while something waits for it');
    this.#members.add(socket as FakeSocket);
  }

  remove(socket: TransportSocket): void {
    if (!this.#members.delete(socket as FakeSocket)) throw new Error('one is removed that is no member');
  }

  send(frame: Frame): void {
    this.onSend(this.#members.size);
    for (const socket of this.#members) {
      if (socket.isFull) throw new Error('one is sent what all are sent, and does not keep up');
      socket.read(frame);
    }
  }
}

/** A subscriber whose socket is full or not as the test says; keeps what it was sent, and comes back when it is cut off. */
class Client {
  readonly messages: Message[] = [];
  socket: FakeSocket;
  connection: Connection;
  subscription: Subscription;

  constructor(
    readonly rate: string,
    private readonly context: ConnectionContext,
  ) {
    this.socket = this.#opened();
    this.connection = this.#connected();
    this.subscription = this.#subscribed(null);
  }

  /** The socket is cut with all that waits for it; the client comes back with the position that it has. */
  cut(): void {
    const last = this.messages.at(-1);
    this.socket.read = () => undefined;
    this.socket = this.#opened();
    this.connection = this.#connected();
    this.subscription = this.#subscribed(last === undefined ? null : { epoch: EPOCH, offset: last.offset });
  }

  congest(): void {
    this.socket.isFull = true;
    this.connection.congested(0);
  }

  drain(): void {
    if (!this.socket.isFull) return;
    this.socket.isFull = false;
    this.connection.drained();
  }

  #opened(): FakeSocket {
    return new FakeSocket((frame) => this.#read(frame));
  }

  #connected(): Connection {
    return new Connection(this.socket, { user: null, address: '127.0.0.1', agent: null }, this.context);
  }

  #subscribed(from: Position | null): Subscription {
    const form = { codec: codecOf('cryptopredict.v1.json'), rows: false };
    const text = `${CHANNEL}${this.rate}`;
    const subscription = new Subscription(this.connection, text, channel(text), form, from);
    this.connection.subscriptions.set(text, subscription);
    return subscription;
  }

  #read(frame: Frame): void {
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

const which = fc.nat({ max: 9 });
const isLost = fc.nat({ max: 3 }).map((n) => n === 0);

/** What may happen to a channel and its subscribers. */
export const groupStep = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('forming' as const), isLost }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('close' as const), isLost }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('join' as const), rate: fc.constantFrom('', '@1s') }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('cut' as const), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('flush' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reconnect' as const) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('turn' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('congest' as const), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('drain' as const), which }) },
);
type Step = typeof groupStep extends fc.Arbitrary<infer S> ? S : never;

/** A market whose closes are in memory for the newest three, and in the database before. */
export class GroupSite {
  readonly clients: Client[] = [];
  readonly closes: number[] = [];
  readonly stats = new GatewayStats();
  cuts = 0;
  /** Times that a frame was handed over once for several clients. */
  shares = 0;
  newest = 0;
  readonly #broker = new ShakyBroker();
  readonly #market = new FakeMarket(this.#broker);
  readonly #store = new FakeStore();
  readonly #framer: Framer;
  readonly #hub: Hub;
  #minute = NOW;

  /** `isSharing`: the driver can send to many at once. */
  constructor(isSharing: boolean) {
    const onSend = (members: number): void => {
      if (members > 1) this.shares += 1;
    };
    this.#framer = new Framer(
      {
        frame: (bytes, isBinary) => ({ bytes, isBinary }),
        audience: () => (isSharing ? new FakeAudience(onSend) : null),
      },
      EPOCH,
    );
    const logger = createLogger({ level: 'silent', format: 'json' });
    const source = hubSource(this.#market, this.#store);
    this.#hub = new Hub(this.#broker, source, this.#framer, this.stats, logger);
  }

  async do(s: Step): Promise<void> {
    if (s.do === 'forming') this.#change(false, s.isLost);
    if (s.do === 'close') this.#change(true, s.isLost);
    if (s.do === 'flush') this.#hub.flush();
    if (s.do === 'reconnect') this.#broker.comeBack();
    if (s.do === 'turn') await this.#turn();
    if (s.do === 'congest') this.clients[s.which]?.congest();
    if (s.do === 'drain') this.clients[s.which]?.drain();
    if (s.do === 'join') await this.come(s.rate);
    const client = s.do === 'cut' ? this.clients[s.which % Math.max(1, this.clients.length)] : undefined;
    if (client === undefined) return;
    this.cuts += 1;
    const { subscription } = client;
    client.cut();
    this.#leave(subscription);
    await this.#join(client);
  }

  /** A client subscribes. */
  async come(rate: string): Promise<void> {
    const [framer, stats] = [this.#framer, this.stats];
    const client = new Client(rate, {
      ...{ framer, stats, limits: DEFAULT_LIMITS, epoch: EPOCH, now: () => NOW },
    });
    await this.#join(client);
    this.clients.push(client);
  }

  /** Lets everybody have what is due to them. */
  async settle(): Promise<void> {
    this.#change(false, false);
    for (const client of this.clients) client.drain();
    for (let n = 0; n < 12; n++) {
      this.#hub.flush();
      await this.#turn();
    }
  }

  /** All clients leave. */
  end(): void {
    for (const { subscription } of this.clients) this.#leave(subscription);
  }

  #change(closed: boolean, isLost: boolean): void {
    const row = candleRow(this.newest + 1, closed, this.#minute);
    if (closed) {
      this.#market.recent = [...this.#market.recent, row].slice(-3);
      this.#store.candles.push(record(this.#minute));
      this.#minute += 60_000;
    }
    this.newest = this.#market.change(CHANNEL, row, { lossless: closed, publish: !isLost });
    if (!closed) return;
    this.closes.push(this.newest);
    // No candle forms until the next trade.
    this.#market.states.set(CHANNEL, { offset: this.newest, time: NOW, row: null });
  }

  async #turn(): Promise<void> {
    for (const { socket } of this.clients) socket.endTurn();
    await nextTurn();
  }

  async #join(client: Client): Promise<void> {
    const { subscription } = client;
    await this.#hub.acquire(subscription);
    for (const frame of [...this.#hub.join(subscription)].flat()) client.connection.sendFrame(frame);
  }

  #leave(subscription: Subscription): void {
    this.#hub.leave(subscription);
    this.#hub.release(subscription.channel);
  }
}
