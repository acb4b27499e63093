import type { z } from 'zod';
import type { ASSETS_METHODS, candleItem } from '../../api/assets.js';
import { seriesChannel } from '../../channels.js';
import { RequestError } from '../../errors.js';
import { CANDLE_FIELDS, fieldsOf } from '../../protocol.js';
import type { CandleQuery, CandleRecord, ExactCandle } from '../../store/records.js';
import type { Timeframe } from '../../timeframe.js';
import { toMap } from '../form.js';
import type { MarketView } from '../ports.js';
import type { Handlers } from './handler.js';
import { assetIdOf, readCursor, writeCursor } from './params.js';

type Item = z.input<typeof candleItem>;
type Values = Record<string, number>;

/**
 * The newest candles of a range, oldest first: closed ones from the database, those that closed since and the
 * forming one from memory; none doubled. `next_cursor` leads to the page before.
 */
export const candleHandlers: Handlers<Pick<typeof ASSETS_METHODS, 'candles.list'>> = {
  'candles.list': async (query, { market, candles }) => {
    const { symbol, timeframe, from, limit, indicators, exact } = query;
    const assetId = assetIdOf(market, symbol);
    if (from !== undefined && query.to !== undefined && from >= query.to) {
      throw new RequestError('invalid_params', 'from: has to be before to', 'from');
    }
    const scope = `candles ${symbol} ${timeframe}`;
    const before = query.cursor === undefined ? undefined : readCursor(scope, query.cursor);
    const to = before === undefined ? query.to : Math.min(before, query.to ?? before);
    const stored: CandleQuery = {
      assetId,
      timeframe,
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      limit: limit + 1,
      withIndicators: indicators,
    };
    const items = exact
      ? (await candles.latestClosedExact(stored)).map((candle) => exactItem(candle, indicators))
      : (await candles.latestClosed(stored)).map((record) => storedItem(record, indicators));
    // Memory is read after the database: what closed in between is in memory, so that nothing falls through.
    const merged = new Map(items.map((item) => [item.time, item]));
    for (const fresh of memoryItems(market, symbol, timeframe, indicators)) {
      const { time } = fresh;
      if ((from !== undefined && time < from) || (to !== undefined && time >= to)) continue;
      const known = merged.get(time);
      // The stored one has exact digits and indicators; memory wins where a correction is not written yet.
      if (known === undefined || differs(known, fresh)) merged.set(time, exact ? withTexts(fresh) : fresh);
    }
    const all = [...merged.values()].sort((a, b) => a.time - b.time);
    const page = all.slice(-limit);
    const oldest = page[0];
    const hasMore = all.length > page.length && oldest !== undefined;
    return {
      symbol,
      timeframe,
      items: page,
      next_cursor: hasMore ? writeCursor(scope, oldest.time) : null,
    };
  },
};

const EXACT_FIELDS = ['open', 'high', 'low', 'close', 'volume'] as const;

function storedItem(record: CandleRecord, indicators: boolean): Item {
  return {
    time: record.time,
    open: record.open,
    high: record.high,
    low: record.low,
    close: record.close,
    volume: record.volume,
    trade_count: record.tradeCount,
    vwap: record.vwap,
    closed: record.isClosed,
    state: record.isClosed ? 'closed' : 'forming',
    source: record.source,
    coverage: record.coverage,
    depth: null,
    simulated: record.source === 'simulated',
    exchange_time: null,
    received_time: null,
    ...(indicators ? { indicators: record.indicators === null ? null : { ...record.indicators } } : {}),
  };
}

function exactItem(candle: ExactCandle, indicators: boolean): Item {
  const { open, high, low, close, volume } = candle;
  return { ...storedItem(candle.record, indicators), open, high, low, close, volume };
}

/** Candles that closed lately, then the forming one. */
function memoryItems(market: MarketView, symbol: string, timeframe: Timeframe, indicators: boolean): Item[] {
  const items = market.recentClosed(symbol, timeframe).map(candleOf);
  const forming = stateOf(market, 'candles', symbol, timeframe);
  if (forming !== null) items.push(candleOf(forming));
  if (!indicators) return items;
  const row = stateOf(market, 'indicators', symbol, timeframe);
  const current = row === null ? null : toMap(fieldsOf('indicators', market.indicatorColumns), row);
  return items.map((item) => ({
    ...item,
    indicators: current !== null && current.time === item.time ? valuesOf(market, current) : null,
  }));
}

function candleOf(row: readonly unknown[]): Item {
  return toMap(CANDLE_FIELDS, row) as Item;
}

function stateOf(
  market: MarketView,
  kind: 'candles' | 'indicators',
  symbol: string,
  timeframe: Timeframe,
): readonly unknown[] | null {
  return market.state(seriesChannel(kind, symbol, timeframe)).row;
}

/** As the database has them: values in warm-up are left out. */
function valuesOf(market: MarketView, current: Readonly<Record<string, unknown>>): Values {
  const values: Values = {};
  for (const column of market.indicatorColumns) {
    const value = current[column];
    if (typeof value === 'number') values[column] = value;
  }
  return values;
}

function differs(stored: Item, fresh: Item): boolean {
  return (
    stored.closed !== fresh.closed || EXACT_FIELDS.some((field) => Number(stored[field]) !== fresh[field])
  );
}

function withTexts(item: Item): Item {
  const texts = { ...item };
  for (const field of EXACT_FIELDS) texts[field] = decimalText(Number(item[field]));
  return texts;
}

/** Gives the shortest decimal text that stands for exactly this number, without an exponent. */
export function decimalText(value: number): string {
  const text = String(value);
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (match === null) return text;
  const [, sign = '', first = '', rest = '', exponent = '0'] = match;
  const digits = first + rest;
  const shift = Number(exponent);
  return shift < 0
    ? `${sign}0.${'0'.repeat(-shift - 1)}${digits}`
    : `${sign}${digits}${'0'.repeat(Math.max(0, shift - rest.length))}`;
}
