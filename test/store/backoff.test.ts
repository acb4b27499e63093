import t from 'tap';
import { backoffMs } from '../../src/store/backoff.js';

t.test('pauses double up to the longest', (t) => {
  const pauses = [0, 1, 2, 3, 4, 5, 1_000].map((attempt) =>
    backoffMs(attempt, { baseMs: 100, maxMs: 1_000, random: () => 0 }),
  );
  t.same(pauses, [100, 200, 400, 800, 1_000, 1_000, 1_000]);
  t.end();
});

t.test('jitter takes off at most half', (t) => {
  const random = (): number => 0.999_999;
  t.ok(backoffMs(0, { baseMs: 100, maxMs: 1_000, random }) > 50);
  t.ok(backoffMs(0, { baseMs: 100, maxMs: 1_000, random }) < 50.01);
  const drawn = new Set(Array.from({ length: 20 }, () => backoffMs(3, { baseMs: 100, maxMs: 1_000 })));
  t.ok(drawn.size > 1, 'servers do not come back together');
  t.end();
});
