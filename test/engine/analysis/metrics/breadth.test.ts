import t from 'tap';
import { Gaps } from '../../../../src/engine/analysis/gaps.js';
import { AnalysisMarket } from '../../../../src/engine/analysis/market.js';
import { type Breadth, BreadthMembers, breadthOf } from '../../../../src/engine/analysis/metrics/breadth.js';
import { DayExtremes } from '../../../../src/engine/analysis/metrics/day-extremes.js';
import { bucketEnd, bucketStart, type Timeframe } from '../../../../src/timeframe.js';
import { ema } from '../../../oracles/indicators.js';
import { skipWithoutRecord } from '../../../support/recorded.js';
import { PERPETUALS, rolled } from '../../../support/rolled.js';
import { MadeMarket } from './made-frames.js';
import { plainMomentum } from './plain.js';
import { play, recordedMinutes } from './recorded-market.js';

const DAY = 86_400_000;
const FROM = Date.UTC(2025, 4, 12);
const minutes = recordedMinutes(FROM, FROM + 2.25 * DAY);

function look(
  market: MadeMarket,
  timeframe: Timeframe,
  candleTime: number,
): { breadth: Breadth; gaps: Gaps } {
  const gaps = new Gaps();
  const members = new BreadthMembers().of(market.market);
  return { breadth: breadthOf(market.frame(timeframe, candleTime), members, new DayExtremes(), gaps), gaps };
}

/** Everything anew from the raw minutes that had closed by `time`. */
function plain(timeframe: Timeframe, time: number): readonly (number | null)[] {
  const known = minutes.map((series) => series.filter((minute) => minute.time + 60_000 <= time));
  const series = known.map((raw) => rolled(raw, timeframe));
  const closes = series.map((candles) => candles.map(({ close }) => close));
  const last = closes.map((values) => values.at(-1) ?? Number.NaN);
  const trends = closes.filter((values, i) => {
    const longer = ema(values, 50);
    return (last[i] ?? 0) > longer && ema(values, 20) > longer;
  });
  const dayBefore = Math.floor((time - DAY) / 300_000) * 300_000;
  const then = known.map(
    (raw) => raw.findLast((minute) => minute.time + 60_000 <= dayBefore)?.close ?? Number.NaN,
  );
  const advancers = last.filter((close, i) => close > (then[i] ?? 0)).length;
  const decliners = last.filter((close, i) => close < (then[i] ?? 0)).length;
  const begin = Math.floor((bucketStart(timeframe, time - 1) - DAY) / 300_000) * 300_000;
  const before = known.map((raw) => {
    return raw.filter((minute) => minute.time >= begin && minute.time < bucketStart(timeframe, time - 1));
  });
  const highs = series.filter((candles, i) => {
    return (candles.at(-1)?.high ?? 0) > Math.max(...(before[i] ?? []).map(({ high }) => high));
  }).length;
  const lows = series.filter((candles, i) => {
    return (candles.at(-1)?.low ?? 0) < Math.min(...(before[i] ?? []).map(({ low }) => low));
  }).length;
  const momentum = series.reduce((sum, candles) => sum + plainMomentum(candles), 0) / series.length;
  return [
    (100 * trends.length) / series.length,
    highs,
    lows,
    momentum,
    advancers / (advancers + decliners),
    highs + lows === 0 ? null : highs / (highs + lows),
  ];
}

t.test(
  'is what the raw minutes of twelve coins say, whatever the timeframe',
  skipWithoutRecord(),
  async (t) => {
    const at = new Map<number, readonly Timeframe[]>([
      [FROM + 37 * 3_600_000 + 7 * 60_000, ['1m']],
      [FROM + 44 * 3_600_000 + 15 * 60_000, ['5m', '15m']],
      [FROM + 54 * 3_600_000, ['1m', '5m', '15m', '1h']],
    ]);
    let looks = 0;
    play(minutes, (market, time) => {
      for (const timeframe of at.get(time) ?? []) {
        looks += 1;
        const { breadth, gaps } = look(market, timeframe, bucketStart(timeframe, time - 1));
        const { upTrend, newHighs, newLows, momentum, advancersRatio, highsRatio, late } = breadth;
        const found = [upTrend, newHighs, newLows, momentum, advancersRatio, highsRatio];
        for (const [i, wanted] of plain(timeframe, time).entries()) {
          const isNear =
            wanted === null ? found[i] === null : Math.abs((found[i] ?? Number.NaN) - wanted) < 1e-9;
          t.ok(
            isNear,
            `${timeframe} at ${new Date(time).toISOString()}, figure ${i}: ${found[i]} for ${wanted}`,
          );
        }
        t.same(late, []);
        t.same(
          Object.keys(gaps.missing),
          highsRatio === null ? ['extended_metrics.composite_metrics.breadth_new_highs_lows_ratio'] : [],
        );
      }
    });
    t.equal(looks, 7);
  },
);

t.test('does not depend on the order in which the assets closed', skipWithoutRecord(), async (t) => {
  const until = FROM + 1.1 * DAY;
  const some = minutes.map((series) => series.filter(({ time }) => time < until));
  const forth = new MadeMarket(PERPETUALS.map((base) => `${base}/USDT`));
  const back = new MadeMarket(PERPETUALS.map((base) => `${base}/USDT`));
  for (const timeframe of ['1m', '5m', '15m', '1h', '4h', '1d'] as const) {
    for (const [asset, series] of some.entries()) {
      for (const candle of rolled(series, timeframe)) forth.push(asset, timeframe, candle);
    }
    for (const [asset, series] of [...some.entries()].toReversed()) {
      for (const candle of rolled(series, timeframe)) back.push(asset, timeframe, candle);
    }
  }
  const end = bucketStart('15m', until) - 900_000;
  t.same(look(forth, '15m', end), look(back, '15m', end));
});

t.test(
  'a coin counts once, in the dollars liked best; other quotes and dollars themselves do not',
  async (t) => {
    const market = new AnalysisMarket();
    const symbols = ['ETH/BTC', 'BTC/USDC', 'BTC/USDT', 'ETH/USDC', 'USDC/USDT', 'SOL/EUR', 'ADA/USD'];
    market.setAssets(
      symbols.map((symbol, asset) => {
        const [base = '', quote = ''] = symbol.split('/');
        return { asset, assetId: asset, symbol, base, quote, sectorId: null, simulated: false };
      }),
    );
    const members = new BreadthMembers();
    t.same(
      members.of(market).map(({ symbol }) => symbol),
      ['BTC/USDT', 'ETH/USDC', 'ADA/USD'],
    );
    t.equal(members.bitcoin(market)?.symbol, 'BTC/USDT');
    market.setAssets([]);
    t.same(members.of(market), []);
    t.equal(members.bitcoin(market), undefined);
  },
);

t.test(
  'names those that are late, and says nothing while fewer than half or than three are known',
  async (t) => {
    const symbols = ['A/USDT', 'B/USDT', 'C/USDT', 'D/USDT', 'E/USDT', 'F/USDT', 'G/USDT'];
    const market = new MadeMarket(symbols);
    const push = (asset: number, from: number, to: number) => {
      for (let hour = from; hour < to; hour++) {
        const close = 100 + hour + asset;
        market.push(asset, '1h', {
          time: hour * 3_600_000,
          open: close,
          high: close,
          low: close,
          close,
          volume: 1,
        });
      }
    };
    for (const asset of [0, 1, 2]) push(asset, 0, 80);
    push(3, 0, 79);
    push(4, 60, 80);
    push(5, 0, 79);
    const { breadth, gaps } = look(market, '1h', 79 * 3_600_000);
    t.same(breadth.late, ['D/USDT', 'F/USDT', 'G/USDT']);
    t.equal(breadth.upTrend, null);
    t.match(gaps.missing, {
      crypto_market_breadth: '3 of 7 coins have 50 candles; at least 3 and half of them must',
    });
    push(3, 79, 80);
    const now = look(market, '1h', 79 * 3_600_000).breadth;
    t.match(now, { upTrend: 100, newHighs: 4, newLows: 0, advancersRatio: 1, highsRatio: 1 });
    t.equal(bucketEnd('1h', 79 * 3_600_000), 80 * 3_600_000);
  },
);

t.test('in a market that does not move nobody advances, and two coins are no market', async (t) => {
  const flat = (symbols: readonly string[]) => {
    const market = new MadeMarket(symbols);
    for (const asset of symbols.keys()) {
      for (let hour = 0; hour < 80; hour++) {
        market.push(asset, '1h', { time: hour * 3_600_000, open: 1, high: 1, low: 1, close: 1, volume: 1 });
      }
    }
    return look(market, '1h', 79 * 3_600_000);
  };
  const { breadth, gaps } = flat(['A/USDT', 'B/USDT', 'C/USDT']);
  t.match(breadth, {
    upTrend: 0,
    newHighs: 0,
    newLows: 0,
    momentum: 0,
    advancersRatio: null,
    highsRatio: null,
  });
  t.same(gaps.missing, {
    'extended_metrics.composite_metrics.breadth_advancers_ratio': 'no coin has moved in 24 h',
    'extended_metrics.composite_metrics.breadth_new_highs_lows_ratio': 'no coin is at a new high or low',
  });
  t.match(flat(['A/USDT', 'B/USDT']).breadth, { upTrend: null, newHighs: null, momentum: null });
});

t.test(
  'counts who rises and falls, and a candle that is beyond on both sides as a high and a low',
  async (t) => {
    const market = new MadeMarket(['A/USDT', 'B/USDT', 'C/USDT', 'D/USDT']);
    const last = [101, 99, 98, 100];
    for (const [asset, close] of last.entries()) {
      for (let hour = 0; hour < 60; hour++) {
        const price = hour === 59 ? close : 100;
        const [high, low] =
          hour === 59 && asset === 2 ? [103, 97] : [Math.max(price, 100), Math.min(price, 100)];
        market.push(asset, '1h', { time: hour * 3_600_000, open: 100, high, low, close: price, volume: 1 });
      }
    }
    const { breadth } = look(market, '1h', 59 * 3_600_000);
    t.match(breadth, { upTrend: 25, newHighs: 2, newLows: 2, advancersRatio: 1 / 3, highsRatio: 0.5 });
  },
);
