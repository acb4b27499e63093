import fc from 'fast-check';
import t from 'tap';
import { decimalsOf, formatDecimal, parseDecimal } from '../../../src/feeds/demo/decimals.js';

t.test('writes whole units as decimal text with eight places', async (t) => {
  t.equal(formatDecimal(6_183_763, 2), '61837.63000000');
  t.equal(formatDecimal(842, 8), '0.00000842');
  t.equal(formatDecimal(0, 5), '0.00000000');
  t.equal(formatDecimal(-15, 1), '-1.50000000');
  t.equal(formatDecimal(12n, 0), '12.00000000');
  t.equal(formatDecimal(1_478, 3, 3), '1.478');
});

t.test('counts decimals without the zeros at the end', async (t) => {
  t.strictSame(['95505.4', '95478', '0.02000000', '1.10', '3.'].map(decimalsOf), [1, 0, 2, 1, 0]);
});

t.test('refuses what it cannot read exactly', async (t) => {
  for (const text of ['', '1e-5', '-1', 'NaN', '0.123', '1,5', '99999999999999999'])
    t.throws(() => parseDecimal(text, 2), RangeError, text);
});

t.test('reads back what it wrote', async (t) => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.integer({ min: 0, max: 8 }), (value, decimals) => {
      t.equal(parseDecimal(formatDecimal(value, decimals), decimals), value);
    }),
  );
});
