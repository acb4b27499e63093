import { MINUTE_MS } from '../../timeframe.js';
import { decimalsOf, parseDecimal } from './decimals.js';
import { type RecordedMarket, type RecordedMinute, readCsv, splitSymbol } from './recorded.js';
import { barOfTrades, type DemoTrade, flatBar } from './source.js';

/**
 * Reads recorded trades (`trade_id,trade_time_ms,event_time_ms,price,qty,is_buyer_maker,…`), one file after the
 * other, and plays them with their own ids and times. A minute between two trades that has none is flat.
 *
 * @param shiftMs added to every time; a whole number of minutes
 * @throws RangeError if ids are not consecutive, times go back, or a number is no plain decimal
 */
export function readTrades(symbol: string, paths: readonly string[], shiftMs: number): RecordedMarket {
  const names = splitSymbol(symbol);
  const rows = paths.flatMap(readCsv);
  const priceDecimals = rows.reduce((most, row) => Math.max(most, decimalsOf(row[3] ?? '')), 0);
  const amountDecimals = rows.reduce((most, row) => Math.max(most, decimalsOf(row[4] ?? '')), 0);
  const byMinute = new Map<number, DemoTrade[]>();
  let last: DemoTrade | undefined;
  for (const [id, time, eventTime, price, amount, maker] of rows) {
    const trade: DemoTrade = {
      id: parseDecimal(id ?? '', 0),
      time: parseDecimal(time ?? '', 0) + shiftMs,
      eventTime: parseDecimal(eventTime ?? '', 0) + shiftMs,
      ticks: parseDecimal(price ?? '', priceDecimals),
      lots: parseDecimal(amount ?? '', amountDecimals),
      isBuyerMaker: maker === '1',
    };
    if (last !== undefined && (trade.id !== last.id + 1 || trade.time < last.time))
      throw new RangeError(`${paths.join(', ')}: trade ${trade.id} does not follow ${last.id}`);
    last = trade;
    const minute = Math.floor(trade.time / MINUTE_MS);
    const known = byMinute.get(minute);
    if (known === undefined) byMinute.set(minute, [trade]);
    else known.push(trade);
  }

  const minutes: RecordedMinute[] = [];
  for (const [minute, trades] of byMinute) {
    const bar = barOfTrades(trades);
    const [first] = trades;
    if (bar === null || first === undefined) continue;
    const lastIdBefore = first.id - 1;
    for (let row = minutes.at(-1); row !== undefined && row.minute + 1 < minute; row = minutes.at(-1)) {
      minutes.push({ minute: row.minute + 1, bar: flatBar(row.bar.close), lastIdBefore });
    }
    minutes.push({ minute, bar, lastIdBefore });
  }
  const tradesOf = ({ minute }: RecordedMinute): readonly DemoTrade[] => byMinute.get(minute) ?? [];
  return { listing: { ...names, priceDecimals, amountDecimals }, minutes, tradesOf };
}
