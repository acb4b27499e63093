import type { Client } from '../../src/client/client.js';
import type { CandleData } from '../../src/protocol.js';
import type { Timeframe } from '../../src/timeframe.js';

/** What a client got of one series: closed candles in the order of their arrival, and the newest forming one. */
export interface Collected {
  readonly closed: CandleData[];
  forming: CandleData | null;
}

/** Subscribes to a series and keeps what comes. */
export async function collectCandles(
  client: Client,
  symbol: string,
  timeframe: Timeframe,
  rate: '' | '@1s' = '',
): Promise<Collected> {
  const collected: Collected = { closed: [], forming: null };
  await client.subscribe(`candles:${symbol}:${timeframe}${rate}`, {
    snapshot: ({ data }) => {
      collected.forming = data;
    },
    update: ({ data }) => {
      if (data.closed) collected.closed.push(data);
      else collected.forming = data;
    },
  });
  return collected;
}

/** The five numbers of a candle with its time, for comparison. */
export function ohlcv(candle: {
  time: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
}): readonly number[] {
  return [candle.time, candle.open, candle.high, candle.low, candle.close, candle.volume];
}
