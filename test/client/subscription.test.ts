import t from 'tap';
import { ChannelState } from '../../src/client/subscription.js';
import type { Resumed, Snapshot } from '../../src/client/types.js';

const snapshotOf = (offset: number, data: unknown, more: object = {}) =>
  ({ type: 'snapshot', channel: 'alerts', epoch: 'e', offset, time: 1, data, ...more }) as const;
const updateOf = (offset: number) =>
  ({ type: 'update', channel: 'alerts', offset, time: 1, data: offset }) as const;

function followed(channel = 'alerts') {
  const snapshots: Snapshot<unknown>[] = [];
  const updates: unknown[] = [];
  const live: boolean[] = [];
  const state = new ChannelState<unknown>(channel, {
    snapshot: (snapshot) => snapshots.push(snapshot),
    update: ({ data }) => updates.push(data),
    live: (isLive) => live.push(isLive),
  });
  return { state, snapshots, updates, live };
}

t.test('what is recovered twice is told once, and no snapshot is', async (t) => {
  const { state, snapshots, updates, live } = followed();
  state.snapshot(snapshotOf(1, [1]));
  state.update(updateOf(2));
  state.interrupt();
  state.update(updateOf(3));
  const resumed: (Resumed | null)[] = [];
  for (const last of [4, 5]) {
    resumed.push(state.snapshot(snapshotOf(2, null, { recovered: true })));
    for (let offset = 3; offset <= last; offset += 1) state.update(updateOf(offset));
  }
  t.same(updates, [2, 3, 4, 5]);
  t.equal(snapshots.length, 1);
  const at = { epoch: 'e', offset: 2 };
  t.same(resumed, [{ channel: 'alerts', from: at, to: at, recovered: true, missed: 0 }, null]);
  t.same(live, [true, false, true, true]);
});

t.test('what cannot be recovered begins anew, and says how much is lost', async (t) => {
  const { state, snapshots, updates } = followed();
  state.snapshot(snapshotOf(1, [1]));
  state.interrupt();
  const resumed = state.snapshot(snapshotOf(9, [7], { recovered: false }));
  t.match(resumed, { recovered: false, missed: 8, from: { offset: 1 }, to: { offset: 9 } });
  t.same(snapshots[1]?.resumed, resumed);
  state.interrupt();
  t.match(state.snapshot(snapshotOf(3, [], { epoch: 'f' })), { missed: null });
  state.update(updateOf(4));
  t.same(updates, [4], 'offsets of another epoch begin again');
  t.equal(state.snapshot(snapshotOf(6, [], { epoch: 'f' })), null, 'a further snapshot is no return');
});

t.test('a pattern has a position for each symbol', async (t) => {
  const { state, snapshots, updates } = followed('ticker:*');
  state.snapshot({ ...snapshotOf(1, 'a'), channel: 'ticker:A/B' });
  state.snapshot({ ...snapshotOf(7, 'c'), channel: 'ticker:C/D' });
  state.update({ ...updateOf(2), channel: 'ticker:A/B' });
  t.same(
    [...state.positions()],
    [
      ['ticker:A/B', { epoch: 'e', offset: 2 }],
      ['ticker:C/D', { epoch: 'e', offset: 7 }],
    ],
  );
  state.update({ ...updateOf(2), channel: 'ticker:E/F' });
  t.same([snapshots.length, updates], [2, [2]], 'nothing is told of a symbol without a snapshot');
});
