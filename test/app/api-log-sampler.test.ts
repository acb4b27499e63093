import fc from 'fast-check';
import t from 'tap';
import { ApiLogSampler } from '../../src/app/api-log-sampler.js';
import type { AnsweredRequest } from '../../src/ws/request-log.js';

const GOOD: AnsweredRequest = {
  endpoint: 'assets.list',
  httpMethod: 'WS',
  status: 200,
  ms: 1.5,
  userId: null,
};
const BAD: AnsweredRequest = { ...GOOD, status: 500 };

/** Gives the rows of so many requests in each second after the other. */
function rowsOf(perSecond: readonly number[], request = GOOD) {
  const sampler = new ApiLogSampler();
  const seconds = perSecond.map((count, second) =>
    Array.from({ length: count }, (_, n) => sampler.take(request, second * 1_000 + (n * 999) / count)).filter(
      (row) => row !== null,
    ),
  );
  return { seconds, leftOut: sampler.leftOut };
}

t.test('a few requests are all written, as they were', async (t) => {
  const { seconds, leftOut } = rowsOf([3, 20, 0, 20]);
  t.same(
    seconds.map(({ length }) => length),
    [3, 20, 0, 20],
  );
  t.same(seconds[0]?.[0], {
    ...{ endpoint: 'assets.list', httpMethod: 'WS', userId: null },
    ...{ responseStatus: 200, responseTimeMs: 1.5, sampledOneIn: 1 },
  });
  t.equal(leftOut, 0);
});

t.test('of many one of several is written, with how many it stands for', async (t) => {
  const { seconds, leftOut } = rowsOf([1_000, 1_000, 1_000]);
  t.equal(seconds[0]?.length, 20, 'a rush is cut');
  t.equal(leftOut, 980, 'and what was cut is counted');
  for (const rows of seconds.slice(1)) {
    t.equal(rows.length, 20);
    t.equal(
      rows.reduce((sum, { sampledOneIn }) => sum + sampledOneIn, 0),
      1_000,
    );
  }
});

t.test('failures have room of their own', async (t) => {
  const sampler = new ApiLogSampler();
  for (let n = 0; n < 1_000; n += 1) sampler.take(GOOD, 0);
  for (let n = 0; n < 50; n += 1) t.not(sampler.take(BAD, 0), null);
  t.equal(sampler.take(BAD, 0), null, 'a bounded one');
});

t.test('rows stand for what came, but for what is counted as left out and the rest of a step', async () => {
  const load = fc.array(fc.integer({ min: 0, max: 3_000 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(load, fc.constantFrom(GOOD, BAD), (perSecond, request) => {
      const { seconds, leftOut } = rowsOf(perSecond, request);
      const most = request.status < 400 ? 20 : 50;
      let rest = 0;
      for (const rows of seconds) {
        if (rows.length > most) return false;
        rest += (rows[0]?.sampledOneIn ?? 1) - 1;
      }
      const told = seconds.flat().reduce((sum, { sampledOneIn }) => sum + sampledOneIn, 0);
      const came = perSecond.reduce((sum, count) => sum + count, 0);
      // In a second that ends before a step is full, fewer than a step have no row; those are not counted.
      const steps = perSecond.map((_, second) => Math.ceil((perSecond[second - 1] ?? 0) / most));
      const mostUncounted = steps.reduce((sum, step) => sum + Math.max(0, step - 1), 0);
      return told + leftOut <= came && came - told - leftOut <= Math.max(rest, mostUncounted);
    }),
  );
});
