import t from 'tap';
import { KeptRow, KeptState } from '../../../src/app/user-views/kept-state.js';

t.test('a state is made again as it was taken, whatever has become of its parts and prices', async (t) => {
  let parts: readonly [{ readonly name: string; readonly assets: readonly number[] }] = [
    { name: 'a', assets: [1] },
  ];
  const prices = new Map([
    [1, 5],
    [2, 6],
  ]);
  let made = 0;
  const kept = new KeptState({
    parts: () => parts,
    assetsOf: ([{ assets }]) => assets,
    row: ([{ name, assets }], { priceOf }) => {
      made += 1;
      return [name, ...assets.map((asset) => priceOf(asset))];
    },
    prices: { priceOf: (asset) => prices.get(asset) ?? Number.NaN, factsOf: () => null },
  });
  t.throws(() => kept.row(), /nothing was taken/);
  t.equal(kept.take(), true, 'the first');
  t.equal(kept.take(), false);
  t.equal(made, 0, 'nothing is made until it is asked for');
  t.same(kept.row(), ['a', 5]);
  prices.set(1, 7);
  prices.set(2, 8);
  parts = [{ name: 'b', assets: [1, 2] }];
  t.same(kept.row(), ['a', 5]);
  t.equal(kept.take(), true);
  t.same(kept.row(), ['b', 7, 8]);
  parts = [{ name: 'b', assets: [1, 2] }];
  t.equal(kept.take(), false, 'other parts that say the same');
  prices.set(2, 9);
  t.equal(kept.take(), true);
  parts = [{ name: 'c', assets: [] }];
  t.equal(kept.take(), true);
  prices.set(2, 1);
  t.equal(kept.take(), false, 'a price that is not in it any more');
});

t.test('a state that is kept itself is taken when it is another', async (t) => {
  let row: readonly unknown[] = [{ a: 1 }];
  const kept = new KeptRow(() => row);
  t.throws(() => kept.row(), /nothing was taken/);
  t.equal(kept.take(), true);
  row = [{ a: 1 }];
  t.equal(kept.take(), false);
  row = [{ a: 2 }];
  t.same(kept.row(), [{ a: 1 }]);
  t.equal(kept.take(), true);
  t.same(kept.row(), [{ a: 2 }]);
});
