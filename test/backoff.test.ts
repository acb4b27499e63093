import fc from 'fast-check';
import t from 'tap';
import { backoffMs } from '../src/backoff.js';

t.test('pauses double up to the longest', async (t) => {
  const least = [0, 1, 2, 3, 4, 5, 1_000].map((failures) =>
    backoffMs(failures, { baseMs: 100, maxMs: 1_000, random: () => 0 }),
  );
  t.same(least, [50, 100, 200, 400, 500, 500, 500]);
  const most = [0, 3, 1_000].map((failures) =>
    backoffMs(failures, { baseMs: 100, maxMs: 1_000, random: () => 0.999_999 }),
  );
  t.same(most, [100, 800, 1_000]);
});

t.test('each pause is whole milliseconds in the upper half of its bound', async () => {
  fc.assert(
    fc.property(
      fc.nat({ max: 2_000 }),
      fc.double({ min: 0, max: 0.999_999, noNaN: true }),
      (failures, drawn) => {
        const bound = Math.min(5_000, 100 * 2 ** failures);
        const pause = backoffMs(failures, { baseMs: 100, maxMs: 5_000, random: () => drawn });
        return Number.isInteger(pause) && pause >= bound / 2 && pause <= bound;
      },
    ),
  );
});

t.test('servers that failed together do not come back together', async (t) => {
  const drawn = new Set(Array.from({ length: 20 }, () => backoffMs(3, { baseMs: 100, maxMs: 1_000 })));
  t.ok(drawn.size > 1);
});
