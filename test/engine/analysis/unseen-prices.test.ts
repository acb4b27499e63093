import t from 'tap';
import type { ClosedCandle } from '../../../src/engine/analysis/candle-ring.js';
import type { StoredSignal } from '../../../src/engine/analysis/signals/signal-model.js';
import { MINUTE_MS, timeframeIndex } from '../../../src/timeframe.js';
import { AnalysisRun, type Heard } from '../../support/analysis-run.js';
import { draft, OPENED } from '../../support/signal-drafts.js';

const MINUTE = timeframeIndex('1m');

/** A signal of an earlier process: long at 100, target 110, stop 95. */
const stored: StoredSignal = {
  ...draft(),
  status: 'active',
  ...{ actualEntryPrice: null, maxFavorableExcursion: null, maxAdverseExcursion: null },
};

function minute(number: number, low: number, high: number): ClosedCandle {
  return { time: OPENED + number * MINUTE_MS, open: 100, high, low, close: 100, volume: 1 };
}

function restored(): AnalysisRun {
  const run = new AnalysisRun(['BTC']);
  run.analysis.signals.restore(0, [stored]);
  return run;
}

function close(run: AnalysisRun, candle: ClosedCandle): void {
  const exchangeTime = candle.time + MINUTE_MS;
  run.analysis.closed(0, MINUTE, { ...candle, exchangeTime, coverage: 1 });
}

function endOf({ signals }: AnalysisRun): object | null {
  const [end] = signals as readonly Extract<Heard, { type: 'changed' }>[];
  return end === undefined
    ? null
    : { status: end.change.status, isSuccess: end.change.signalSuccessful, exit: end.change.exitPrice };
}

const STOPPED = { status: 'executed', isSuccess: false, exit: 95 };
const REACHED = { status: 'executed', isSuccess: true, exit: 110 };

t.test('a price that comes before the history decides nothing that the history decides otherwise', (t) => {
  const run = restored();
  run.analysis.ticked(0, 112, OPENED + 3.5 * MINUTE_MS);
  t.equal(endOf(run), null, 'what the price did before is not known yet');
  run.analysis.seed(0, MINUTE, [minute(0, 99, 101), minute(1, 94, 101), minute(2, 99, 101)]);
  run.analysis.goLive(0);
  t.same(endOf(run), STOPPED);
  t.end();
});

t.test('what was missed before the history was in is held against the minute when that has closed', (t) => {
  for (const { low, end } of [
    { low: 99, end: REACHED },
    { low: 94, end: STOPPED },
  ]) {
    const run = restored();
    run.analysis.seed(0, MINUTE, [minute(0, 99, 101)]);
    run.analysis.ticked(0, 112, OPENED + 1.2 * MINUTE_MS);
    run.analysis.goLive(0);
    run.analysis.ticked(0, 100, OPENED + 1.5 * MINUTE_MS);
    t.equal(endOf(run), null);
    close(run, minute(1, low, 112));
    t.same(endOf(run), end);
  }
  t.end();
});

t.test('prices behind a hole wait until the hole is filled, then are followed one by one again', (t) => {
  const run = restored();
  run.analysis.seed(0, MINUTE, [minute(0, 99, 101)]);
  run.analysis.goLive(0);
  run.analysis.ticked(0, 101, OPENED + 1.2 * MINUTE_MS);
  t.equal(run.analysis.signals.liveOf(0)[0]?.actualEntryPrice, 100, 'the open of the first minute');
  run.analysis.gap(0, true);
  run.analysis.ticked(0, 112, OPENED + 2.2 * MINUTE_MS);
  t.equal(endOf(run), null);
  close(run, minute(1, 98, 102));
  run.analysis.gap(0, false);
  run.analysis.ticked(0, 112, OPENED + 2.3 * MINUTE_MS);
  t.equal(endOf(run), null, 'the minute of prices that were not followed is open');
  t.equal(run.analysis.signals.liveOf(0)[0]?.maxAdverseExcursion, 98, 'the minute with the hole counts');
  close(run, minute(2, 97, 108));
  t.equal(run.analysis.signals.liveOf(0)[0]?.maxAdverseExcursion, 97);
  run.analysis.ticked(0, 111, OPENED + 3.1 * MINUTE_MS);
  t.same(endOf(run), REACHED);
  t.end();
});

t.test('a stop that was touched within a hole is a loss, whatever came behind it', (t) => {
  const run = restored();
  run.analysis.seed(0, MINUTE, [minute(0, 99, 101)]);
  run.analysis.goLive(0);
  run.analysis.gap(0, true);
  run.analysis.ticked(0, 112, OPENED + 2.2 * MINUTE_MS);
  const candle = minute(1, 94, 101);
  run.analysis.ranged(0, candle, candle.time + MINUTE_MS, true);
  close(run, candle);
  run.analysis.gap(0, false);
  t.same(endOf(run), STOPPED);
  t.end();
});

t.test('a hole in which nothing came holds nothing up', (t) => {
  const run = restored();
  run.analysis.goLive(0);
  run.analysis.gap(0, true);
  run.analysis.gap(0, false);
  run.analysis.ticked(0, 112, OPENED + 60_000);
  t.match(endOf(run), { status: 'invalidated' }, 'its first price is beyond the target');
  t.end();
});
