import fc from 'fast-check';
import t from 'tap';
import { COINS } from '../../../src/feeds/demo/coins.js';
import { FIRST_DAY } from '../../../src/feeds/demo/daily-walk.js';
import { Generator } from '../../../src/feeds/demo/generator.js';
import { type Bar, barOfTrades, type MarketSource } from '../../../src/feeds/demo/source.js';

const seeds = fc.integer({ min: 0, max: 4_294_967_295 });
const pairs = fc.integer({ min: 0, max: COINS.length + 4 });
const days = fc.integer({ min: FIRST_DAY, max: FIRST_DAY + 3_700 });
const minutesOfDay = fc.integer({ min: 0, max: 1_439 });
const SYMBOLS = COINS.length + 5;

/** Plain roll-up: first open, extremes, last close, sums. Only parts with trades count. */
function rollUp(parts: readonly (Bar | null)[]): Bar | null {
  const traded = parts.filter((bar): bar is Bar => bar !== null && bar.trades > 0);
  const [first] = traded;
  if (first === undefined) return null;
  return {
    open: first.open,
    high: Math.max(...traded.map(({ high }) => high)),
    low: Math.min(...traded.map(({ low }) => low)),
    close: traded.at(-1)?.close ?? first.close,
    lots: traded.reduce((sum, { lots }) => sum + lots, 0),
    trades: traded.reduce((sum, { trades }) => sum + trades, 0),
  };
}

function range(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => from + i);
}

function market(source: MarketSource, pair: number, minute: number): unknown {
  return [source.bar(pair, 'minute', minute), source.trades(pair, minute), source.lastIdBefore(pair, minute)];
}

t.test('a day equals the roll-up of its 1440 minutes, and of its 24 hours, at every seed', async (t) => {
  fc.assert(
    fc.property(seeds, pairs, days, (seed, pair, day) => {
      const source = new Generator({ seed, symbols: SYMBOLS });
      const whole = source.bar(pair, 'day', day);
      t.strictSame(rollUp(range(day * 24, 24).map((hour) => source.bar(pair, 'hour', hour))), whole);
      t.strictSame(
        rollUp(range(day * 1_440, 1_440).map((minute) => source.bar(pair, 'minute', minute))),
        whole,
      );
    }),
    { numRuns: 40 },
  );
});

t.test(
  'a minute equals the roll-up of its trades, which are in order inside it and of at least a lot',
  async (t) => {
    fc.assert(
      fc.property(seeds, pairs, days, minutesOfDay, (seed, pair, day, minuteOfDay) => {
        const source = new Generator({ seed, symbols: SYMBOLS });
        const minute = day * 1_440 + minuteOfDay;
        const bar = source.bar(pair, 'minute', minute);
        const trades = source.trades(pair, minute);
        if (bar === null) throw new Error('a minute after the first day is unknown');
        if (bar.trades === 0) {
          t.strictSame(trades, []);
          t.strictSame([bar.open, bar.high, bar.low, bar.lots], [bar.close, bar.close, bar.close, 0]);
        } else t.strictSame(barOfTrades(trades), bar);
        const times = [minute * 60_000, ...trades.map(({ time }) => time), (minute + 1) * 60_000 - 1];
        t.ok(
          times.every((time, i) => time >= (times[i - 1] ?? 0)),
          'in order and inside the minute',
        );
        t.ok(trades.every(({ lots, ticks }) => Number.isSafeInteger(lots) && lots >= 1 && ticks >= 1));
      }),
      { numRuns: 150 },
    );
  },
);

t.test('trade ids count up by one without end, and lead back to their minute', async (t) => {
  fc.assert(
    fc.property(seeds, pairs, days, minutesOfDay, (seed, pair, day, minuteOfDay) => {
      const source = new Generator({ seed, symbols: SYMBOLS });
      const first = day * 1_440 + minuteOfDay;
      const minutes = range(first, 70);
      const ids = minutes.flatMap((minute) => source.trades(pair, minute).map(({ id }) => id));
      t.strictSame(ids, range(source.lastIdBefore(pair, first) + 1, ids.length));
      t.equal(source.lastIdBefore(pair, first + 70), source.lastIdBefore(pair, first) + ids.length);
      const homes = ids.map((id) => source.minuteOfTrade(pair, id));
      t.strictSame(
        homes,
        minutes.flatMap((minute) => source.trades(pair, minute).map(() => minute)),
      );
    }),
    { numRuns: 12 },
  );
});

t.test(
  'the same seed gives the same market in whatever order it is asked, another seed another',
  async (t) => {
    fc.assert(
      fc.property(
        seeds,
        pairs,
        days,
        fc.array(minutesOfDay, { minLength: 2, maxLength: 8 }),
        (seed, pair, day, asked) => {
          const minutes = asked.map((minute) => day * 1_440 + minute);
          const one = new Generator({ seed, symbols: SYMBOLS });
          const other = new Generator({ seed, symbols: SYMBOLS });
          // The other instance has seen a later day and another pair before, and is asked backwards.
          other.bar((pair + 1) % SYMBOLS, 'day', day + 40);
          const backwards = [...minutes].reverse().map((minute) => market(other, pair, minute));
          t.strictSame(
            minutes.map((minute) => market(one, pair, minute)),
            backwards.reverse(),
          );
          const changed = new Generator({ seed: (seed + 1) % 4_294_967_296, symbols: SYMBOLS });
          t.notSame(changed.bar(pair, 'day', day), one.bar(pair, 'day', day));
        },
      ),
      { numRuns: 25 },
    );
  },
);

t.test('a pair keeps its prices whatever number of pairs is listed beside it', async (t) => {
  const few = new Generator({ seed: 5, symbols: 3 });
  const many = new Generator({ seed: 5, symbols: 300 });
  t.equal(few.listings.length, 3);
  t.equal(many.listings.length, 300);
  t.equal(new Set(many.listings.map(({ id }) => id)).size, 300);
  t.strictSame(few.bar(2, 'day', FIRST_DAY + 999), many.bar(2, 'day', FIRST_DAY + 999));
});

t.test('volatility comes in clusters, volume follows it, and pairs move together', async (t) => {
  const source = new Generator({ seed: 1 });
  const bars = (pair: number): Bar[] =>
    range(FIRST_DAY, 3_000).flatMap((day) => source.bar(pair, 'day', day) ?? []);
  const btc = bars(0);
  const eth = bars(1);
  const returns = (all: Bar[]): number[] => all.map(({ open, close }) => close / open - 1);
  const size = returns(btc).map(Math.abs);
  t.ok(correlation(size.slice(1), size.slice(0, -1)) > 0.05, 'a wild day follows a wild day');
  const width = btc.map(({ open, high, low }) => (high - low) / open);
  t.ok(
    correlation(
      width,
      btc.map(({ lots }) => lots),
    ) > 0.3,
    'wide days have more volume',
  );
  t.ok(correlation(returns(btc), returns(eth)) > 0.4, 'days of BTC and ETH go the same way');
  const hours = (pair: number): number[] =>
    returns(range(FIRST_DAY * 24, 2_000).flatMap((hour) => source.bar(pair, 'hour', hour) ?? []));
  t.ok(correlation(hours(0), hours(1)) > 0.2, 'hours do so too');
});

t.test('every pair keeps a believable price for ten years, the cheap one below 0.0001', async (t) => {
  const source = new Generator({ seed: 1 });
  for (const [pair, coin] of source.listings.entries()) {
    for (const day of range(FIRST_DAY, 3_650)) {
      const bar = source.bar(pair, 'day', day);
      if (bar === null) throw new Error('a day after the first is unknown');
      const { open, high, low, close, lots } = bar;
      if (!(low >= coin.anchorTicks / 40 && high <= coin.anchorTicks * 40))
        t.fail(`${coin.id} left its scale: ${low} ${high}`);
      if (!(low <= Math.min(open, close) && high >= Math.max(open, close) && lots > 0))
        t.fail(`${coin.id} is no bar`);
    }
  }
  const pepe = source.listings.findIndex(({ id }) => id === 'PEPEUSDT');
  t.ok((source.bar(pepe, 'day', FIRST_DAY + 3_000)?.close ?? 1e9) < 10_000);
  t.ok(source.listings.length >= 24);
});

function correlation(xs: readonly number[], ys: readonly number[]): number {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const [mx, my] = [mean(xs), mean(ys)];
  const cov = mean(xs.map((x, i) => (x - mx) * ((ys[i] ?? 0) - my)));
  return cov / Math.sqrt(mean(xs.map((x) => (x - mx) ** 2)) * mean(ys.map((y) => (y - my) ** 2)));
}
