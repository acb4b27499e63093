import t from 'tap';
import { startedRun } from '../support/feed-run.js';
import { until } from '../support/until.js';

t.test('trades that come twice, late or never do no harm', async (t) => {
  const run = await startedRun(t);
  run.exchange.control({ action: 'duplicate', share: 0.1 });
  run.exchange.control({ action: 'reorder', share: 0.1, window: 4 });
  await run.goOn(6);
  run.exchange.control({ action: 'skip', share: 0.02 });
  await run.goOn(8);
  run.exchange.control({ action: 'clear' });
  await run.goOn(4);
  t.same(run.faults(), []);
  const { counters } = run.feed.status();
  const { counts } = run.status;
  t.ok(counters.duplicates > 0 && counters.reordered > 0);
  t.equal(counters.missingTrades, counts.skipped, 'each lost trade is counted');
  t.equal(counters.gapsRepaired, counters.gapsOpened);
});

t.test('garbled frames are counted, and history makes up for them', async (t) => {
  const run = await startedRun(t);
  run.exchange.control({ action: 'malformed', frames: 40 });
  await run.goOn(6);
  t.same(run.faults(), []);
  t.equal(run.feed.status().counters.malformed, 40);
  t.equal(run.feed.status().counters.reconnects, 0);
});

t.test('minutes stay open while history refuses, and close when it answers', async (t) => {
  const run = await startedRun(t);
  run.exchange.control({ action: 'http', status: 503, seconds: 3 });
  run.exchange.control({ action: 'skip', share: 0.05 });
  await run.goOn(2);
  run.exchange.control({ action: 'clear' });
  await run.goOn(4);
  t.same(run.faults(), []);
  t.ok(Object.keys(run.feed.status().restErrors).length > 0);
});

t.test('waits as long as the exchange asks for', async (t) => {
  const run = await startedRun(t);
  run.exchange.control({ action: 'http', status: 429, count: 1, retryAfter: 2 });
  run.exchange.control({ action: 'skip', share: 0.05 });
  await until('a request was refused', () => (run.feed.status().restErrors.DDoSProtection ?? 0) > 0);
  await run.goOn(2);
  run.exchange.control({ action: 'clear' });
  await run.goOn(2);
  t.same(run.faults(), []);
  t.ok(run.feed.status().counters.rateLimitWaitMs > 1_000);
  t.equal(run.status.counts.refused, 1, 'no request was sent while it asked for patience');
});
