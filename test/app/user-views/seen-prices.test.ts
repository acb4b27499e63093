import t from 'tap';
import { SeenPrices } from '../../../src/app/user-views/seen-prices.js';

t.test('a list has moved when one of its prices, or what else it is made of, is another', async (t) => {
  const seen = new SeenPrices();
  const prices = [1, Number.NaN, 3];
  const list = {};
  const moved = (of: readonly unknown[] = [list]): boolean =>
    seen.differs(of, prices.length, (place) => prices[place] ?? Number.NaN);
  t.equal(moved(), true, 'nothing was seen yet');
  t.equal(moved(), false);
  prices[1] = 2;
  t.equal(moved(), true);
  t.equal(moved(), false);
  t.equal(moved([{}]), true, 'another list of the same prices');
  prices.pop();
  t.equal(moved([list]), true);
  t.equal(moved([list]), false);
});
