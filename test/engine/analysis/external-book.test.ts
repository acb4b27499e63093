import fc from 'fast-check';
import t from 'tap';
import { ExternalBook } from '../../../src/engine/analysis/external-book.js';
import {
  type CoinFigures,
  EXTERNAL_FIGURES,
  EXTERNAL_SERIES,
  type ExternalName,
  type ExternalReading,
} from '../../../src/external-events.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const T0 = Date.UTC(2025, 0, 31);

function reading(asOf: number, value: number, name: ExternalName = 'vix'): ExternalReading {
  return { name, value, asOf, receivedAt: asOf, provider: 'x', simulated: false };
}

t.test('a figure is known from the moment that it speaks of, until it is too old', async (t) => {
  for (const name of Object.keys(EXTERNAL_FIGURES) as ExternalName[]) {
    const { maxAgeMs } = EXTERNAL_FIGURES[name];
    const book = new ExternalBook();
    book.set(reading(T0, 7, name));
    t.strictSame(
      [T0 - 1, T0, T0 + maxAgeMs, T0 + maxAgeMs + 1].map((now) => book.value(name, now)),
      [null, 7, 7, null],
      name,
    );
  }
});

t.test('what comes later does not change what was known at a moment before it', async () => {
  const arrival = fc.record({ asOf: fc.nat({ max: 15 }), value: fc.integer({ min: 1, max: 100 }) });
  fc.assert(
    fc.property(fc.array(arrival, { maxLength: 15 }), fc.nat({ max: 16 }), (arrivals, at) => {
      const book = new ExternalBook();
      for (const { asOf, value } of arrivals) book.set(reading(T0 + asOf, value));
      // The last that was told of the newest moment that is not later.
      const seen = arrivals.filter(({ asOf }) => asOf <= at);
      const newest = Math.max(...seen.map(({ asOf }) => asOf));
      const expected = seen.findLast(({ asOf }) => asOf === newest)?.value ?? null;
      return book.value('vix', T0 + at) === expected;
    }),
  );
});

t.test('a frame that is computed two minutes late reads what was known at its close', async (t) => {
  const book = new ExternalBook();
  const close = T0 + HOUR;
  for (let second = -600; second <= 120; second += 60) book.set(reading(close + second * 1_000, second));
  t.equal(book.value('vix', close), 0);
  t.equal(book.value('vix', close - 1), -60);
});

t.test('figures of many moments do not pile up', async (t) => {
  const book = new ExternalBook();
  for (let minute = 0; minute < 1_000; minute++) book.set(reading(T0 + minute * 60_000, minute));
  t.equal(book.value('vix', T0 + DAY), 999);
  t.equal(book.value('vix', T0 + 900 * 60_000), null, 'of long ago nothing is known any more');
});

t.test('coins and categories are stale after six hours, each for itself', async (t) => {
  const book = new ExternalBook();
  const coin = (base: string, asOf: number, rank: number): CoinFigures => ({
    ...{ base, asOf, rank },
    marketCap: 1,
    totalVolume: 1,
    circulatingSupply: 1,
  });
  book.setCoins([coin('BTC', T0, 1), coin('ETH', T0 + HOUR, 2)]);
  book.setCategories([
    { coingeckoId: 'layer-1', marketCap: 5, marketCapChange24h: null, volume24h: null, asOf: T0 },
  ]);
  t.equal(book.coin('BTC', T0 + 6 * HOUR)?.rank, 1);
  t.equal(book.coin('BTC', T0 + 6 * HOUR + 1), null);
  t.equal(book.coin('ETH', T0 + 6 * HOUR + 1)?.rank, 2);
  t.equal(book.category('layer-1', T0 + 6 * HOUR)?.marketCap, 5);
  t.equal(book.category('layer-1', T0 - 1), null);
  t.equal(book.coin('XRP', T0), null);
});

t.test('closes are those of days that are over', async (t) => {
  const book = new ExternalBook();
  const closes = [0, 1, 2].map((day) => ({ day: T0 + day * DAY, close: 100 + day }));
  for (const name of EXTERNAL_SERIES) book.setSeries(name, closes);
  t.same(book.closes('gold', T0 + 2 * DAY - 1), closes.slice(0, 1));
  t.same(book.closes('gold', T0 + 2 * DAY), closes.slice(0, 2));
  t.same(book.closes('gold', T0 + 9 * DAY), closes);
  t.same(new ExternalBook().closes('gold', T0), []);
});

t.test('a null has its reason', async (t) => {
  const book = new ExternalBook();
  t.equal(book.reason('vix', T0), 'the source macro has brought nothing yet');
  t.equal(book.coinReason('BTC', T0), 'the source global_market has brought nothing of BTC yet');
  t.equal(
    book.categoryReason('layer-1', T0),
    'the source global_market has brought nothing of the category layer-1 yet',
  );
  book.setState('macro', 'is switched off');
  t.equal(book.reason('vix', T0), 'the source macro is switched off');
  book.setState('macro', null);
  book.set(reading(T0, 20));
  t.equal(
    book.reason('vix', T0 + 6 * DAY),
    'the source macro is late: its newest figure is of 2025-01-31T00:00:00.000Z',
  );
  book.setState('macro', '(stooq) answered with 500');
  t.equal(
    book.reason('vix', T0 + 6 * DAY),
    'the source macro (stooq) answered with 500: its newest figure is of 2025-01-31T00:00:00.000Z',
  );
});

t.test('events do what the methods do', async (t) => {
  const book = new ExternalBook();
  const asOf = T0;
  const simulated = false;
  book.apply({ type: 'reading', reading: reading(asOf, 20) });
  book.apply({ type: 'series', name: 'gold', closes: [{ day: T0, close: 1 }], provider: 'x', simulated });
  const known = { marketCap: 1, totalVolume: 2, circulatingSupply: 3, rank: 4, asOf };
  book.apply({ type: 'coins', coins: [{ base: 'BTC', ...known }], simulated });
  const category = { coingeckoId: 'layer-1', marketCap: 1, marketCapChange24h: 2, volume24h: 3, asOf };
  book.apply({ type: 'categories', categories: [category], simulated });
  book.apply({ type: 'state', source: 'on_chain', fault: 'is not configured' });
  t.equal(book.value('vix', T0), 20);
  t.equal(book.closes('gold', T0 + DAY).length, 1);
  t.equal(book.coin('BTC', T0)?.circulatingSupply, 3);
  t.equal(book.category('layer-1', T0)?.volume24h, 3);
  t.equal(book.reason('miner_outflow', T0), 'the source on_chain is not configured');
});

t.test('it knows since when liquidations are heard, and why they are not', async (t) => {
  const book = new ExternalBook();
  t.equal(book.watchingSince, null);
  t.equal(book.unwatchedReason, 'is not watched');
  book.apply({ type: 'watching', since: T0, reason: null });
  t.equal(book.watchingSince, T0);
  const liquidation = { base: 'BTC', side: 'long', price: 1, amount: 1, time: T0 } as const;
  book.apply({ type: 'liquidation', liquidation, simulated: false });
  book.apply({ type: 'watching', since: null, reason: 'is interrupted: 1006' });
  t.equal(book.watchingSince, null);
  t.equal(book.unwatchedReason, 'is interrupted: 1006');
});
