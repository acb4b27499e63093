import t from 'tap';
import { folding, KEPT } from '../../src/client/folding.js';

const trades = (from: number, count: number) => Array.from({ length: count }, (_, n) => ({ id: from + n }));

t.test('signals: those that are active, by id, the newest first', async (t) => {
  const fold = folding('signals:BTC/USDT');
  t.same(fold.current, []);
  t.equal(
    fold.snapshot('signals', [
      { id: 2, status: 'active', a: 1 },
      { id: 1, status: 'active' },
    ]),
    true,
  );
  fold.update('signals', { id: 3, status: 'active' });
  fold.update('signals', { id: 2, status: 'active', b: 2 });
  t.same(fold.current, [
    { id: 3, status: 'active' },
    { id: 2, status: 'active', a: 1, b: 2 },
    { id: 1, status: 'active' },
  ]);
  fold.update('signals', { id: 2, status: 'expired' });
  t.equal(fold.update('signals', { id: 9, status: 'executed' }), false, 'what is not known ends unseen');
  t.same(
    (fold.current as { id: number }[]).map(({ id }) => id),
    [3, 1],
  );
  fold.snapshot('signals', [{ id: 4, status: 'active' }]);
  t.same(fold.current, [{ id: 4, status: 'active' }], 'a snapshot takes the place of all');
});

t.test('notifications: unread ones; recommendations: those that wait', async (t) => {
  const unread = folding('notifications');
  unread.snapshot('notifications', [{ id: 1, status: 'unread' }]);
  unread.update('notifications', { id: 1, status: 'read' });
  t.same(unread.current, []);
  const queue = folding('recommendations');
  queue.update('recommendations', { id: 1, status: 'pending' });
  queue.update('recommendations', { id: 2, status: 'approved' });
  t.same(queue.current, [{ id: 1, status: 'pending' }]);
});

t.test('trades: the newest, oldest first; alerts: the newest first; both bounded', async (t) => {
  const fold = folding('trades:BTC/USDT@1s');
  fold.snapshot('', null);
  fold.update('', trades(1, 60));
  fold.update('', trades(61, 60));
  const kept = fold.current as { id: number }[];
  t.same([kept.length, kept[0]?.id, kept.at(-1)?.id], [KEPT, 21, 120]);
  const alerts = folding('alerts');
  alerts.snapshot('', trades(1, 2));
  for (let n = 0; n < KEPT; n += 1) alerts.update('', { id: -n });
  const told = alerts.current as { id: number }[];
  t.same([told.length, told[0]?.id], [KEPT, 1 - KEPT]);
});

t.test('of everything else the newest state; of the system what snapshots say', async (t) => {
  const ticker = folding('ticker:BTC/USDT');
  t.equal(ticker.current, null);
  ticker.snapshot('', { last: 1 });
  ticker.update('', { last: 2 });
  t.same(ticker.current, { last: 2 });
  const system = folding('system-status');
  system.snapshot('', { score: 1 });
  t.equal(system.update('', { event: 'state', score: 0.5 }), false);
  t.same(system.current, { score: 1 });
});

t.test('a pattern: each symbol by itself, a new map after a change', async (t) => {
  const fold = folding('trades:*');
  t.same(fold.current, new Map());
  fold.snapshot('trades:A/B', trades(1, 1));
  const before = fold.current;
  fold.update('trades:C/D', trades(5, 1));
  t.same(
    fold.current,
    new Map([
      ['trades:A/B', [{ id: 1 }]],
      ['trades:C/D', [{ id: 5 }]],
    ]),
  );
  t.not(fold.current, before);
  t.equal(fold.current, fold.current);
});
