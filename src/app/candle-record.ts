import type { Engine } from '../engine/engine.js';
import type { CandleView } from '../engine/views.js';
import type { CandleRecord } from '../store/records.js';
import type { Timeframe } from '../timeframe.js';

/** Names a series on both sides: the database's and the engine's. */
export interface SeriesKey {
  readonly assetId: number;
  readonly timeframe: Timeframe;
  /** The engine's number: asset × timeframes + timeframe. */
  readonly series: number;
}

/** Copies the candle that closed last, and its indicators, out of the engine. @throws RangeError if there is none */
export function closedRecord(engine: Engine, key: SeriesKey, withIndicators: boolean): CandleRecord {
  const view = engine.lastClosed(key.series);
  if (view === null) throw new RangeError(`series ${key.series} has no closed candle`);
  const indicators = withIndicators
    ? values(engine, (column) => engine.closedValue(key.series, column))
    : null;
  return record(key, view, true, indicators);
}

/** Copies the forming candle and its indicators out of the engine; null while the series has none. */
export function formingRecord(engine: Engine, key: SeriesKey): CandleRecord | null {
  const view = engine.forming(key.series);
  if (view === null) return null;
  return record(
    key,
    view,
    false,
    values(engine, (column) => engine.formingValue(key.series, column)),
  );
}

function record(
  { assetId, timeframe }: SeriesKey,
  view: CandleView,
  isClosed: boolean,
  indicators: Readonly<Record<string, number>> | null,
): CandleRecord {
  const { time, open, high, low, close, volume, tradeCount, vwap, isValidated, source, coverage } = view;
  return {
    assetId,
    timeframe,
    time,
    open,
    high,
    low,
    close,
    volume,
    tradeCount,
    vwap,
    isClosed,
    isValidated: isClosed && isValidated,
    source,
    coverage,
    indicators,
  };
}

function values(engine: Engine, read: (column: number) => number): Readonly<Record<string, number>> {
  const result: Record<string, number> = {};
  engine.indicatorColumns.forEach((name, column) => {
    const value = read(column);
    if (!Number.isNaN(value)) result[name] = value;
  });
  return result;
}
