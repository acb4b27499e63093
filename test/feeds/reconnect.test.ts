import t from 'tap';
import { Backoff } from '../../src/feeds/reconnect.js';

t.test('each failure makes the next wait longer, up to the longest, and is counted', async (t) => {
  const backoff = new Backoff({ baseMs: 100, maxMs: 500, random: () => 0.5 });
  t.same(
    Array.from({ length: 5 }, () => backoff.next()),
    [75, 150, 300, 375, 375],
  );
  t.equal(backoff.attempts, 5);
});

t.test('after a reset the next wait is the shortest', async (t) => {
  const backoff = new Backoff({ baseMs: 100, maxMs: 5_000, random: () => 0 });
  t.same([backoff.next(), backoff.next(), backoff.next()], [50, 100, 200]);
  backoff.reset();
  t.equal(backoff.next(), 50);
});
