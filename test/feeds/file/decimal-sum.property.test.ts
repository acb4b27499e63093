import fc from 'fast-check';
import t from 'tap';
import { DecimalSum, decimalPlaces } from '../../../src/feeds/file/decimal-sum.js';

t.test('decimal places are those that are needed', async (t) => {
  const cases = {
    '1': 0,
    '1.50': 1,
    '100': 0,
    '0.0000001': 7,
    '1e-7': 7,
    '1.5e-3': 4,
    '1.5e3': 0,
    '.25': 2,
    '5.': 0,
  };
  for (const [text, places] of Object.entries(cases)) t.equal(decimalPlaces(text), places, text);
});

t.test('sums are the doubles nearest to the exact decimal, in any order', async (t) => {
  const parts = fc.array(fc.tuple(fc.nat(1_000_000), fc.integer({ min: 0, max: 6 })), {
    minLength: 1,
    maxLength: 50,
  });
  fc.assert(
    fc.property(parts, (amounts) => {
      const sum = new DecimalSum();
      let exact = 0n;
      for (const [lots, places] of amounts) {
        const digits = String(lots).padStart(places + 1, '0');
        const text = places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`;
        sum.add(Number(text), text);
        exact += BigInt(lots) * 10n ** BigInt(6 - places);
      }
      const digits = exact.toString().padStart(7, '0');
      t.equal(sum.value, Number(`${digits.slice(0, -6)}.${digits.slice(-6)}`));
    }),
  );
});

t.test('beyond what whole numbers hold it goes on as doubles add', async (t) => {
  const sum = new DecimalSum();
  for (const text of ['1e60', '1e-60', '3']) sum.add(Number(text), text);
  t.equal(sum.value, 1e60);
  sum.reset();
  sum.add(0.1, '0.1');
  sum.add(0.2, '0.2');
  t.equal(sum.value, 0.3, 'and is exact again after a reset');
});
