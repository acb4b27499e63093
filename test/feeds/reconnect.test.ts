import fc from 'fast-check';
import t from 'tap';
import { Backoff } from '../../src/feeds/reconnect.js';

t.test('waits double up to the longest one, each in the upper half of its bound', async () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 0.999_999, noNaN: true }), { maxLength: 60 }),
      (randoms) => {
        let turn = 0;
        const backoff = new Backoff({ baseMs: 100, maxMs: 5_000, random: () => randoms[turn] ?? 0 });
        return randoms.every((_, attempt) => {
          const bound = Math.min(5_000, 100 * 2 ** attempt);
          const wait = backoff.next();
          turn++;
          return wait >= bound / 2 && wait <= bound && backoff.attempts === attempt + 1;
        });
      },
    ),
  );
});

t.test('after a reset the next wait is the shortest', async (t) => {
  const backoff = new Backoff({ baseMs: 100, maxMs: 5_000, random: () => 0 });
  t.same([backoff.next(), backoff.next(), backoff.next()], [50, 100, 200]);
  backoff.reset();
  t.equal(backoff.next(), 50);
});
