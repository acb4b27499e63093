import t from 'tap';
import type { FeedEvent } from '../../src/events.js';
import { newCounters } from '../../src/feeds/counters.js';
import { ExchangeClock } from '../../src/feeds/exchange-clock.js';
import { TradeIdentity } from '../../src/feeds/trade-identity.js';
import { TradeTrack } from '../../src/feeds/trade-track.js';

const START = Date.UTC(2026, 2, 2, 10);

t.test('trades of an exchange that gives no ids flow, and what a reconnect repeats is found', async (t) => {
  const events: FeedEvent[] = [];
  const counters = newCounters();
  const exchangeClock = new ExchangeClock(() => START);
  const track = new TradeTrack({
    symbol: 'A/B',
    asset: 0,
    sink: (event) => events.push(event),
    counters,
    exchangeClock,
    closeGraceMs: 1_500,
    random: () => 0,
  });
  track.release(START, START);
  const send = (ms: number, price: number, amount = 1): void =>
    track.entry(
      { id: undefined, timestamp: START + ms, price, amount, side: 'buy' },
      { receivedAt: START + ms, exchangeTime: null, closedTimes: [] },
    );
  const trades = () =>
    events.flatMap((event) => (event.type === 'trade' ? [[event.time - START, event.price]] : []));
  send(10, 5);
  send(10, 5);
  send(20, 6);
  t.same(trades(), [
    [10, 5],
    [10, 5],
    [20, 6],
  ]);
  track.broke('reconnect', START + 30);
  track.restored(START + 40);
  send(10, 5);
  send(10, 5);
  send(20, 6);
  t.equal(trades().length, 3, 'the snapshot of the new connection');
  t.equal(counters.duplicates, 3);
  send(50, 7);
  t.same(trades().at(-1), [50, 7]);
  t.equal(counters.malformed, 0);
  send(60_010, 8);
  t.notOk(
    events.some((event) => event.type === 'watermark'),
    'such trades prove nothing: the minute waits for history',
  );
  t.match(track.ask(START + 60_000, START + 62_000), { from: START, to: START + 60_000 });
});

t.test('names that are long past are forgotten', async (t) => {
  const identity = new TradeIdentity();
  const first = identity.name(0, 1, 1, null);
  for (let time = 1; time <= 5_000; time++) identity.name(time, 1, 1, null);
  t.equal(identity.name(0, 1, 1, null), first);
  t.not(identity.name(5_000, 1, 1, null), identity.name(5_000, 1, 1, null));
});
