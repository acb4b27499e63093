import fc from 'fast-check';
import t from 'tap';
import { TradeSequence } from '../../src/feeds/trade-sequence.js';

const MINUTE = 60_000;
const START = 1_700_000_040_000 - (1_700_000_040_000 % MINUTE);

interface Numbered {
  readonly id: number;
  readonly time: number;
}

/** Trades in the exchange's order: ids count up, times never fall. */
const market = fc.array(fc.integer({ min: 0, max: 40_000 }), { minLength: 5, maxLength: 60 }).map((steps) => {
  let time = START;
  return steps.map((step, index): Numbered => {
    time += step;
    return { id: 1_000 + index, time };
  });
});

/** What arrives of a market: some lost, some twice, some moved by a few places. */
const delivery = market.chain((trades) =>
  fc
    .array(
      fc.record({
        isLost: fc.nat(9).map((n) => n === 0),
        copies: fc.nat(6).map((n) => (n === 0 ? 2 : 1)),
        delay: fc.nat(11).map((n) => (n === 0 ? 4.5 : 0)),
      }),
      { minLength: trades.length, maxLength: trades.length },
    )
    .map((fates) => {
      const arrivals: { trade: Numbered; place: number }[] = [];
      trades.forEach((trade, index) => {
        const fate = fates[index];
        if (fate === undefined || fate.isLost) return;
        for (let copy = 0; copy < fate.copies; copy++) {
          arrivals.push({ trade, place: index + fate.delay + copy * 2.2 });
        }
      });
      arrivals.sort((a, b) => a.place - b.place);
      return { trades, arrivals: arrivals.map(({ trade }) => trade) };
    }),
);

t.test('passes each id once and vouches only for minutes of which nothing is missing', (t) => {
  fc.assert(
    fc.property(delivery, ({ trades, arrivals }) => {
      const sequence = new TradeSequence();
      const seen = new Set<number>();
      const begun = arrivals[0];
      let from = begun === undefined ? START : Math.floor(begun.time / MINUTE) * MINUTE + MINUTE;
      const begin = from;
      for (const trade of arrivals) {
        const verdict = sequence.offer(String(trade.id), trade.time, 0);
        if ((verdict === 'duplicate') !== seen.has(trade.id)) return false;
        seen.add(trade.id);
        const to = sequence.vouchedTo(from);
        if (to < from) return false;
        const lacks = trades.some((one) => one.time >= begin && one.time < to && !seen.has(one.id));
        if (lacks) return false;
        from = to;
      }
      return true;
    }),
    { numRuns: 3_000 },
  );
  t.end();
});

t.test('with nothing lost, vouches for every minute as soon as the next one trades', (t) => {
  fc.assert(
    fc.property(market, (trades) => {
      const sequence = new TradeSequence();
      const [first] = trades;
      if (first === undefined) return true;
      const begin = Math.floor(first.time / MINUTE) * MINUTE + MINUTE;
      return trades.every((trade) => {
        sequence.offer(String(trade.id), trade.time, 0);
        return sequence.vouchedTo(begin) === Math.max(begin, Math.floor(trade.time / MINUTE) * MINUTE);
      });
    }),
    { numRuns: 500 },
  );
  t.end();
});

t.test('text ids prove nothing, but are passed once', (t) => {
  fc.assert(
    fc.property(delivery, ({ arrivals }) => {
      const sequence = new TradeSequence();
      const seen = new Set<number>();
      return arrivals.every((trade) => {
        const isDuplicate = sequence.offer(`id-${trade.id}`, trade.time, 0) === 'duplicate';
        const isRight = isDuplicate === seen.has(trade.id) && sequence.vouchedTo(START) === START;
        seen.add(trade.id);
        return isRight;
      });
    }),
    { numRuns: 500 },
  );
  t.end();
});
