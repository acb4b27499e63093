import t from 'tap';
import type { ClosedCandle } from '../../../src/engine/analysis/candle-ring.js';
import { HISTORY_DEPTH } from '../../../src/engine/analysis/series-book.js';
import {
  bucketEnd,
  bucketStart,
  HOUR_MS,
  MINUTE_MS,
  type Timeframe,
  timeframeIndex,
} from '../../../src/timeframe.js';
import { AnalysisRun } from '../../support/analysis-run.js';
import { draft, OPENED } from '../../support/signal-drafts.js';

/** How long the server was away, in minutes: to a moment that lies on no boundary but that of a minute. */
const AWAY = 26 * 60 + 37;

/** Minutes at 100 since the signal was given, of which one goes down to 90. */
function minutes(dip: number): readonly ClosedCandle[] {
  return Array.from({ length: AWAY }, (_, n) => {
    const low = n === dip ? 90 : 100;
    return { time: OPENED + n * MINUTE_MS, open: 100, high: 101, low, close: 100, volume: 1 };
  });
}

/** Longer candles of minutes: only whole ones, as history has them. */
function rolled(candles: readonly ClosedCandle[], timeframe: Timeframe): readonly ClosedCandle[] {
  const end = OPENED + AWAY * MINUTE_MS;
  const lows = new Map<number, number>();
  for (const { time, low } of candles) {
    const bucket = bucketStart(timeframe, time);
    lows.set(bucket, Math.min(lows.get(bucket) ?? low, low));
  }
  return [...lows]
    .filter(([time]) => time >= OPENED && bucketEnd(timeframe, time) <= end)
    .map(([time, low]) => ({ time, open: 100, high: 101, low, close: 100, volume: 1 }));
}

/** Status and success of a long signal with a stop at 95 that was live when the server ended. */
function caughtUp(dip: number): readonly unknown[] {
  const run = new AnalysisRun(['BTC']);
  const seen = { actualEntryPrice: 100, maxFavorableExcursion: 101, maxAdverseExcursion: 100 };
  run.analysis.signals.restore(0, [{ ...draft(), ...seen, status: 'active' }]);
  const candles = minutes(dip);
  for (const timeframe of ['1m', '5m', '15m', '1h', '1d'] as const) {
    run.analysis.seed(0, timeframeIndex(timeframe), rolled(candles, timeframe));
  }
  run.analysis.goLive(0);
  return run.signals.map((one) => one.type === 'changed' && [one.change.status, one.change.signalSuccessful]);
}

t.test('a stop that was touched while nobody looked is found in whichever minute it was', (t) => {
  t.equal(OPENED % HOUR_MS, 0);
  const reach = (HISTORY_DEPTH[0] ?? 0) * 1;
  const longerReach = (HISTORY_DEPTH[1] ?? 0) * 5;
  t.ok(AWAY > longerReach, 'the oldest of it is told by the longer candles alone');
  const dips = new Set<number>();
  for (let n = 0; n < AWAY; n += 53) dips.add(n);
  for (const edge of [AWAY - reach, AWAY - longerReach]) for (let n = -16; n <= 16; n++) dips.add(edge + n);
  const missed = [...dips].filter((dip) => JSON.stringify(caughtUp(dip)) !== '[["executed",false]]');
  t.same(missed, []);
  t.same(caughtUp(-1), [], 'where it was not touched the signal lives on');
  t.end();
});
