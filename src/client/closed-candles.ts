import type { CandleData } from '../protocol.js';
import { bucketEnd, type Timeframe } from '../timeframe.js';
import type { CandlesChannel } from './channel-types.js';
import { ConnectionError } from './connection-error.js';
import type { CandleItem, Params, Result } from './methods.js';
import type { Change } from './types.js';

/** Most that `candles.list` gives at once. */
const PAGE = 500;

/** What following candles needs of a client. */
export interface CandleSource {
  readonly state: string;
  stream(channel: CandlesChannel): AsyncGenerator<Change<CandleData>, void, undefined>;
  query(method: 'candles.list', params: Params<'candles.list'>): Promise<Result<'candles.list'>>;
}

/**
 * Gives every candle that closes from now on, each once, oldest first. When candle times jump, after a reconnect
 * mostly, what closed in between is fetched first. A bucket that the server itself does not have stays out: compare
 * times. A candle that the server corrects later (state `revised`) is given again.
 */
export async function* closedCandles(
  source: CandleSource,
  symbol: string,
  timeframe: Timeframe,
): AsyncGenerator<CandleItem, void, undefined> {
  /** Start of the bucket whose closed candle is due; null before the first snapshot with a value. */
  let due: number | null = null;
  for await (const change of source.stream(`candles:${symbol}:${timeframe}`)) {
    const candle = change.data;
    if (candle === null) continue;
    due ??= change.type === 'snapshot' && candle.closed ? bucketEnd(timeframe, candle.time) : candle.time;
    if (candle.time > due) {
      yield* await fetchClosed(source, symbol, timeframe, due, candle.time);
      due = candle.time;
    }
    if (!candle.closed) continue;
    if (candle.time === due) {
      due = bucketEnd(timeframe, due);
      yield candle;
    } else if (candle.state === 'revised') {
      yield candle;
    }
  }
}

/**
 * Gives the closed candles of a range, oldest first, as many pages as it takes; waits for a lost connection.
 *
 * @param from inclusive, ms
 * @param to exclusive, ms
 * @throws RequestError if the server refuses; ConnectionError if the client is closed
 */
export async function fetchClosed(
  source: Pick<CandleSource, 'state' | 'query'>,
  symbol: string,
  timeframe: Timeframe,
  from: number,
  to: number,
): Promise<CandleItem[]> {
  const byTime = new Map<number, CandleItem>();
  let cursor: string | null = null;
  for (;;) {
    try {
      const range = { symbol, timeframe, from, to, limit: PAGE };
      const page: Result<'candles.list'> = await source.query(
        'candles.list',
        cursor === null ? range : { ...range, cursor },
      );
      for (const item of page.items) {
        if (item.closed && item.time >= from && item.time < to) byTime.set(item.time, item);
      }
      cursor = page.next_cursor;
      if (cursor === null) return [...byTime.values()].sort((a, b) => a.time - b.time);
    } catch (error) {
      if (!(error instanceof ConnectionError) || source.state === 'closed') throw error;
    }
  }
}
