import fc from 'fast-check';
import t from 'tap';
import type { Publication } from '../../src/events.js';
import type { Position, Recovery, StoredEvent } from '../../src/store/outbox.js';
import { codecOf } from '../../src/ws/codec.js';
import type { EventReader, EventState } from '../../src/ws/event-source.js';
import { EventTopic } from '../../src/ws/event-topic.js';
import { Framer } from '../../src/ws/form.js';
import { type Receiver, Subscription } from '../../src/ws/group.js';
import { GatewayStats } from '../../src/ws/stats.js';
import { EPOCH } from './gateway-site.js';

const CHANNEL = {
  name: 'signals',
  kind: 'signals',
  symbol: null,
  userId: null,
  readerId: null,
  rateMs: 0,
} as const;

interface Told {
  readonly id: number;
  readonly status: 'active' | 'expired';
}

/** A database with its outbox, and a broker that may be late, lose and repeat. */
class Outbox implements EventReader {
  readonly events: Told[] = [];
  readonly active = new Set<number>();
  readonly underway: Publication[] = [];
  /** Answers that are of the moment when the database was asked, and arrive when the test lets them. */
  readonly queries: (() => void)[] = [];
  /** Events that are no longer kept. */
  pruned = 0;
  #made = 0;

  append(isNew: boolean): void {
    const [oldest] = this.active;
    const told: Told =
      isNew || oldest === undefined
        ? { id: ++this.#made, status: 'active' }
        : { id: oldest, status: 'expired' };
    if (told.status === 'active') this.active.add(told.id);
    else this.active.delete(told.id);
    this.events.push(told);
    const offset = this.events.length;
    this.underway.push({ channel: 'signals', offset, time: offset, lossless: true, row: ['o1', told] });
  }

  state(): Promise<EventState> {
    return this.#later({
      position: { epoch: 'o1', offset: this.events.length },
      time: 0,
      items: [...this.active].map((id) => ({ id, status: 'active' })),
    });
  }

  recover(_channel: unknown, from: Position): Promise<Recovery> {
    if (from.offset < this.pruned) {
      return this.#later({ recovered: false, reason: 'pruned', kept: this.pruned });
    }
    const events = this.events.slice(from.offset).map((data, index): StoredEvent => {
      const at = { epoch: 'o1', offset: from.offset + index + 1, createdAt: 0 };
      return { channel: 'signals', userId: null, data, ...at };
    });
    return this.#later({ recovered: true, events });
  }

  places(): Promise<ReadonlyMap<string, Position>> {
    return this.#later(new Map([['signals', { epoch: 'o1', offset: this.events.length }]]));
  }

  #later<T>(answer: T): Promise<T> {
    return new Promise((resolve) => this.queries.push(() => resolve(answer)));
  }
}

/** Folds what it reads as PROTOCOL.md says, and keeps what it was told. */
class Client implements Receiver {
  readonly active = new Set<number>();
  readonly told: number[] = [];
  snapshots = 0;
  subscription: Subscription;

  constructor(from: Position | null = null) {
    this.subscription = this.#subscribed(from);
  }

  /** The connection is cut, and the client comes back with what it has. */
  comeBack(): void {
    const offset = this.told.at(-1);
    this.subscription = this.#subscribed(offset === undefined ? null : { epoch: 'o1', offset });
  }

  #subscribed(from: Position | null): Subscription {
    const form = { codec: codecOf('cryptopredict.v1.json'), rows: true };
    return new Subscription(this, 'signals', CHANNEL, form, from);
  }

  freeSocket(): null {
    return null;
  }

  deliver(to: Subscription, _publication: Publication, frame: { readonly bytes: Uint8Array }): void {
    if (to !== this.subscription) throw new Error('a subscription that has ended is told of something');
    this.read(frame.bytes);
  }

  tellSkipped(): void {
    throw new Error('no event is skipped');
  }

  read(bytes: Uint8Array): void {
    const message = JSON.parse(Buffer.from(bytes).toString());
    if (message.type === 'snapshot') {
      if (message.recovered === true) {
        if (message.data !== null || message.offset !== this.told.at(-1))
          throw new Error('goes on elsewhere');
        return;
      }
      this.snapshots += 1;
      this.active.clear();
      for (const { id } of message.data as Told[]) this.active.add(id);
      // Everything up to there is in it.
      this.told.length = 0;
      this.told.push(message.offset);
      return;
    }
    this.told.push(message.offset);
    const { id, status } = message.data as Told;
    if (status === 'active') this.active.add(id);
    else this.active.delete(id);
  }
}

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('append' as const), isNew: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('arrive' as const), count: fc.integer({ min: 1, max: 5 }) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('join' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('cut' as const), which: fc.nat({ max: 5 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('load' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lose' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('repeat' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('resync' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const) }) },
);

/** What a history has come to. */
interface Outcome {
  readonly clients: readonly Client[];
  readonly outbox: Outbox;
  readonly cuts: number;
}

async function play(steps: readonly Step[], isPruned: boolean): Promise<Outcome> {
  const outbox = new Outbox();
  const framer = new Framer(
    { frame: (bytes, isBinary) => ({ bytes, isBinary }), audience: () => null },
    EPOCH,
  );
  const topic = new EventTopic(outbox, framer, new GatewayStats());
  const clients: Client[] = [];
  const joining: Promise<void>[] = [];
  let cuts = 0;
  const arrive = (publications: readonly Publication[]): void => {
    for (const publication of publications) topic.offer(publication);
  };
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 20; i++) await Promise.resolve();
  };
  const answer = async (): Promise<void> => {
    await settle();
    for (const query of outbox.queries.splice(0)) query();
    await settle();
  };
  const join = (client: Client): void => {
    const { subscription } = client;
    topic.add(subscription, CHANNEL);
    joining.push(
      topic.admit(subscription).then(() => {
        if (client.subscription !== subscription || !clients.includes(client)) return;
        for (const frame of [...topic.begin(subscription)].flat()) client.read(frame.bytes);
      }),
    );
  };
  let last: Publication | undefined;
  for (const s of steps) {
    if (s.do === 'append') outbox.append(s.isNew);
    if (s.do === 'arrive') {
      const some = outbox.underway.splice(0, s.count);
      last = some.at(-1) ?? last;
      arrive(some);
    }
    if (s.do === 'join') {
      const client = new Client();
      clients.push(client);
      join(client);
      await settle();
    }
    const client = s.do === 'cut' ? clients[s.which % Math.max(1, clients.length)] : undefined;
    if (client !== undefined) {
      cuts += 1;
      topic.leave(client.subscription);
      client.comeBack();
      join(client);
      await settle();
    }
    if (s.do === 'load') await answer();
    if (s.do === 'lose') outbox.underway.shift();
    if (s.do === 'repeat' && last !== undefined) arrive([last]);
    if (s.do === 'resync') topic.resync();
    if (s.do === 'leave') {
      const gone = clients.shift();
      if (gone !== undefined) topic.leave(gone.subscription);
    }
    if (isPruned) outbox.pruned = Math.max(0, outbox.events.length - 3);
  }
  // A last event that arrives tells of every loss before it.
  outbox.append(true);
  for (let i = 0; i < 6 || outbox.queries.length > 0; i++) {
    arrive(outbox.underway.splice(0));
    await answer();
    await settle();
  }
  await Promise.all(joining);
  return { clients, outbox, cuts };
}

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

function expectTruth({ clients, outbox }: Outcome): void {
  for (const { active, told } of clients) {
    if ([...active].toSorted().join() !== [...outbox.active].toSorted().join()) {
      throw new Error(`has ${[...active]} instead of ${[...outbox.active]}`);
    }
    const gap = told.findIndex((offset, i) => i > 0 && offset !== (told[i - 1] ?? 0) + 1);
    if (gap !== -1) throw new Error(`was told ${told}`);
  }
}

t.test(
  'whatever is late, lost or told twice, and whoever is cut off, each client is told each event once, in order',
  async (at) => {
    let cuts = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 80, size: 'max' }), async (steps) => {
        const outcome = await play(steps, false);
        cuts += outcome.cuts;
        expectTruth(outcome);
        // Nothing is too old to be had, so nobody begins anew.
        for (const { snapshots } of outcome.clients) {
          if (snapshots !== 1) throw new Error(`${snapshots} snapshots`);
        }
      }),
      { numRuns: 500 },
    );
    at.ok(cuts > 1_000, `${cuts} clients were cut off`);
  },
);

t.test('where what was missed is too old, a client begins anew with what is active', async (at) => {
  let anew = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 80, size: 'max' }), async (steps) => {
      const outcome = await play(steps, true);
      expectTruth(outcome);
      anew += outcome.clients.filter(({ snapshots }) => snapshots > 1).length;
    }),
    { numRuns: 200 },
  );
  at.ok(anew > 20, `${anew} clients began anew`);
});
