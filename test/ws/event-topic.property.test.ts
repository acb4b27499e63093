import fc from 'fast-check';
import t from 'tap';
import type { Publication } from '../../src/events.js';
import type { EventState } from '../../src/ws/channel-source.js';
import { codecOf } from '../../src/ws/codec.js';
import { EventTopic } from '../../src/ws/event-topic.js';
import { Framer } from '../../src/ws/form.js';
import { type Receiver, Subscription } from '../../src/ws/group.js';
import { GatewayStats } from '../../src/ws/stats.js';
import { EPOCH } from './gateway-site.js';

const CHANNEL = { name: 'signals', kind: 'signals', symbol: null, rateMs: 0 } as const;

interface Told {
  readonly id: number;
  readonly status: 'active' | 'expired';
}

/** A database with its outbox, and a broker that may be late, lose and repeat. */
class Outbox {
  readonly events: Told[] = [];
  readonly active = new Set<number>();
  readonly underway: Publication[] = [];
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

  state(): EventState {
    const offset = this.events.length;
    return {
      position: offset === 0 ? null : { epoch: 'o1', offset },
      time: 0,
      items: [...this.active].map((id) => ({ id, status: 'active' })),
    };
  }
}

/** Folds what it reads as PROTOCOL.md says, and keeps what it was told. */
class Client implements Receiver {
  readonly active = new Set<number>();
  readonly told: number[] = [];
  snapshots = 0;
  readonly subscription: Subscription;

  constructor() {
    const form = { codec: codecOf('cryptopredict.v1.json'), rows: true };
    this.subscription = new Subscription(this, 'signals', CHANNEL, form);
  }

  deliver(_to: Subscription, _publication: Publication, frame: { readonly bytes: Uint8Array }): void {
    this.read(frame.bytes);
  }

  tellSkipped(): void {
    throw new Error('no event is skipped');
  }

  read(bytes: Uint8Array): void {
    const message = JSON.parse(Buffer.from(bytes).toString());
    if (message.type === 'snapshot') {
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
  { weight: 2, arbitrary: fc.record({ do: fc.constant('join' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('load' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lose' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('repeat' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('resync' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const) }) },
);

t.test(
  'whatever is late, lost or told twice, each client ends with what is active, and hears each event once',
  async (at) => {
    let isLossless = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 80 }), async (steps) => {
        const outbox = new Outbox();
        const stats = new GatewayStats();
        const framer = new Framer({ frame: (bytes, isBinary) => ({ bytes, isBinary }) }, EPOCH);
        const queries: (() => void)[] = [];
        // The answer is of the moment when the database is asked; it arrives when the test lets it.
        const load = (): Promise<EventState> => {
          const state = outbox.state();
          return new Promise((resolve) => queries.push(() => resolve(state)));
        };
        const topic = new EventTopic(load, framer, stats);
        const clients: Client[] = [];
        const joining: Promise<void>[] = [];
        const arrive = (publications: readonly Publication[]): void => {
          for (const publication of publications) topic.offer(publication);
        };
        const settle = async (): Promise<void> => {
          for (let i = 0; i < 20; i++) await Promise.resolve();
        };
        const answer = async (): Promise<void> => {
          await settle();
          for (const query of queries.splice(0)) query();
          await settle();
        };
        let isLost = false;
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
            topic.add(client.subscription);
            clients.push(client);
            joining.push(
              topic.admit(client.subscription).then(() => {
                if (!clients.includes(client)) return;
                for (const frame of topic.begin(client.subscription, null)) client.read(frame.bytes);
              }),
            );
            await settle();
          }
          if (s.do === 'load') await answer();
          if (s.do === 'lose' && outbox.underway.shift() !== undefined) isLost = true;
          if (s.do === 'repeat' && last !== undefined) arrive([last]);
          if (s.do === 'resync') {
            isLost = true;
            topic.resync();
          }
          if (s.do === 'leave') {
            const client = clients.shift();
            if (client !== undefined) topic.leave(client.subscription);
          }
        }
        // A last event that arrives tells of every loss before it.
        outbox.append(true);
        for (let i = 0; i < 4; i++) {
          arrive(outbox.underway.splice(0));
          await answer();
        }
        await Promise.all(joining);
        for (const { active, told, snapshots } of clients) {
          if ([...active].toSorted().join() !== [...outbox.active].toSorted().join()) {
            throw new Error(`has ${[...active]} instead of ${[...outbox.active]}`);
          }
          const gap = told.findIndex((offset, i) => i > 0 && offset !== (told[i - 1] ?? 0) + 1);
          if (gap !== -1) throw new Error(`was told ${told}`);
          if (!isLost && snapshots !== 1) throw new Error(`${snapshots} snapshots, and nothing was lost`);
        }
        if (!isLost && clients.length > 0) isLossless += 1;
      }),
      { numRuns: 400 },
    );
    at.ok(isLossless > 20, `${isLossless} histories without a loss among 400`);
  },
);
