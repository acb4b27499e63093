import fc from 'fast-check';
import t from 'tap';
import { newCounters } from '../../src/feeds/counters.js';
import { ExchangeClock } from '../../src/feeds/exchange-clock.js';
import type { MessageContext } from '../../src/feeds/symbol-track.js';
import { TradeTrack } from '../../src/feeds/trade-track.js';
import type { Candle } from '../../src/market.js';
import { EventFold } from '../support/fold-events.js';

const MINUTE = 60_000;
const START = 28_333_334 * MINUTE;
const GRACE = 1_500;

interface Fate {
  readonly stepMs: number;
  readonly price: number;
  readonly lots: number;
  readonly isLost: boolean;
  readonly isTwice: boolean;
  readonly isDelayed: boolean;
  readonly breaks: boolean;
  readonly isRestFailing: boolean;
}

const fates = fc.array(
  fc.record<Fate>({
    stepMs: fc.oneof(fc.integer({ min: 0, max: 9_000 }), fc.integer({ min: 0, max: 200_000 })),
    price: fc.integer({ min: 90, max: 110 }),
    lots: fc.integer({ min: 1, max: 9 }),
    isLost: fc.nat(12).map((n) => n === 0),
    isTwice: fc.nat(9).map((n) => n === 0),
    isDelayed: fc.nat(9).map((n) => n === 0),
    breaks: fc.nat(25).map((n) => n === 0),
    isRestFailing: fc.nat(5).map((n) => n === 0),
  }),
  { minLength: 3, maxLength: 50 },
);

interface TrueTrade {
  readonly id: number;
  readonly time: number;
  readonly price: number;
  readonly lots: number;
}

/** The exchange's own candles at `now`: of minutes with trades only, the unfinished one included. */
function rowsAt(trades: readonly TrueTrade[], now: number, from: number): Candle[] {
  const rows = new Map<number, Candle>();
  for (const trade of trades) {
    if (trade.time > now) break;
    const time = Math.floor(trade.time / MINUTE) * MINUTE;
    if (time < from) continue;
    const row = rows.get(time);
    rows.set(time, {
      time,
      open: row?.open ?? trade.price,
      high: Math.max(row?.high ?? trade.price, trade.price),
      low: Math.min(row?.low ?? trade.price, trade.price),
      close: trade.price,
      volume: Math.round(((row?.volume ?? 0) + trade.lots / 10) * 10) / 10,
      tradeCount: null,
      vwap: null,
    });
  }
  return [...rows.values()];
}

function runMarket(
  steps: readonly Fate[],
  idOf: (id: number) => string,
): { fold: EventFold; truth: Candle[] } {
  let time = START + 17_000;
  const trades = steps.map((fate, index): TrueTrade => {
    time += fate.stepMs;
    return { id: 500 + index, time, price: fate.price, lots: fate.lots };
  });
  let now = START;
  const clock = new ExchangeClock(() => now);
  const fold = new EventFold(START, 1);
  const track = new TradeTrack({
    symbol: 'A/B',
    asset: 0,
    sink: (event) => fold.take(event),
    counters: newCounters(),
    exchangeClock: clock,
    closeGraceMs: GRACE,
    random: () => 0,
  });
  const message: MessageContext = { receivedAt: 0, exchangeTime: null, closedTimes: [] };
  const deliver = (trade: TrueTrade): void => {
    message.receivedAt = now;
    track.entry(
      { id: idOf(trade.id), timestamp: trade.time, price: trade.price, amount: trade.lots / 10, side: 'buy' },
      message,
    );
  };
  const confirm = (isFailing: boolean): void => {
    const due = Math.floor((now - GRACE) / MINUTE) * MINUTE;
    const range = track.ask(due, now);
    if (range === null) return;
    if (isFailing) track.unanswered(range.to, now);
    else
      track.answered({ to: range.to, rows: rowsAt(trades, now, range.from), reached: now, receivedAt: now });
  };
  track.release(START, START);
  let delayed: TrueTrade | null = null;
  trades.forEach((trade, index) => {
    const fate = steps[index];
    if (fate === undefined) return;
    // The timer of the feed runs between trades.
    for (let wait = 0; now + 20_000 < trade.time && wait < 5; wait++) {
      now += 20_000;
      confirm(fate.isRestFailing);
    }
    now = trade.time;
    if (fate.breaks) {
      track.broke('reconnect', now);
      track.restored(now);
    }
    if (!fate.isLost) {
      if (fate.isDelayed && delayed === null) delayed = trade;
      else {
        deliver(trade);
        if (fate.isTwice) deliver(trade);
        if (delayed !== null) deliver(delayed);
        delayed = null;
      }
    }
    confirm(fate.isRestFailing);
  });
  for (let wait = 0; wait < 60; wait++) {
    now += 31_000;
    confirm(false);
  }
  return { fold, truth: rowsAt(trades, now, START) };
}

function agrees({ fold, truth }: { fold: EventFold; truth: Candle[] }): boolean {
  if (fold.breaches.length > 0 || fold.openGaps !== 0) return false;
  if (fold.candles.size !== truth.length) return false;
  return truth.every((row) => {
    const { time, open, high, low, close, volume } = row;
    const got = fold.candles.get(time);
    return (
      got?.open === open &&
      got.high === high &&
      got.low === low &&
      got.close === close &&
      got.volume === volume
    );
  });
}

t.test(
  'whatever is lost, doubled, delayed or cut, every minute closes once and as the exchange has it',
  (t) => {
    fc.assert(
      fc.property(fates, (steps) => agrees(runMarket(steps, String))),
      { numRuns: 1_500 },
    );
    t.end();
  },
);

t.test('the same with ids that prove nothing', (t) => {
  fc.assert(
    fc.property(fates, (steps) => agrees(runMarket(steps, (id) => `x${id}`))),
    { numRuns: 500 },
  );
  t.end();
});
