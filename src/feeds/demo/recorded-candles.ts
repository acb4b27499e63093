import { MINUTE_MS } from '../../timeframe.js';
import { decimalsOf, parseDecimal } from './decimals.js';
import { Random, seedOf, textKey } from './random.js';
import { type RecordedMarket, type RecordedMinute, readCsv, splitSymbol } from './recorded.js';
import type { Bar, DemoTrade } from './source.js';
import { shareOut } from './split.js';

/**
 * Reads 1m candles (`timestamp_ms,open,high,low,close,volume`) and plays each as at most four trades: open, the
 * extremes in believable order, close, at distinct ms; prices and the sum of their amounts are the record's to the
 * last digit. A price that repeats its neighbour's gets no trade of its own; no volume, no trade. Ids count from 1.
 *
 * @param shiftMs added to every time; a whole number of minutes
 * @throws RangeError if the rows are not ascending whole minutes of plain decimal numbers
 */
export function readCandles(symbol: string, paths: readonly string[], shiftMs: number): RecordedMarket {
  const names = splitSymbol(symbol);
  const rows = paths.flatMap(readCsv);
  const prices = rows.flatMap((row) => row.slice(1, 5));
  const priceDecimals = prices.reduce((most, text) => Math.max(most, decimalsOf(text)), 0);
  let amountDecimals = rows.reduce((most, row) => Math.max(most, decimalsOf(row[5] ?? '')), 0);

  const bars = rows.map((row): Bar => {
    const [open = 0, high = 0, low = 0, close = 0] = row
      .slice(1, 5)
      .map((text) => parseDecimal(text, priceDecimals));
    const lots = parseDecimal(row[5] ?? '', amountDecimals);
    return { open, high, low, close, lots, trades: 0 };
  });
  // Each trade needs a lot of its own: a candle with fewer than it has prices makes the lots ten times finer.
  let factor = 1;
  while (bars.some((bar) => bar.lots > 0 && bar.lots * factor < pricesOf(bar).length)) {
    factor *= 10;
    amountDecimals += 1;
  }

  const minutes: RecordedMinute[] = [];
  let lastIdBefore = 0;
  for (const [i, bar] of bars.entries()) {
    const minute = (Number(rows[i]?.[0]) + shiftMs) / MINUTE_MS;
    const before = minutes.at(-1)?.minute ?? Number.NEGATIVE_INFINITY;
    if (!Number.isInteger(minute) || minute <= before)
      throw new RangeError(
        `${paths.join(', ')}: row ${i + 1} is not a later whole minute than the one before`,
      );
    const trades = bar.lots === 0 ? 0 : pricesOf(bar).length;
    minutes.push({ minute, bar: { ...bar, lots: bar.lots * factor, trades }, lastIdBefore });
    lastIdBefore += trades;
  }
  const key = textKey(names.id);
  const tradesOf = (row: RecordedMinute): readonly DemoTrade[] => tradesOfCandle(row, key);
  return { listing: { ...names, priceDecimals, amountDecimals }, minutes, tradesOf };
}

/** Prices of a candle's trades: a rising minute falls first, a falling one rises first. */
function pricesOf({ open, high, low, close }: Bar): number[] {
  const extremes = close >= open ? [low, high] : [high, low];
  const inner = extremes.filter((ticks) => ticks > Math.max(open, close) || ticks < Math.min(open, close));
  return inner.length === 0 && open === close ? [open] : [open, ...inner, close];
}

function tradesOfCandle({ minute, bar, lastIdBefore }: RecordedMinute, key: number): DemoTrade[] {
  if (bar.trades === 0) return [];
  const random = new Random(seedOf(key, minute));
  const prices = pricesOf(bar);
  const slot = MINUTE_MS / prices.length;
  const offsets = prices.map((_, i) => Math.floor((i + random.next()) * slot));
  // The edges of a minute are where mistakes live: every fourth minute has a trade on its first or last ms.
  if (minute % 4 === 0) offsets[0] = 0;
  if (minute % 4 === 1) offsets[offsets.length - 1] = MINUTE_MS - 1;
  const lots = shareOut(
    bar.lots,
    prices.map(() => 1),
    prices.map(() => 0.2 + random.next()),
  );
  let last = bar.open;
  return prices.map((ticks, i) => {
    const time = minute * MINUTE_MS + (offsets[i] ?? 0);
    const isBuyerMaker = ticks < last || (ticks === last && bar.close < bar.open);
    last = ticks;
    return { id: lastIdBefore + 1 + i, time, eventTime: time, ticks, lots: lots[i] ?? 1, isBuyerMaker };
  });
}
