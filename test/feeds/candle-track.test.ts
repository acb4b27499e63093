import t from 'tap';
import { CandleTrack } from '../../src/feeds/candle-track.js';
import { newCounters } from '../../src/feeds/counters.js';
import { ExchangeClock } from '../../src/feeds/exchange-clock.js';
import type { Candle } from '../../src/market.js';
import { EventFold } from '../support/fold-events.js';

const MINUTE = 60_000;
const START = 28_333_334 * MINUTE;

function row(minute: number, close: number, volume: number): readonly number[] {
  return [START + minute * MINUTE, 10, 20, 5, close, volume];
}

function historyRow(minute: number, close: number, volume: number): Candle {
  return {
    time: START + minute * MINUTE,
    open: 10,
    high: 20,
    low: 5,
    close,
    volume,
    tradeCount: null,
    vwap: null,
  };
}

function newTrack() {
  const clock = { now: START };
  const fold = new EventFold(START, 0);
  const counters = newCounters();
  const track = new CandleTrack({
    symbol: 'A/B',
    asset: 0,
    sink: (event) => fold.take(event),
    counters,
    exchangeClock: new ExchangeClock(() => clock.now),
    closeGraceMs: 1_000,
    random: () => 0,
  });
  const push = (raw: unknown, isClosed: boolean, at = clock.now): void => {
    clock.now = at;
    const closedTimes = isClosed && Array.isArray(raw) ? [Number(raw[0])] : [];
    track.entry(raw, { receivedAt: at, exchangeTime: at, closedTimes });
  };
  return { track, fold, counters, push, clock };
}

t.test('closes a minute at once when the exchange calls it final', async (t) => {
  const { track, fold, push } = newTrack();
  track.release(START, START);
  push(row(0, 11, 3), false, START + 30_000);
  t.equal(fold.closedTo, START);
  push(row(0, 12, 4), true, START + MINUTE + 5);
  t.equal(fold.closedTo, START + MINUTE);
  t.match(fold.candles.get(START), { close: 12, volume: 4, from: 'stream' });
  t.match(fold.events, [
    { type: 'feed', up: true },
    { closed: false },
    { closed: true, exchangeTime: START + MINUTE + 5 },
    { type: 'watermark' },
  ]);
});

t.test('a final candle waits until the minutes before it are settled', async (t) => {
  const { track, fold, push } = newTrack();
  track.release(START, START);
  push(row(2, 12, 4), true, START + 3 * MINUTE + 5);
  t.equal(fold.closedTo, START);
  const range = track.ask(START + 3 * MINUTE, START + 3 * MINUTE + 2_000);
  t.same(range, { from: START, to: START + 3 * MINUTE });
  track.answered({
    to: START + 3 * MINUTE,
    rows: [historyRow(0, 7, 1), historyRow(2, 99, 99)],
    reached: START + 3 * MINUTE + 2_000,
    receivedAt: 0,
  });
  t.equal(fold.closedTo, START + 3 * MINUTE);
  t.match(fold.candles.get(START), { close: 7, from: 'history' });
  t.equal(fold.candles.get(START + MINUTE), undefined, 'a minute between rows of history was quiet');
  t.match(fold.candles.get(START + 2 * MINUTE), { close: 12, from: 'stream' });
  t.same(fold.breaches, []);
});

t.test('what repeats or comes too late changes nothing and is counted', async (t) => {
  const { track, fold, counters, push } = newTrack();
  track.release(START, START);
  push(row(0, 11, 3), false, START + 1_000);
  push(row(0, 10, 2), false);
  push(row(0, 12, 4), true, START + MINUTE);
  push(row(0, 12, 4), true);
  push(row(0, 11, 3), false);
  t.equal(counters.duplicates, 1);
  t.equal(counters.reordered, 2);
  t.equal(fold.events.filter((event) => event.type === 'candle').length, 2);
});

t.test('a lost final word is made up from history once the minute is over', async (t) => {
  const { track, fold, push } = newTrack();
  track.release(START, START);
  push(row(0, 11, 3), false, START + 59_000);
  push(row(1, 12, 1), false, START + MINUTE + 500);
  t.equal(track.ask(START, START + MINUTE + 600), null, 'it may still be on its way');
  t.same(track.ask(START + MINUTE, START + MINUTE + 1_600), { from: START, to: START + MINUTE });
  t.equal(track.ask(START + MINUTE, START + MINUTE + 1_700), null, 'one question at a time');
  track.answered({
    to: START + MINUTE,
    rows: [historyRow(0, 13, 5)],
    reached: START + MINUTE + 400,
    receivedAt: START + MINUTE + 1_800,
  });
  t.equal(fold.closedTo, START, 'the newest row of history may be unfinished');
  t.equal(track.ask(START + MINUTE, START + MINUTE + 1_900), null);
  t.not(track.ask(START + MINUTE, START + MINUTE + 2_300), null);
  track.answered({
    to: START + MINUTE,
    rows: [historyRow(0, 13, 5), historyRow(1, 12, 1)],
    reached: START + MINUTE + 400,
    receivedAt: 0,
  });
  t.match(fold.candles.get(START), { close: 13, volume: 5, from: 'history' });
});

t.test('senseless rows are counted as malformed', async (t) => {
  const { track, fold, counters, push } = newTrack();
  track.release(START, START);
  for (const raw of [
    null,
    'x',
    [],
    [START, 1, 2, 3, 4, 5],
    [START + 1, 10, 20, 5, 10, 1],
    [START, 10, 20, 5, Number.NaN, 1],
    [START, 10, 20, 5, 10, -1],
    [START + 1e12, 10, 20, 5, 10, 1],
  ])
    push(raw, true);
  t.equal(counters.malformed, 8);
  t.equal(fold.events.filter((event) => event.type !== 'feed').length, 0);
});
