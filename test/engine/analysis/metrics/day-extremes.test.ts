import t from 'tap';
import type { ClosedCandle } from '../../../../src/engine/analysis/candle-ring.js';
import { DayExtremes } from '../../../../src/engine/analysis/metrics/day-extremes.js';
import { bucketEnd, bucketStart, type Timeframe } from '../../../../src/timeframe.js';
import { skipWithoutRecord } from '../../../support/recorded.js';
import { rolled } from '../../../support/rolled.js';
import { MadeMarket } from './made-frames.js';
import { play, recordedMinutes } from './recorded-market.js';

const MINUTE = 60_000;
const DAY = 86_400_000;
const FROM = Date.UTC(2025, 4, 12);
const minutes = recordedMinutes(FROM, FROM + 2.5 * DAY).slice(0, 3);

/** Plain: all minutes of the 24 h before the candle; the first of them of the 5 minutes in which the 24 h begin. */
function plainSide(asset: number, candle: ClosedCandle): number {
  const begin = Math.floor((candle.time - DAY) / (5 * MINUTE)) * 5 * MINUTE;
  if (begin < FROM) return Number.NaN;
  const before = (minutes[asset] ?? []).filter(({ time }) => time >= begin && time < candle.time);
  const isHigh = candle.high > Math.max(...before.map(({ high }) => high));
  const isLow = candle.low < Math.min(...before.map(({ low }) => low));
  return isHigh && isLow ? 2 : isHigh ? 1 : isLow ? -1 : 0;
}

t.test('new highs and lows of 24 h are those of all recorded minutes', skipWithoutRecord(), async (t) => {
  const candles = new Map(
    (['1m', '5m', '15m', '1h', '4h'] as const).map((timeframe) => [
      timeframe as Timeframe,
      minutes.map((series) => new Map(rolled(series, timeframe).map((candle) => [candle.time, candle]))),
    ]),
  );
  const extremes = new DayExtremes();
  const seen = new Map<number, number>();
  let different = 0;
  play(
    minutes,
    (market, time) => {
      for (const [timeframe, byAsset] of candles) {
        const candleTime = bucketStart(timeframe, time - 1);
        if (bucketEnd(timeframe, candleTime) !== time) continue;
        if (timeframe === '1m' && time < FROM + DAY) continue;
        for (const [asset, byTime] of byAsset.entries()) {
          const candle = byTime.get(candleTime);
          if (candle === undefined) continue;
          const wanted = plainSide(asset, candle);
          const found = extremes.side(market.frame(timeframe, candleTime), asset);
          seen.set(wanted, (seen.get(wanted) ?? 0) + 1);
          if (!Object.is(found, wanted)) different += 1;
        }
      }
    },
    ['BTC/USDT', 'ETH/USDT', 'ADA/USDT'],
  );
  t.equal(different, 0);
  t.ok(
    [Number.NaN, -1, 0, 1].every((side) => (seen.get(side) ?? 0) > 10),
    `each has happened: ${[...seen]}`,
  );
});

t.test('a day is held against the day before, a week by its last day', async (t) => {
  const market = new MadeMarket(['BTC/USDT']);
  const day = (n: number, high: number, low: number) => {
    market.push(0, '1d', { time: Date.UTC(2025, 0, n), open: low, high, low, close: high, volume: 1 });
  };
  const extremes = new DayExtremes();
  day(17, 110, 90);
  t.ok(Number.isNaN(extremes.side(market.frame('1d', Date.UTC(2025, 0, 17)), 0)));
  day(18, 111, 95);
  t.equal(extremes.side(market.frame('1d', Date.UTC(2025, 0, 18)), 0), 1);
  day(19, 111, 94);
  t.equal(extremes.side(market.frame('1d', Date.UTC(2025, 0, 19)), 0), -1, 'the same high is no new one');
  t.equal(extremes.side(market.frame('1w', Date.UTC(2025, 0, 13)), 0), -1, 'the week of 13 to 19 January');
  day(20, 112, 80);
  t.equal(extremes.side(market.frame('1d', Date.UTC(2025, 0, 20)), 0), 2);
});

t.test('a hole in the 24 h has no prices, one at their beginning leaves them unknown', async (t) => {
  const start = Date.UTC(2025, 0, 1);
  const market = new MadeMarket(['BTC/USDT', 'ETH/USDT']);
  for (let hour = 0; hour < 30; hour++) {
    const candle = { time: start + hour * 3_600_000, open: 5, high: 6, low: 5, close: 5, volume: 1 };
    if (hour !== 20 && hour !== 21) market.push(0, '1h', candle);
    if (hour > 8) market.push(1, '1h', candle);
  }
  const frame = market.frame('1h', start + 29 * 3_600_000);
  t.equal(new DayExtremes().side(frame, 0), 0);
  t.ok(Number.isNaN(new DayExtremes().side(frame, 1)));
});
