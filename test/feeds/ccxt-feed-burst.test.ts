import t from 'tap';
import { FeedRun } from '../support/feed-run.js';
import { until } from '../support/until.js';

const MINUTE = 60_000;
const SYMBOLS = 300;

for (const mode of ['ohlcv', 'trades'] as const) {
  t.test(
    `${mode}: the ends of a minute of 300 symbols in one write are all out within a second`,
    async (t) => {
      const run = await FeedRun.start({
        count: SYMBOLS,
        exchange: { source: { type: 'generator', symbols: SYMBOLS } },
        // History would hide what the stream loses: it is not asked about a burst before this has passed.
        feed: { mode, closeGraceMs: 5_000 },
      });
      t.teardown(() => run.close());
      t.equal(run.symbols.length, SYMBOLS);
      run.release();
      run.play(20);
      const minute = run.from + MINUTE;
      await run.closedTo(minute);
      await until('the next minute is under way', () => run.status.now % MINUTE > 5_000);
      const end = Math.floor(run.status.now / MINUTE) * MINUTE + MINUTE;
      await run.closedTo(end - MINUTE);
      run.exchange.control({ action: 'burst', hold: true });
      t.ok(run.status.now < end, 'the hold begins before the minute ends');
      await until('the minute is over', () => run.status.now >= end + 20_000);
      run.exchange.control({ action: 'pause' });
      const { now } = run.status;
      const due = [...run.symbols.keys()].filter(
        (listing) =>
          mode === 'ohlcv' ||
          run.exchange.source.trades(listing, end / MINUTE).some((trade) => trade.time < now),
      );
      t.ok(due.length > SYMBOLS / 2);
      t.ok(run.folds.every((fold) => fold.closedTo < end));
      const { confirms } = run.feed.status().counters;
      const releasedAt = Date.now();
      run.exchange.control({ action: 'burst', hold: false });
      const open = (): number => due.filter((asset) => (run.folds[asset]?.closedTo ?? 0) < end).length;
      await until('every close is out', () => open() === 0, 10_000, open);
      const tookMs = Date.now() - releasedAt;
      t.comment(`${due.length} closes within ${tookMs} ms`);
      t.ok(tookMs < 1_000, `took ${tookMs} ms`);
      t.equal(run.feed.status().counters.confirms, confirms, 'history was not asked');
      t.equal(run.feed.status().sockets, 1);
      t.same(run.faults(), []);
    },
  );
}
