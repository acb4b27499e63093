import { bucketEnd, ROLLS_UP_FROM, TIMEFRAME_COUNT, TIMEFRAMES, type Timeframe } from '../timeframe.js';
import type { AssetSeries } from './asset-series.js';
import type { HistoryTail } from './history-tail.js';
import type { HistoryHole } from './views.js';

/**
 * Brings every longer series up to `time`, the first open minute: closes candles that ended before it but came after
 * their history was fetched, and composes the forming ones. What of a forming candle is not known shows in its
 * coverage.
 *
 * @param closed called for each candle that was closed here, by index of its timeframe
 * @returns spans of which no candle is known although older ones are
 */
export function composeHistory(
  history: HistoryTail,
  series: AssetSeries,
  time: number,
  closed: (timeframe: number) => void,
): readonly HistoryHole[] {
  series.enterBuckets(time);
  const lateMinutes = history.lateMinutes(time);
  const holes = lateMinutes === null ? [] : [lateMinutes];
  for (let timeframe = 1; timeframe < TIMEFRAME_COUNT; timeframe++) {
    catchUp(history, series, timeframe, holes, closed);
    history.compose(
      ROLLS_UP_FROM[timeframe] as number,
      series.start(timeframe),
      time,
      (piece) => series.rollUp.add(timeframe, piece),
      () => undefined,
    );
  }
  return holes;
}

function catchUp(
  history: HistoryTail,
  series: AssetSeries,
  timeframe: number,
  holes: HistoryHole[],
  closed: (timeframe: number) => void,
): void {
  const newest = history.newest(timeframe);
  if (newest === undefined) return;
  const name = TIMEFRAMES[timeframe] as Timeframe;
  const { rollUp } = series;
  let end: number;
  for (let time = bucketEnd(name, newest.time); time < series.start(timeframe); time = end) {
    end = bucketEnd(name, time);
    let isWhole = true;
    history.compose(
      ROLLS_UP_FROM[timeframe] as number,
      time,
      end,
      (piece) => rollUp.add(timeframe, piece),
      () => {
        isWhole = false;
      },
    );
    if (isWhole) {
      const piece = rollUp.piece(timeframe);
      history.push(timeframe, history.candle(time, piece), piece.source);
      series.commitRollUp(timeframe, { time, end, exchangeTime: null, receivedAt: null });
      closed(timeframe);
    } else {
      rollUp.clear(timeframe);
      holes.push({ timeframeIndex: timeframe, from: time, to: end });
    }
  }
}
