import t, { type Test } from 'tap';
import { TIMEFRAMES, type Timeframe } from '../../src/timeframe.js';
import { calendarStart, rollUp } from '../oracles/roll-up.js';
import { collectCandles, ohlcv } from '../support/closed-collector.js';
import {
  type RecordedTrade,
  readRecordedTrades,
  sharedData,
  skipWithoutRecord,
} from '../support/recorded.js';
import { playUntil, startSite } from '../support/site.js';
import { until } from '../support/until.js';

const DAY_MS = 86_400_000;
const files = [
  'trades/BTC-USDT_spot_20240808.trades.csv.gz',
  'trades/BTC-USDT_spot_20240809.trades.csv.gz',
].flatMap((name) => sharedData(name) ?? []);

/** Plays the BTC trades around midnight, moved by whole days, and compares every timeframe with a plain roll-up. */
async function playTrades(t: Test, shiftMs: number, closing: readonly Timeframe[]): Promise<void> {
  t.setTimeout(120_000);
  const trades = readRecordedTrades(...files).map((trade) => ({ ...trade, time: trade.time + shiftMs }));
  const first = trades[0]?.time ?? 0;
  const last = trades.at(-1)?.time ?? 0;
  const midnight = Math.ceil(first / DAY_MS) * DAY_MS;
  const site = await startSite(t, {
    source: { type: 'trades', files: { 'BTC/USDT': files } },
    shiftMs,
    paused: true,
  });
  const series = await Promise.all(
    TIMEFRAMES.map(async (timeframe) => ({
      timeframe,
      collected: await collectCandles(site.client, 'BTC/USDT', timeframe),
    })),
  );
  await playUntil(site.demo, last + 1, 300);
  const lastMinute = calendarStart('1m', last);
  for (const { timeframe, collected } of series) {
    const wanted = expected(trades, timeframe);
    // The bucket that holds the last trade is still forming.
    const closed = wanted.filter(([time]) => (time ?? 0) < calendarStart(timeframe, lastMinute));
    await until(
      `${closed.length} closed candles of ${timeframe}`,
      () => collected.closed.length >= closed.length,
    );
    t.same(collected.closed.map(ohlcv), closed, `${timeframe}: closed candles equal the roll-up of the file`);
    t.equal(
      closed.some(([time]) => time === calendarStart(timeframe, midnight - 1)),
      closing.includes(timeframe),
      `${timeframe}: ${closing.includes(timeframe) ? 'closed' : 'did not close'} at midnight`,
    );
    await until(`the forming ${timeframe} candle is whole`, () => sameAs(collected.forming, wanted.at(-1)));
    t.same(
      collected.forming && ohlcv(collected.forming),
      wanted.at(-1),
      `${timeframe}: so does the forming one`,
    );
  }
}

function sameAs(candle: Parameters<typeof ohlcv>[0] | null, wanted: readonly number[] | undefined): boolean {
  return candle !== null && JSON.stringify(ohlcv(candle)) === JSON.stringify(wanted);
}

function expected(trades: readonly RecordedTrade[], timeframe: Timeframe): readonly (readonly number[])[] {
  const parts = trades.map(({ time, price, amount }) => {
    const value = Number(price);
    return { time, open: value, high: value, low: value, close: value, volume: amount };
  });
  return rollUp(parts, timeframe).map(ohlcv);
}

t.test(
  'recorded trades make the candles that a plain roll-up makes, across midnight',
  skipWithoutRecord(),
  (t) => playTrades(t, 0, ['1m', '5m', '15m', '1h', '4h', '1d']),
);

t.test("moved to a month's end, the first trade of the day opens the new month", skipWithoutRecord(), (t) =>
  // 2024-08-09T00:00 becomes 2024-09-01T00:00, a Sunday: the week goes on.
  playTrades(t, 23 * DAY_MS, ['1m', '5m', '15m', '1h', '4h', '1d', '1M']),
);

t.test("moved to a week's end, the first trade of Monday opens the new week", skipWithoutRecord(), (t) =>
  // 2024-08-09T00:00 becomes Monday 2024-08-12T00:00.
  playTrades(t, 3 * DAY_MS, ['1m', '5m', '15m', '1h', '4h', '1d', '1w']),
);
