import t from 'tap';
import { feedContract } from '../contracts/feed.js';
import { FeedRun } from '../support/feed-run.js';
import { until } from '../support/until.js';

const MINUTE = 60_000;

for (const mode of ['trades', 'ohlcv'] as const) {
  t.test(`the contract holds for ${mode}`, (t) =>
    feedContract(t, () => FeedRun.start({ count: 6, feed: { mode } })),
  );
}

t.test('most minutes are closed by the ids of their trades, without a question', async (t) => {
  const run = await FeedRun.start({ feed: { mode: 'auto' } });
  t.teardown(() => run.close());
  run.release();
  run.play(600);
  await run.closedTo(run.from + 20 * MINUTE);
  const candles = run.folds.flatMap((fold) => [...fold.candles.values()]);
  t.ok(candles.filter((candle) => candle.from === 'trades').length > candles.length * 0.8);
  t.match(run.feed.status(), { mode: 'trades', counters: { missingTrades: 0, late: 0 } });
});

t.test('symbols can be added while others stream', async (t) => {
  const run = await FeedRun.start({ count: 4 });
  t.teardown(() => run.close());
  run.feed.unwatch(3);
  run.release();
  run.play(600);
  await until('the first three go on', () => run.folds.slice(0, 3).every((fold) => fold.closedTo > run.from));
  const [, , , last] = run.folds;
  run.feed.watch([{ symbol: run.symbols[3] ?? '', asset: 3 }], (event) => last?.take(event));
  run.feed.release(3, run.from);
  await run.closedTo(run.from + 12 * MINUTE);
  t.same(run.faults(), []);
  t.equal(run.feed.status().sockets, 1);
});

t.test('what the sink throws is not swallowed', async (t) => {
  const thrown: unknown[] = [];
  const run = await FeedRun.start({ count: 1, feed: { onFatal: (error) => thrown.push(error) } });
  t.teardown(() => run.close());
  const mistake = new Error('a mistake of the sink');
  run.feed.unwatch(0);
  run.feed.watch([{ symbol: run.symbols[0] ?? '', asset: 0 }], (event) => {
    if (event.type === 'trade') throw mistake;
  });
  run.feed.release(0, run.from);
  run.play(600);
  await until('the mistake is told', () => thrown.length > 0);
  t.equal(thrown[0], mistake);
});
