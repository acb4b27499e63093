import t from 'tap';
import { isEventChannel, parseChannel } from '../../src/channels.js';
import type { Subscription } from '../../src/ws/group.js';
import { missedBy } from '../../src/ws/latest-resumption.js';

const EPOCH = 'run-1';

/** What somebody has missed who was at an offset and finds the state at another one. */
function missed(text: string, from: number, now: number, epoch = EPOCH): number | null {
  const channel = parseChannel(text, { id: 7, role: 'public' });
  if ('fault' in channel || isEventChannel(channel)) throw new Error(`${text} is no channel of states`);
  const subscription = { from: { epoch, offset: from } } as Subscription;
  return missedBy(subscription, channel, { offset: now, time: 0, row: [] }, EPOCH);
}

t.test('who goes on has missed what lies between, of the same run alone', async (t) => {
  t.equal(missed('ticker:BTC/USDT', 3, 5), 2);
  t.equal(missed('ticker:BTC/USDT', 5, 5), 0);
  for (const [from, epoch] of [
    [6, EPOCH],
    [-1, EPOCH],
    [Number.MIN_SAFE_INTEGER, EPOCH],
    [Number.MAX_SAFE_INTEGER, EPOCH],
    [5, 'run-2'],
  ] as const) {
    t.equal(missed('ticker:BTC/USDT', from, 5, epoch), null, `${from} of ${epoch}`);
  }
});

t.test('a user is never told that they have it all already: it may be another user’s place', async (t) => {
  for (const channel of ['portfolio', 'dashboard@1s']) {
    t.equal(missed(channel, 5, 5), null, channel);
    t.equal(missed(channel, 4, 5), 1, `${channel}: the whole state comes as an update`);
  }
  t.equal(missed('watchlist:4', 5, 5), 0, 'a list is the same for whoever watches');
});
