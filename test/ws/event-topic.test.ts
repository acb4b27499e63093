import t from 'tap';
import type { Publication } from '../../src/events.js';
import type { Position, Recovery, StoredEvent } from '../../src/store/outbox.js';
import { codecOf } from '../../src/ws/codec.js';
import type { EventReader, EventState } from '../../src/ws/event-source.js';
import { EventTopic } from '../../src/ws/event-topic.js';
import { Framer } from '../../src/ws/form.js';
import { type Receiver, Subscription } from '../../src/ws/group.js';
import { GatewayStats } from '../../src/ws/stats.js';
import { until } from '../support/until.js';
import { EPOCH } from './gateway-site.js';

interface Message {
  readonly type: string;
  readonly epoch?: string;
  readonly offset: number;
  readonly data: unknown;
}

/** A topic whose state a test sets, and a subscriber that has begun. */
async function begun() {
  const read: Message[] = [];
  const receiver: Receiver = {
    freeSocket: () => null,
    deliver: (_to, _publication, frame) => read.push(JSON.parse(Buffer.from(frame.bytes).toString())),
    tellSkipped: () => undefined,
  };
  const state = { epoch: 'o1', offset: 5, loads: 0, fails: 0, isPruned: false };
  const load = async (): Promise<EventState> => {
    state.loads += 1;
    if (state.fails > 0) {
      state.fails -= 1;
      throw new Error('the database is away');
    }
    const { epoch, offset } = state;
    return { position: { epoch, offset }, time: 0, items: [] };
  };
  const recover = async (_channel: unknown, from: Position): Promise<Recovery> => {
    await load();
    if (from.epoch !== state.epoch) return { recovered: false, reason: 'epoch' };
    if (state.isPruned) return { recovered: false, reason: 'pruned', kept: state.offset };
    const events = Array.from({ length: state.offset - from.offset }, (_, n): StoredEvent => {
      const offset = from.offset + n + 1;
      const { epoch } = state;
      return { channel: 'signals', userId: null, epoch, offset, data: { id: offset }, createdAt: 0 };
    });
    return { recovered: true, events };
  };
  const places = async () => new Map([['signals', { epoch: state.epoch, offset: state.offset }]]);
  const reader: EventReader = { state: load, recover, places };
  const stats = new GatewayStats();
  const topic = new EventTopic(
    reader,
    new Framer({ frame: (bytes, isBinary) => ({ bytes, isBinary }), audience: () => null }, EPOCH),
    stats,
  );
  const form = { codec: codecOf('cryptopredict.v1.json'), rows: false };
  const channel = {
    name: 'signals',
    kind: 'signals',
    symbol: null,
    userId: null,
    readerId: null,
    rateMs: 0,
  } as const;
  const subscription = new Subscription(receiver, 'signals', channel, form);
  topic.add(subscription, channel);
  await topic.admit(subscription);
  [...topic.begin(subscription)];
  return { topic, subscription, channel, state, stats, read };
}

function event(offset: number, epoch = 'o1'): Publication {
  return { channel: 'signals', offset, time: 0, lossless: true, row: [epoch, { id: offset }] };
}

t.test(
  'when the broker has come back what was lost is told in its place, also if nothing follows',
  async (t) => {
    const { topic, state, read, stats } = await begun();
    state.offset = 8;
    topic.resync();
    await until('they came', () => read.length === 3);
    t.match(
      read,
      [6, 7, 8].map((offset) => ({ type: 'update', offset, data: { id: offset } })),
    );
    t.equal(stats.gaps, 1);
    topic.offer(event(8));
    topic.offer(event(9));
    t.match(
      read.slice(3),
      [{ type: 'update', offset: 9, data: { id: 9 } }],
      'what it has does not come again',
    );
  },
);

t.test('what is too old to be told in its place is in a snapshot', async (t) => {
  const { topic, state, read } = await begun();
  state.offset = 8;
  state.isPruned = true;
  topic.offer(event(8));
  await until('the snapshot came', () => read.length === 1);
  t.match(read, [{ type: 'snapshot', epoch: 'o1', offset: 8 }]);
});

t.test('offsets of another epoch begin anew, whatever they are', async (t) => {
  const { topic, state, read } = await begun();
  state.epoch = 'o2';
  state.offset = 6;
  topic.offer(event(6, 'o2'));
  await until('the snapshot came', () => read.length === 1);
  t.match(read, [{ type: 'snapshot', epoch: 'o2', offset: 6 }]);
  t.equal(state.loads, 3, 'tried to go on, and then read what stands');
});

t.test('an event of the former epoch that comes late is dropped, and nothing is read for ever', async (t) => {
  const { topic, state, read } = await begun();
  state.epoch = 'o2';
  state.offset = 6;
  topic.offer(event(6, 'o2'));
  topic.offer(event(7));
  await until('the snapshot came', () => read.length === 1);
  topic.offer(event(7, 'o2'));
  t.match(read.slice(1), [{ type: 'update', offset: 7 }]);
});

t.test('while the database is away events wait, and what was lost is read when it is back', async (t) => {
  const { topic, state, read } = await begun();
  state.fails = 1;
  state.offset = 7;
  topic.offer(event(7));
  await until('it was tried', () => state.loads === 2);
  state.offset = 8;
  topic.offer(event(8));
  t.same(read, []);
  await until('they came', () => read.length === 3);
  t.match(
    read,
    [6, 7, 8].map((offset) => ({ type: 'update', offset })),
  );
  t.equal(state.loads, 3, 'once more');
});

t.test('who leaves meanwhile is given nothing, and nothing is read for nobody', async (t) => {
  const { topic, state, subscription, channel, read } = await begun();
  state.fails = 1;
  topic.offer(event(9));
  await until('it was tried', () => state.loads === 2);
  t.equal(topic.leave(subscription), true);
  t.equal(topic.leave(subscription), false, 'once');
  topic.add(subscription, channel);
  await topic.admit(subscription);
  t.equal(state.loads, 3);
  [...topic.begin(subscription)];
  state.offset = 12;
  topic.offer(event(12));
  await until('who has come back is told of a loss', () => read.length === 7);
  t.match(read.at(-1), { type: 'update', offset: 12 });
});

t.test('many who come at once share what is read', async (t) => {
  const { topic, state, subscription, channel } = await begun();
  const others = Array.from(
    { length: 50 },
    () => new Subscription(subscription.receiver, 'signals', subscription.channel, subscription.form),
  );
  for (const other of others) topic.add(other, channel);
  await Promise.all(others.map((other) => topic.admit(other)));
  t.equal(state.loads, 2);
  for (const other of others) [...topic.begin(other)];
  t.equal(others[0]?.offset, 5);
});

t.test('a state beside the events is told anew where everybody is, and no event is lost by it', async (t) => {
  const { topic, read } = await begun();
  topic.refresh({ score: 1 });
  topic.offer(event(6));
  topic.refresh({ score: 0.5 });
  t.match(read, [
    { type: 'snapshot', epoch: 'o1', offset: 5, data: { score: 1 } },
    { type: 'update', offset: 6 },
    { type: 'snapshot', epoch: 'o1', offset: 6, data: { score: 0.5 } },
  ]);
});

t.test('what is lost while a subscriber has its state and has not begun is told after it has', async (t) => {
  const { topic, state, subscription, channel, read } = await begun();
  const late = new Subscription(subscription.receiver, 'signals', channel, subscription.form);
  topic.add(late, channel);
  await topic.admit(late);
  topic.leave(subscription);
  state.offset = 6;
  topic.resync();
  t.equal([...topic.begin(late)].flat().length, 1, 'its snapshot');
  await until('the event came', () => read.length === 1);
  t.match(read, [{ type: 'update', offset: 6 }]);
});
