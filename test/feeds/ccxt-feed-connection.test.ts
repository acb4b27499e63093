import t from 'tap';
import { startedRun } from '../support/feed-run.js';
import { until } from '../support/until.js';

t.test('dropped connections lose nothing', async (t) => {
  const run = await startedRun(t);
  for (let count = 1; count <= 3; count++) {
    run.exchange.control({ action: 'drop' });
    await until(
      'it is connected again',
      () => run.feed.status().counters.reconnects >= count && run.feed.status().connected,
    );
    await run.goOn(2);
  }
  await run.goOn(4);
  t.same(run.faults(), []);
  const { counters } = run.feed.status();
  t.equal(counters.reconnects, 3);
  t.ok(counters.gapsOpened > 0);
  t.equal(counters.gapsRepaired, counters.gapsOpened);
  const states = run.folds[0]?.events.flatMap((event) => (event.type === 'feed' ? [event.up] : []));
  t.same(states?.slice(0, 3), [true, false, true]);
});

t.test('a silent connection is noticed and made anew', async (t) => {
  const run = await startedRun(t, { stallSeconds: 2 });
  run.exchange.control({ action: 'stall', seconds: 3 });
  await until('the stall is noticed', () => run.feed.status().counters.stalls > 0);
  await until('it is connected again', () => run.feed.status().connected);
  await run.goOn(4);
  t.same(run.faults(), []);
  t.ok(
    run.folds.some((fold) => fold.events.some((event) => event.type === 'gap' && event.cause === 'stall')),
  );
});

t.test('streamed candles survive drops, garbled frames and silence', async (t) => {
  const run = await startedRun(t, { mode: 'ohlcv', stallSeconds: 2 });
  run.exchange.control({ action: 'drop' });
  await run.goOn(3);
  run.exchange.control({ action: 'malformed', frames: 100 });
  await run.goOn(3);
  run.exchange.control({ action: 'stall', seconds: 3 });
  await until('the stall is noticed', () => run.feed.status().counters.stalls > 0);
  await run.goOn(4);
  t.same(run.faults(), []);
});

t.test('our clock alone closes nothing: the exchange itself must have got there', async (t) => {
  let aheadMs = 0;
  const run = await startedRun(t, { clock: () => Date.now() + aheadMs });
  run.exchange.control({ action: 'pause' });
  const open = Math.floor(run.status.now / 60_000) * 60_000;
  await run.closedTo(open);
  const { confirms } = run.feed.status().counters;
  aheadMs = 120_000;
  await until('the minutes seem over', () => run.feed.now() > open + 60_000);
  aheadMs += 5_000;
  await until('history is asked', () => run.feed.status().counters.confirms >= confirms + run.folds.length);
  await until('the clock is set right', () => run.feed.now() < open + 60_000);
  t.ok(run.folds.every((fold) => fold.closedTo === open));
  run.play(240);
  await run.goOn(4);
  t.same(run.faults(), []);
});
