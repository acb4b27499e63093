import t from 'tap';
import type { FeedEvent } from '../../src/events.js';
import { newCounters } from '../../src/feeds/counters.js';
import { Sealer } from '../../src/feeds/sealer.js';
import type { Candle } from '../../src/market.js';

const MINUTE = 60_000;

function row(time: number, volume = 1): Candle {
  return { time, open: 2, high: 4, low: 1, close: 3, volume, tradeCount: null, vwap: null };
}

function newSealer() {
  const events: FeedEvent[] = [];
  const counters = newCounters();
  const sealer = new Sealer(7, (event) => events.push(event), counters, 1_000);
  sealer.begin(0);
  return { sealer, events, counters };
}

t.test('believes the newest row only when its end has certainly passed', async (t) => {
  const { sealer, events } = newSealer();
  t.equal(sealer.answer({ to: MINUTE, rows: [row(0)], reached: MINUTE + 999, receivedAt: 0 }), 'later');
  t.same(events, []);
  t.equal(sealer.answer({ to: MINUTE, rows: [row(0)], reached: MINUTE + 1_000, receivedAt: 0 }), 'done');
  t.match(events, [
    { type: 'candle', asset: 7, time: 0, closed: true, source: 'history' },
    { type: 'watermark', asset: 7, time: MINUTE },
  ]);
});

t.test('history that knows less than the stream has shown is asked again, thrice at most', async (t) => {
  const { sealer, events, counters } = newSealer();
  sealer.note(0, 5, 5, 9);
  const answer = { to: MINUTE, rows: [row(0), row(MINUTE)], reached: 2 * MINUTE, receivedAt: 0 };
  for (let count = 0; count < 3; count++) t.equal(sealer.answer(answer), 'contradicted');
  t.equal(events.length, 0);
  t.equal(sealer.answer(answer), 'done');
  t.equal(counters.contradicted, 3);
  t.match(events[0], { type: 'candle', high: 4, volume: 1 }, 'then its word is taken');
});

t.test('silence of history counts only when it is repeated', async (t) => {
  const { sealer, events } = newSealer();
  const silence = { to: MINUTE, rows: [], reached: 5 * MINUTE, receivedAt: 0 };
  t.equal(sealer.answer(silence), 'later');
  t.equal(sealer.answer(silence), 'done');
  t.match(events, [{ type: 'watermark', time: MINUTE }]);
  t.equal(events.length, 1, 'no number is made up');
});

t.test(
  'silence about a minute that was not listened to is believed late: its candle may be on its way',
  async (t) => {
    const { sealer, events } = newSealer();
    const silence = { to: MINUTE, rows: [], reached: MINUTE + 9_999, receivedAt: 0 };
    for (let count = 0; count < 4; count++) t.equal(sealer.answer(silence), 'later');
    t.same(events, []);
    t.equal(sealer.answer({ ...silence, reached: MINUTE + 10_000 }), 'done');
    sealer.upSince = MINUTE;
    const heard = { to: 2 * MINUTE, rows: [], reached: 2 * MINUTE + 1_000, receivedAt: 0 };
    t.equal(sealer.answer(heard), 'later');
    t.equal(sealer.answer(heard), 'done');
  },
);

t.test('a long silence needs to be repeated once only, not once for each minute', async (t) => {
  const { sealer, events } = newSealer();
  const silence = { to: 400 * MINUTE, rows: [], reached: 500 * MINUTE, receivedAt: 0 };
  t.equal(sealer.answer(silence), 'later');
  t.equal(sealer.answer(silence), 'done');
  t.equal(sealer.sealed, 400 * MINUTE);
  t.ok(events.every((event) => event.type === 'watermark'));
  t.equal(sealer.answer({ ...silence, to: 401 * MINUTE }), 'later', 'what came after it is asked about anew');
});

t.test('a minute that traded and that history does not have is given up, and it is said', async (t) => {
  const { sealer, events, counters } = newSealer();
  sealer.note(0, 3, 3, 1);
  const answer = { to: MINUTE, rows: [row(MINUTE)], reached: 5 * MINUTE, receivedAt: 0 };
  for (let count = 0; count < 3; count++) t.equal(sealer.answer(answer), 'contradicted');
  t.equal(sealer.answer(answer), 'done');
  t.match(events, [
    { type: 'gap', state: 'opened', from: 0, to: MINUTE },
    { type: 'watermark', time: MINUTE },
    { type: 'gap', state: 'unrepaired' },
  ]);
  t.equal(counters.gapsUnrepaired, 1);
  t.equal(counters.gapsRepaired, 0);
});

t.test('a gap is open until everything in it is closed', async (t) => {
  const { sealer, events } = newSealer();
  sealer.openGap(0, 2 * MINUTE, 'stall');
  sealer.openGap(MINUTE, 3 * MINUTE, 'reconnect');
  t.equal(sealer.gapCause, 'stall');
  sealer.sealTo(MINUTE, 0);
  t.equal(sealer.gapCause, 'stall');
  sealer.sealTo(2 * MINUTE, 0);
  t.equal(sealer.gapCause, null);
  t.match(
    events.filter((event) => event.type === 'gap'),
    [
      { state: 'opened', from: 0, to: 2 * MINUTE, cause: 'stall' },
      { state: 'repaired', from: 0, to: 2 * MINUTE, cause: 'stall' },
    ],
  );
});

t.test('a stream that shows nothing of what history has is deaf, but only while it is up', async (t) => {
  const { sealer } = newSealer();
  const rows = [row(0), row(MINUTE), row(2 * MINUTE), row(3 * MINUTE)];
  sealer.answer({ to: MINUTE, rows, reached: 0, receivedAt: 0 });
  t.equal(sealer.deafMinutes, 0);
  sealer.upSince = MINUTE;
  sealer.answer({ to: 3 * MINUTE, rows, reached: 0, receivedAt: 0 });
  t.equal(sealer.deafMinutes, 2);
  sealer.sealTo(4 * MINUTE, 0);
  t.equal(sealer.deafMinutes, 0);
});
