import t from 'tap';
import { foldRows } from '../../src/client/rows.js';

t.test('folds a row, a list of rows, an empty list and no value', async (t) => {
  t.same(foldRows(['a', 'b'], [1, null]), { a: 1, b: null });
  t.same(
    foldRows(
      ['a', 'b'],
      [
        [1, 2],
        [3, 4],
      ],
    ),
    [
      { a: 1, b: 2 },
      { a: 3, b: 4 },
    ],
  );
  t.same(foldRows(['a'], []), []);
  t.equal(foldRows(['a'], null), null);
});

t.test('refuses what does not fit the fields instead of shifting values', async (t) => {
  t.throws(() => foldRows(['a', 'b'], [1]), /2 values was expected: a, b/);
  t.throws(() => foldRows(['a'], [[1], [1, 2]]), TypeError);
  t.throws(() => foldRows(['a'], { a: 1 }), TypeError);
});
