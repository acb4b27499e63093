import t from 'tap';
import { ClosedQueue } from '../../src/store/closed-queue.js';
import { candle, MINUTE, START } from '../support/candles.js';

t.test('gives rows in the order they came, and forgets only what was taken', (t) => {
  const queue = new ClosedQueue();
  t.equal(queue.oldestAt, undefined);
  const times: number[] = [];
  let next = 0;
  for (let round = 0; round < 200; round++) {
    for (let i = 0; i < round % 7; i++) queue.push(candle({ time: START + next * MINUTE }), next++);
    const batch = queue.head(3);
    t.same(queue.head(3), batch, 'looking takes nothing');
    queue.shift(batch.length);
    times.push(...batch.map(({ time }) => (time - START) / MINUTE));
    t.equal(queue.length, next - times.length);
    t.equal(queue.start, times.length);
    t.equal(queue.end, next);
    t.equal(queue.oldestAt, queue.length === 0 ? undefined : times.length);
  }
  t.same(
    times,
    Array.from({ length: times.length }, (_, i) => i),
  );
  t.end();
});

t.test('a batch stops before a key comes again', (t) => {
  const queue = new ClosedQueue();
  queue.push(candle({ close: 100.1 }), 1);
  queue.push(candle({ timeframe: '5m' }), 2);
  queue.push(candle({ assetId: 2 }), 3);
  queue.push(candle({ close: 100.2 }), 4);
  t.equal(queue.head(10).length, 3);
  queue.shift(3);
  t.match(queue.head(10), [{ close: 100.2 }]);
  t.end();
});
