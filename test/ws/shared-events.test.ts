import fc from 'fast-check';
import t from 'tap';
import type { EventChannel } from '../../src/channels.js';
import type { Position, Recovery, StoredEvent } from '../../src/store/outbox.js';
import type { EventReader, EventState } from '../../src/ws/event-source.js';
import { SharedEvents } from '../../src/ws/shared-events.js';

const CHANNEL: EventChannel = {
  ...{ name: 'signals', kind: 'signals', symbol: null, userId: null, readerId: null, rateMs: 0 },
};
const LIMIT = 50;

/** An outbox that answers in the next turn, and counts what it is asked. */
class Outbox implements EventReader {
  epoch = 'o1';
  offset = 0;
  /** Up to it nothing is kept. */
  pruned = 0;
  fails = 0;
  readonly asked: string[] = [];

  async state(): Promise<EventState> {
    await this.#turn('state');
    return { position: { epoch: this.epoch, offset: this.offset }, time: 0, items: [] };
  }

  async recover(_channel: EventChannel, from: Position): Promise<Recovery> {
    await this.#turn(`recover ${from.epoch} ${from.offset}`);
    return this.recoverNow(from);
  }

  async places(): Promise<ReadonlyMap<string, Position>> {
    await this.#turn('places');
    return new Map([['signals', { epoch: this.epoch, offset: this.offset }]]);
  }

  recoverNow(from: Position): Recovery {
    if (from.epoch !== this.epoch) return { recovered: false, reason: 'epoch' };
    const missed = this.offset - from.offset;
    if (missed < 0) return { recovered: false, reason: 'ahead' };
    if (missed > LIMIT) return { recovered: false, reason: 'too_many', kept: this.offset - LIMIT };
    if (from.offset < this.pruned) return { recovered: false, reason: 'pruned', kept: this.pruned };
    const events = Array.from({ length: missed }, (_, n): StoredEvent => {
      const offset = from.offset + n + 1;
      return { channel: 'signals', userId: null, epoch: this.epoch, offset, data: {}, createdAt: 0 };
    });
    return { recovered: true, events };
  }

  async #turn(asked: string): Promise<void> {
    this.asked.push(asked);
    await new Promise(setImmediate);
    if (this.fails-- > 0) throw new Error('the database is away');
  }
}

/** Gives the offsets of what a client is told; null: it begins anew. */
async function told(events: SharedEvents, from: Position): Promise<readonly number[] | null> {
  const missed = await events.missed(CHANNEL, from);
  return missed?.events.slice(missed.begin).map(({ offset }) => offset) ?? null;
}

t.test(
  'thousands that come back at different places and in different turns cost a few queries',
  async (at) => {
    const outbox = new Outbox();
    outbox.offset = 60;
    const events = new SharedEvents(outbox);
    const asking: Promise<readonly number[] | null>[] = [];
    for (let n = 0; n < 2_000; n++) {
      asking.push(told(events, { epoch: 'o1', offset: 20 + (n % 40) }));
      if (n % 100 === 0) await Promise.resolve();
    }
    const answers = await Promise.all(asking);
    at.equal(outbox.asked.length, 2, 'one for the first, one for all that came while it was under way');
    for (const [n, answer] of answers.entries()) {
      const from = 20 + (n % 40);
      if (answer?.[0] !== from + 1 || answer.length !== 60 - from) at.fail(`${n} was told ${answer}`);
    }
  },
);

t.test('what is read begins after it was asked for, also while something is read', async (at) => {
  const outbox = new Outbox();
  outbox.offset = 3;
  const events = new SharedEvents(outbox);
  const first = told(events, { epoch: 'o1', offset: 2 });
  const state = events.state(CHANNEL);
  await new Promise(process.nextTick);
  outbox.offset = 4;
  const second = told(events, { epoch: 'o1', offset: 2 });
  const later = events.state(CHANNEL);
  at.same(await second, [3, 4]);
  at.equal((await later).position?.offset, 4);
  await Promise.all([first, state]);
  at.equal(outbox.asked.filter((asked) => asked === 'state').length, 2);
});

t.test('epochs that clients make up cost one query, however many they are', async (at) => {
  const outbox = new Outbox();
  outbox.offset = 5;
  const events = new SharedEvents(outbox);
  const forged = Array.from({ length: 500 }, (_, n) => told(events, { epoch: `x${n}`, offset: 1 }));
  const honest = told(events, { epoch: 'o1', offset: 4 });
  at.same(await Promise.all(forged), Array(500).fill(null));
  at.same(await honest, [5]);
  at.same(outbox.asked, ['places', 'recover o1 4']);
});

t.test('a reading that fails fails who asked for it, and the next are answered', async (at) => {
  const outbox = new Outbox();
  outbox.offset = 2;
  outbox.fails = 1;
  const events = new SharedEvents(outbox);
  await at.rejects(told(events, { epoch: 'o1', offset: 1 }), { message: 'the database is away' });
  at.same(await told(events, { epoch: 'o1', offset: 1 }), [2]);
});

const asked = fc.record({
  epoch: fc.constantFrom('o1', 'o1', 'o1', 'o2'),
  offset: fc.nat({ max: 130 }),
});

t.test('together each is told what it would be told alone', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(asked, { minLength: 1, maxLength: 30 }),
      fc.nat({ max: 120 }),
      fc.nat({ max: 120 }),
      async (froms, offset, pruned) => {
        const outbox = new Outbox();
        outbox.offset = offset;
        outbox.pruned = Math.min(pruned, offset);
        const events = new SharedEvents(outbox);
        const answers = await Promise.all(froms.map((from) => told(events, from)));
        for (const [n, from] of froms.entries()) {
          const alone = outbox.recoverNow(from);
          const expected = alone.recovered ? alone.events.map((event) => event.offset).join() : null;
          if ((answers[n]?.join() ?? null) !== expected) throw new Error(`${answers[n]} not ${expected}`);
        }
        if (outbox.asked.length > 8) throw new Error(`${outbox.asked.length} queries`);
      },
    ),
    { numRuns: 300 },
  );
});
