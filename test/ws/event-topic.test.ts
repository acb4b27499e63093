import t from 'tap';
import type { Publication } from '../../src/events.js';
import type { EventState } from '../../src/ws/channel-source.js';
import { codecOf } from '../../src/ws/codec.js';
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
    deliver: (_to, _publication, frame) => read.push(JSON.parse(Buffer.from(frame.bytes).toString())),
    tellSkipped: () => undefined,
  };
  const state = { epoch: 'o1', offset: 5, loads: 0, fails: 0 };
  const load = async (): Promise<EventState> => {
    state.loads += 1;
    if (state.fails > 0) {
      state.fails -= 1;
      throw new Error('the database is away');
    }
    const { epoch, offset } = state;
    return { position: { epoch, offset }, time: 0, items: [] };
  };
  const stats = new GatewayStats();
  const topic = new EventTopic(
    load,
    new Framer({ frame: (bytes, isBinary) => ({ bytes, isBinary }) }, EPOCH),
    stats,
  );
  const form = { codec: codecOf('cryptopredict.v1.json'), rows: false };
  const channel = { name: 'signals', kind: 'signals', symbol: null, rateMs: 0 } as const;
  const subscription = new Subscription(receiver, 'signals', channel, form);
  topic.add(subscription);
  await topic.admit(subscription);
  topic.begin(subscription, null);
  return { topic, subscription, state, stats, read };
}

function event(offset: number, epoch = 'o1'): Publication {
  return { channel: 'signals', offset, time: 0, lossless: true, row: [epoch, { id: offset }] };
}

t.test('when the broker has come back everybody begins anew, also if nothing happens', async (t) => {
  const { topic, state, read, stats } = await begun();
  state.offset = 8;
  topic.resync();
  await until('the snapshot came', () => read.length === 1);
  t.match(read, [{ type: 'snapshot', epoch: 'o1', offset: 8 }]);
  t.equal(stats.gaps, 1);
  topic.offer(event(8));
  topic.offer(event(9));
  t.match(read.slice(1), [{ type: 'update', offset: 9, data: { id: 9 } }], 'what it has does not come again');
});

t.test('offsets of another epoch begin anew, whatever they are', async (t) => {
  const { topic, state, read } = await begun();
  state.epoch = 'o2';
  state.offset = 6;
  topic.offer(event(6, 'o2'));
  await until('the snapshot came', () => read.length === 1);
  t.match(read, [{ type: 'snapshot', epoch: 'o2', offset: 6 }]);
});

t.test('while the database is away events wait, and what was lost is read when it is back', async (t) => {
  const { topic, state, read } = await begun();
  state.fails = 1;
  state.offset = 7;
  topic.offer(event(7));
  await until('it was tried', () => state.loads === 2);
  topic.offer(event(8));
  t.same(read, []);
  await until('the snapshot came', () => read.length === 2);
  t.match(read, [
    { type: 'snapshot', offset: 7 },
    { type: 'update', offset: 8 },
  ]);
  t.equal(state.loads, 3, 'once more');
});

t.test('who leaves meanwhile is given nothing, and nothing is read for nobody', async (t) => {
  const { topic, state, subscription, read } = await begun();
  state.fails = 1;
  topic.offer(event(9));
  await until('it was tried', () => state.loads === 2);
  t.equal(topic.leave(subscription), true);
  t.equal(topic.leave(subscription), false, 'once');
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  t.equal(state.loads, 2);
  t.same(read, []);
  topic.add(subscription);
  await topic.admit(subscription);
  topic.begin(subscription, null);
  state.offset = 12;
  topic.offer(event(12));
  await until('who has come back is told of a loss', () => read.length === 1);
  t.match(read, [{ type: 'snapshot', offset: 12 }]);
});

t.test('many who come at once share what is read', async (t) => {
  const { topic, state, subscription } = await begun();
  const others = Array.from(
    { length: 50 },
    () => new Subscription(subscription.receiver, 'signals', subscription.channel, subscription.form),
  );
  for (const other of others) topic.add(other);
  await Promise.all(others.map((other) => topic.admit(other)));
  t.equal(state.loads, 2);
  for (const other of others) topic.begin(other, null);
  t.equal(others[0]?.offset, 5);
});
