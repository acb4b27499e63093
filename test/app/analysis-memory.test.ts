import t from 'tap';
import { reachableAnchors, rememberMetrics } from '../../src/app/analysis-memory.js';
import { SeriesBook } from '../../src/engine/analysis/series-book.js';
import type { MetricsMemory } from '../../src/store/repositories/metrics-memory.js';
import { DAY_MS, FIXED_TIMEFRAME_MS, HOUR_MS, timeframeIndex } from '../../src/timeframe.js';

const DAY = Date.UTC(2024, 5, 12);
const NOTHING: Omit<MetricsMemory, 'time'> = {
  ...{ fearGreedIndex: null, fundingRateBtc: null, openInterestBtc: null },
  ...{ total: null, btcDominance: null },
};

t.test('figures are remembered as of the moment that they spoke of', async (t) => {
  const told: unknown[] = [];
  const metrics = {
    remember: (reading: unknown) => told.push(reading),
    rememberTotal2: (value: number, time: number) => told.push([value, time]),
  };
  rememberMetrics(metrics, [
    { ...NOTHING, time: DAY, fearGreedIndex: 30 },
    { ...NOTHING, time: DAY + 5 * HOUR_MS, fearGreedIndex: 31, total: 1e12 },
    { ...NOTHING, time: DAY + 6 * HOUR_MS, fearGreedIndex: 40, fundingRateBtc: -0.0001 },
    { ...NOTHING, time: DAY + 7 * HOUR_MS, openInterestBtc: 80_000.5, total: 2e12, btcDominance: 50 },
    { ...NOTHING, time: DAY + 8 * HOUR_MS, btcDominance: 50 },
  ]);
  t.strictSame(told, [
    { name: 'fear_greed_index', value: 40, asOf: DAY },
    { name: 'funding_rate_btc', value: -0.0001, asOf: DAY + 6 * HOUR_MS },
    { name: 'open_interest_btc', value: 80_000.5, asOf: DAY + 7 * HOUR_MS },
    [1e12, DAY + 7 * HOUR_MS],
  ]);
});

t.test('an index is taken up by the finest candles that reach back to where it stood', async (t) => {
  const series = new SeriesBook();
  const end = DAY + DAY_MS;
  for (const asset of [0, 1]) {
    series.add(asset);
    for (const [timeframe, count] of [
      ['5m', asset === 0 ? 12 : 6],
      ['1h', 24],
    ] as const) {
      const length = FIXED_TIMEFRAME_MS[timeframe];
      for (let n = count; n > 0; n--) {
        const candle = { time: end - n * length, open: 1, high: 1, low: 1, close: 1, volume: 1 };
        series.push(asset, timeframeIndex(timeframe), candle);
      }
    }
  }
  const stored = (sectorId: number, timeframe: '5m' | '1h' | '1d', stop: number) => ({
    ...{ sectorId, timeframe, value: sectorId * 100 + FIXED_TIMEFRAME_MS[timeframe] / 60_000 },
    candleTime: stop - FIXED_TIMEFRAME_MS[timeframe],
  });
  const near = end - 50 * 60_000;
  const anchors = reachableAnchors(
    [
      ...[stored(1, '1h', end - HOUR_MS), stored(1, '5m', near), stored(1, '1d', DAY)],
      ...[stored(2, '5m', end - 65 * 60_000), stored(2, '1h', end - 2 * HOUR_MS)],
      stored(3, '1d', DAY - 30 * DAY_MS),
    ],
    series,
    [0, 1],
  );
  t.strictSame(anchors, [
    { sectorId: 1, time: near, value: 105 },
    { sectorId: 2, time: end - 2 * HOUR_MS, value: 260 },
  ]);
  t.strictSame(reachableAnchors([stored(1, '5m', near)], series, []), [], 'nobody is served');
});
