import type { Test } from 'tap';
import type { FeedRun } from '../support/feed-run.js';
import { until } from '../support/until.js';

const MINUTE_MS = 60_000;

/**
 * What every feed promises, whatever it streams. `start` gives a feed on a paused market whose streams are open and
 * whose events are not released yet.
 */
export async function feedContract(t: Test, start: () => Promise<FeedRun>): Promise<void> {
  const started = async (t: Test): Promise<FeedRun> => {
    const run = await start();
    t.teardown(() => run.close());
    return run;
  };

  await t.test('closes every minute once and as the exchange has it', async (t) => {
    const run = await started(t);
    run.release();
    run.play(600);
    await run.closedTo(run.from + 20 * MINUTE_MS);
    t.same(run.faults(), []);
    t.ok(run.folds.every((fold) => fold.candles.size >= 15));
    t.match(run.feed.status(), { connected: true, sockets: 1 });
  });

  await t.test('keeps what comes before release, and drops what history stands for', async (t) => {
    const run = await started(t);
    run.play(600);
    await until('ten minutes have passed', () => run.feed.now() > run.from + 10 * MINUTE_MS);
    t.ok(run.folds.every((fold) => fold.events.length === 0));
    run.from += 5 * MINUTE_MS;
    for (const fold of run.folds) fold.closedTo = run.from;
    run.release();
    await run.closedTo(run.from + 10 * MINUTE_MS);
    t.same(run.faults(), []);
  });

  await t.test('says nothing of an asset after unwatch, and nothing at all after close', async (t) => {
    const run = await started(t);
    const [first, second] = run.folds;
    run.release();
    run.play(600);
    await run.closedTo(run.from + 3 * MINUTE_MS);
    run.feed.unwatch(0);
    const count = first?.events.length;
    const target = (second?.closedTo ?? 0) + 5 * MINUTE_MS;
    await until('the others go on', () => (second?.closedTo ?? 0) >= target);
    t.equal(first?.events.length, count);
    await run.feed.close();
    const after = second?.events.length;
    await until('the exchange has no clients', () => run.status.connections === 0);
    t.equal(second?.events.length, after);
    await t.rejects(run.feed.history(run.symbols[0] ?? '', '1m', 0, 1));
  });

  await t.test('refuses what makes no sense', async (t) => {
    const run = await started(t);
    t.throws(() => run.feed.release(99, run.from), RangeError);
    t.throws(() => run.feed.release(0, run.from + 1), RangeError);
    t.throws(() => run.feed.watch([{ symbol: run.symbols[0] ?? '', asset: 0 }], () => undefined), RangeError);
  });
}
