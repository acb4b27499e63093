import fc from 'fast-check';
import t from 'tap';
import type { Liquidation } from '../../../../src/engine/analysis/external-book.js';
import { LiquidationBook } from '../../../../src/engine/analysis/metrics/liquidation-book.js';

const MINUTE = 60_000;
const DAY = 86_400_000;
const NOW = Date.UTC(2025, 5, 3, 12);

const liquidation: fc.Arbitrary<Liquidation> = fc.record({
  base: fc.constantFrom('BTC', 'ETH'),
  side: fc.constantFrom('long', 'short'),
  price: fc.double({ min: 90_000, max: 110_000, noNaN: true }),
  amount: fc.integer({ min: 1, max: 4_000 }).map((lots) => lots / 1_024),
  time: fc.integer({ min: NOW - DAY - 5 * MINUTE, max: NOW + 5 * MINUTE }),
});

t.test('sums by side, value and zone are those of the 24 h before, to the last event', async () => {
  fc.assert(
    fc.property(fc.array(liquidation, { maxLength: 200 }), (events) => {
      const book = new LiquidationBook();
      for (const event of events) book.add(event);
      book.forget(NOW - MINUTE);
      const day = book.day(NOW);
      const within = events.filter(({ time }) => time >= NOW - DAY && time < NOW);
      const sum = (side: 'long' | 'short', of: (event: Liquidation) => number) =>
        within.filter((event) => event.side === side).reduce((total, event) => total + of(event), 0);
      const btc = (event: Liquidation) => (event.base === 'BTC' ? event.amount : 0);
      const value = (event: Liquidation) => event.price * event.amount;
      const near = (a: number, b: number) => Math.abs(a - b) <= 1e-9 * Math.abs(b);
      if (day.long !== sum('long', btc) || day.short !== sum('short', btc)) return false;
      if (!near(day.longValue, sum('long', value)) || !near(day.shortValue, sum('short', value)))
        return false;
      const zoned = (side: 'long_vol' | 'short_vol') =>
        day.zones.reduce((total, zone) => total + zone[side], 0);
      if (zoned('long_vol') !== day.long || zoned('short_vol') !== day.short) return false;
      return day.zones.every(({ bin_low, bin_high, long_vol, short_vol }) => {
        const inside = within.filter((event) => {
          const isIn = event.price >= bin_low * (1 - 1e-12) && event.price < bin_high * (1 + 1e-12);
          return event.base === 'BTC' && isIn;
        });
        const total = inside.reduce((volume, { amount }) => volume + amount, 0);
        return near(bin_high / bin_low, 1.005) && near(total, long_vol + short_vol);
      });
    }),
  );
});

t.test('zones are ordered by price and do not overlap', async (t) => {
  const book = new LiquidationBook();
  for (const price of [103_000, 99_000, 99_100, 101_000]) {
    book.add({ base: 'BTC', side: 'long', price, amount: 1, time: NOW - MINUTE });
  }
  const { zones } = book.day(NOW);
  t.equal(zones.length, 3);
  for (const [i, zone] of zones.entries()) {
    t.ok(zone.bin_low < zone.bin_high);
    t.ok(i === 0 || zone.bin_low >= (zones[i - 1]?.bin_high ?? 0) * (1 - 1e-12));
  }
});

t.test('a day without any is 0 and no zones; what is no price or amount does not count', async (t) => {
  const book = new LiquidationBook();
  for (const [price, amount] of [
    [0, 1],
    [-5, 1],
    [Number.NaN, 1],
    [100, Number.POSITIVE_INFINITY],
    [100, 0],
  ] as const) {
    book.add({ base: 'BTC', side: 'short', price, amount, time: NOW - MINUTE });
  }
  t.same(book.day(NOW), { long: 0, short: 0, longValue: 0, shortValue: 0, zones: [] });
});

t.test('what comes later does not change an earlier day, nor does forgetting a later one', async (t) => {
  const book = new LiquidationBook();
  book.add({ base: 'BTC', side: 'long', price: 100_000, amount: 2, time: NOW - MINUTE });
  const before = book.day(NOW);
  book.add({ base: 'BTC', side: 'long', price: 100_000, amount: 3, time: NOW });
  t.same(book.day(NOW), before);
  t.equal(book.day(NOW + MINUTE).long, 5);
  book.forget(NOW + DAY);
  t.equal(book.day(NOW + DAY).long, 3);
});
