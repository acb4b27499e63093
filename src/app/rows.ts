import type { Engine } from '../engine/engine.js';
import type { CandleView } from '../engine/views.js';
import type { TradeEvent } from '../events.js';
import type { State } from '../market.js';

/*
 * Values of each channel in the order of its fields (`protocol.ts`). The publisher, snapshots and queries build them
 * here and nowhere else, so that they cannot disagree.
 */

type Row = readonly unknown[];

/** Values of one `candles` entry, in the order of `CANDLE_FIELDS`. */
export function candleRow(view: CandleView, state: State, simulated: boolean): Row {
  return [
    view.time,
    view.open,
    view.high,
    view.low,
    view.close,
    view.volume,
    view.tradeCount,
    view.vwap,
    state !== 'forming',
    state,
    view.source,
    view.coverage,
    view.depth,
    simulated,
    view.exchangeTime,
    view.receivedAt,
  ];
}

/** Values of an `indicators` entry: `INDICATOR_HEAD_FIELDS`, then the columns; null while one is not defined yet. */
export function indicatorRow(
  engine: Engine,
  series: number,
  view: CandleView,
  state: State,
  simulated: boolean,
): Row {
  const row: unknown[] = [
    view.time,
    state !== 'forming',
    state,
    view.source,
    view.coverage,
    view.depth,
    simulated,
    view.exchangeTime,
    view.receivedAt,
  ];
  const columns = engine.indicatorColumns.length;
  for (let column = 0; column < columns; column++) {
    const value =
      state === 'forming' ? engine.formingValue(series, column) : engine.closedValue(series, column);
    row.push(Number.isNaN(value) ? null : value);
  }
  return row;
}

/** Values of a `ticker` entry, in the order of `TICKER_FIELDS`; null before the first price. Bid and ask are not fed. */
export function tickerRow(engine: Engine, asset: number, simulated: boolean): Row | null {
  const view = engine.ticker(asset);
  if (view === null) return null;
  return [
    view.exchangeTime,
    view.last,
    null,
    null,
    view.open24h,
    view.high24h,
    view.low24h,
    view.volume24h,
    view.change24hPercent,
    simulated,
    view.exchangeTime,
    view.receivedAt,
  ];
}

/** Values of one entry of `trades`, in the order of `TRADE_FIELDS`. */
export function tradeRow(trade: TradeEvent, simulated: boolean): Row {
  return [
    trade.id,
    trade.time,
    trade.price,
    trade.amount,
    trade.side,
    simulated,
    trade.time,
    trade.receivedAt,
  ];
}
