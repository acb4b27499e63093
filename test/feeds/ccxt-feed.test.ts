import t from 'tap';
import { FeedRun, until } from '../support/feed-run.js';

const MINUTE = 60_000;

t.test('closes every minute once and as the exchange has it, across midnight and a month', async (t) => {
  const run = await FeedRun.start({ count: 6 });
  t.teardown(() => run.close());
  run.release();
  run.play(600);
  await run.closedTo(run.from + 20 * MINUTE);
  t.same(run.faults(), []);
  const fromTrades = run.folds
    .flatMap((fold) => [...fold.candles.values()])
    .filter((one) => one.from === 'trades');
  t.ok(fromTrades.length > 60, 'most minutes are closed by the ids of their trades');
  const status = run.feed.status();
  t.match(status, { connected: true, mode: 'trades', sockets: 1, exchange: 'demo' });
  t.equal(status.counters.missingTrades, 0);
});

t.test('streams candles where that is asked for', async (t) => {
  const run = await FeedRun.start({ count: 6, feed: { mode: 'ohlcv' } });
  t.teardown(() => run.close());
  run.release();
  run.play(600);
  await run.closedTo(run.from + 20 * MINUTE);
  t.same(run.faults(), []);
  const kinds = run.folds.flatMap((fold) => [...fold.candles.values()]).map((candle) => candle.from);
  t.ok(
    kinds.filter((kind) => kind === 'stream').length > 100,
    'most minutes are closed by the exchange itself',
  );
  t.equal(run.feed.status().mode, 'ohlcv');
});

t.test('what came before release is kept, and dropped where history stands for it', async (t) => {
  const run = await FeedRun.start();
  t.teardown(() => run.close());
  run.play(600);
  await until('ten minutes have passed', () => run.feed.now() > run.from + 10 * MINUTE);
  t.ok(run.folds.every((fold) => fold.events.length === 0));
  run.from += 5 * MINUTE;
  for (const fold of run.folds) fold.closedTo = run.from;
  run.release();
  await run.closedTo(run.from + 15 * MINUTE);
  t.same(run.faults(), []);
});

t.test('nothing comes after unwatch, and close ends everything', async (t) => {
  const run = await FeedRun.start();
  t.teardown(() => run.close());
  run.release();
  run.play(600);
  await run.closedTo(run.from + 3 * MINUTE);
  run.feed.unwatch(0);
  const count = run.folds[0]?.events.length;
  const [, second] = run.folds;
  const target = (second?.closedTo ?? 0) + 5 * MINUTE;
  await until('the others go on', () => (second?.closedTo ?? 0) >= target);
  t.equal(run.folds[0]?.events.length, count);
  await run.feed.close();
  const after = second?.events.length;
  await until('the exchange has no clients', () => run.status.connections === 0);
  t.equal(second?.events.length, after);
  await t.rejects(run.feed.history(run.symbols[0] ?? '', '1m', 0, 1));
});
