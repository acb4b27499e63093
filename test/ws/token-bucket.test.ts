import fc from 'fast-check';
import t from 'tap';
import { AddressBudgets } from '../../src/ws/address-budgets.js';
import { TokenBucket } from '../../src/ws/token-bucket.js';

t.test('never gives more than a burst and what time has brought', async () => {
  const step = fc.record({ wait: fc.nat(5_000), amount: fc.integer({ min: 1, max: 30 }) });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const bucket = new TokenBucket(10, 20, 0);
      let now = 0;
      let given = 0;
      return steps.every(({ wait, amount }) => {
        now += wait;
        if (bucket.take(amount, now)) given += amount;
        return given <= 20 + now / 100 + 1e-6;
      });
    }),
  );
});

t.test('gives all that is there and nothing of what is not', async (at) => {
  const bucket = new TokenBucket(10, 20, 0);
  at.same([bucket.take(21, 0), bucket.take(20, 0), bucket.take(1, 0)], [false, true, false]);
  at.same([bucket.take(1, 99), bucket.take(1, 100), bucket.left(10_000)], [false, true, 20]);
});

t.test('forgets addresses that have been quiet, and none that has not', async (at) => {
  const budgets = new AddressBudgets(1, 2);
  for (let n = 0; n < 10_000; n++) budgets.take(`10.${n >> 8}.${n & 255}.1`, 0);
  budgets.take('10.0.0.1', 60_000);
  budgets.take('10.0.0.1', 60_000);
  at.equal(budgets.size, 10_000);
  at.ok(budgets.take('192.0.2.1', 60_000));
  at.equal(budgets.size, 2);
  at.notOk(budgets.take('10.0.0.1', 60_000), 'its budget is still used up');
});
