import t from 'tap';
import { type PriceFacts, SeenPrices } from '../../../src/app/user-views/seen-prices.js';

t.test('prices stay as they were taken, and say whether they are others than before', async (t) => {
  const seen = new SeenPrices();
  const prices = new Map([[3, 5]]);
  const facts = new Map<number, PriceFacts>([[3, { time: 1, open24h: null, change24hPercent: 2 }]]);
  const reader = {
    priceOf: (asset: number) => prices.get(asset) ?? Number.NaN,
    factsOf: (asset: number) => facts.get(asset) ?? null,
  };
  t.equal(seen.take(reader), false, 'it watches none');
  seen.watch([3, 7, 3]);
  t.equal(seen.take(reader), true);
  t.equal(seen.take(reader), false);
  prices.set(3, 6);
  t.equal(seen.priceOf(3), 5, 'until it is taken');
  t.equal(seen.take(reader), true);
  t.equal(seen.priceOf(3), 6);
  t.same(seen.factsOf(3), { time: 1, open24h: null, change24hPercent: 2 });
  t.same([seen.priceOf(7), seen.factsOf(7)], [Number.NaN, null]);
  t.same([seen.priceOf(9), seen.factsOf(9)], [Number.NaN, null], 'not watched');
  for (const change of [{ time: 2 }, { open24h: 4 }, { change24hPercent: null }]) {
    facts.set(3, { ...(facts.get(3) as PriceFacts), ...change });
    t.equal(seen.take(reader), true, Object.keys(change).join());
    t.match(seen.factsOf(3), change);
    t.equal(seen.take(reader), false);
  }
  seen.watch([7]);
  t.same([seen.priceOf(3), seen.factsOf(3)], [Number.NaN, null], 'forgotten');
});
