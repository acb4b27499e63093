import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import t from 'tap';
import { sameValue } from '../../../src/app/user-views/same-value.js';

t.test('two values are the same if nothing in them differs', async (t) => {
  const value = fc.jsonValue({ maxDepth: 3 });
  fc.assert(
    fc.property(value, value, (a, b) => {
      t.equal(sameValue(a, b), isDeepStrictEqual(a, b));
      t.equal(sameValue(a, structuredClone(a)), true);
    }),
  );
  t.equal(sameValue([1], { 0: 1 }), false);
  t.equal(sameValue({ a: undefined }, { b: undefined }), false);
});
