import t from 'tap';
import { type ClosedEarlier, WaitingCloses } from '../../src/app/waiting-closes.js';
import { HOUR_MS, MINUTE_MS, timeframeIndex } from '../../src/timeframe.js';

const T0 = Date.UTC(2025, 0, 6);
const HOUR = timeframeIndex('1h');

function closed(timeframe: number, time: number): ClosedEarlier {
  const prices = { open: 1, high: 1, low: 1, close: 1, volume: 0 };
  return { timeframe, candle: { time, ...prices, exchangeTime: null, coverage: 1 } };
}

t.test('closes of one moment wait together, whatever their timeframe; those of another do not', (t) => {
  const waiting = new WaitingCloses();
  const minute = closed(0, T0 + HOUR_MS - MINUTE_MS);
  t.ok(waiting.isOfMoment(minute), 'nothing waits');
  waiting.add(4, minute);
  t.ok(waiting.isOfMoment(closed(HOUR, T0)));
  t.notOk(waiting.isOfMoment(closed(0, T0 + HOUR_MS)), 'a later one');
  t.notOk(waiting.isOfMoment(closed(0, T0)), 'an earlier one');
  waiting.take(4);
  t.ok(waiting.isOfMoment(closed(0, T0)), 'nothing waits any more');
  t.end();
});

t.test('each asset’s closes are given once, in the order in which they came', (t) => {
  const waiting = new WaitingCloses();
  const [minute, hour] = [closed(0, T0 + HOUR_MS - MINUTE_MS), closed(HOUR, T0)];
  for (const asset of [7, 2]) for (const one of [minute, hour]) waiting.add(asset, one);
  t.equal(waiting.first, 7, 'who has waited longest');
  t.strictSame([waiting.has(2), waiting.has(3)], [true, false]);
  t.strictSame(waiting.take(7), [minute, hour]);
  t.strictSame(waiting.take(7), []);
  t.strictSame(waiting.take(2), [minute, hour]);
  t.equal(waiting.first, undefined);
  t.end();
});
