import t from 'tap';
import { btcHistory } from '../../../../src/engine/analysis/metrics/btc-history.js';
import { HISTORY_DEPTH } from '../../../../src/engine/analysis/series-book.js';
import { type Timeframe, timeframeIndex } from '../../../../src/timeframe.js';
import { bollinger } from '../../../oracles/indicators.js';
import { logChanges, realizedVolatility } from '../../../oracles/volatility.js';
import { skipWithoutRecord } from '../../../support/recorded.js';
import { MadeMarket, recorded } from './made-frames.js';

const CANDLES_A_YEAR: Readonly<Partial<Record<Timeframe, number>>> = {
  '1h': 8_760,
  '1d': 365,
  '1m': 525_600,
};

function rank(values: readonly number[]): number {
  const newest = values.at(-1) ?? Number.NaN;
  const before = values.slice(0, -1);
  const lower = before.filter((value) => value < newest).length;
  return (lower + before.filter((value) => value === newest).length / 2) / before.length;
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return (
    ((sorted[Math.floor((sorted.length - 1) / 2)] ?? 0) + (sorted[Math.ceil((sorted.length - 1) / 2)] ?? 0)) /
    2
  );
}

function score(values: readonly number[]): number {
  const before = values.slice(-201, -1);
  const middle = medianOf(before);
  return (
    (0.6745 * ((values.at(-1) ?? 0) - middle)) / medianOf(before.map((value) => Math.abs(value - middle)))
  );
}

for (const [name, timeframe] of [
  ['BTC-USDT_1h', '1h'],
  ['BTC-USDT_1d', '1d'],
  ['BTC-USDT-PERP_1m', '1m'],
] as const) {
  t.test(
    `${name}: volatility, ranks and outliers are those of batch formulas`,
    skipWithoutRecord(),
    async (t) => {
      const index = timeframeIndex(timeframe);
      const candles = recorded(name).slice(0, 1_500);
      const depth = HISTORY_DEPTH[index] ?? 0;
      const market = new MadeMarket(['BTC/USDT']);
      for (const [i, candle] of candles.entries()) {
        market.push(0, timeframe, candle);
        if (i % 271 !== 250) continue;
        const kept = candles.slice(Math.max(i + 1 - depth, 0), i + 1);
        const closes = kept.map(({ close }) => close);
        const found = btcHistory(market.book, 0, index);
        const ends = Array.from({ length: kept.length - 20 }, (_, k) => closes.slice(0, 21 + k));
        const volatilities = ends.map((part) => realizedVolatility(part, 20));
        const annual = 100 * (volatilities.at(-1) ?? 0) * Math.sqrt(CANDLES_A_YEAR[timeframe] ?? 0);
        const widths = [closes.slice(0, 20), ...ends].map((part) => bollinger(part, 20, 2)[3] ?? Number.NaN);
        t.ok(Math.abs(found.volatilityIndex / annual - 1) < 1e-9);
        t.ok(Math.abs(found.volatilityRank - rank(volatilities)) < 1e-12);
        t.ok(Math.abs(found.widthRank - rank(widths)) < 1e-12);
        t.equal(found.isPriceOutlier, Math.abs(score(logChanges(closes, closes.length - 1))) > 6);
        t.equal(found.isVolumeOutlier, score(kept.slice(-201).map(({ volume }) => Math.log(volume))) > 3.5);
      }
    },
  );
}

function market(closes: readonly number[], volumes: readonly number[]): MadeMarket {
  const made = new MadeMarket(['BTC/USDT']);
  for (const [i, close] of closes.entries()) {
    made.push(0, '1h', {
      time: i * 3_600_000,
      open: close,
      high: close,
      low: close,
      close,
      volume: volumes[i] ?? 1,
    });
  }
  return made;
}

const wave = Array.from({ length: 120 }, (_, i) => 100 + Math.sin(i));
const volumes = wave.map((_, i) => 10 + (i % 7));

t.test('a crash is an outlier, ten times the volume is, little volume is not', async (t) => {
  const look = (closes: readonly number[], amounts: readonly number[]) =>
    btcHistory(market(closes, amounts).book, 0, 3);
  t.match(look(wave, volumes), { isPriceOutlier: false, isVolumeOutlier: false });
  t.match(look([...wave, 80], [...volumes, 12]), { isPriceOutlier: true, isVolumeOutlier: false });
  t.match(look([...wave, 100], [...volumes, 120]), { isPriceOutlier: false, isVolumeOutlier: true });
  t.match(look([...wave, 100], [...volumes, 0]), { isPriceOutlier: false, isVolumeOutlier: false });
});

t.test('the quietest hours have the lowest ranks', async (t) => {
  const quiet = [...wave, ...Array.from({ length: 21 }, (_, i) => 100 + 0.001 * Math.sin(i))];
  const { volatilityRank, widthRank } = btcHistory(market(quiet, []).book, 0, 3);
  t.ok(volatilityRank < 0.02 && widthRank < 0.02);
});

t.test('with little history nothing is said, in a market that never moved all are alike', async (t) => {
  const few = btcHistory(market(wave.slice(0, 50), volumes).book, 0, 3);
  t.match(few, { isPriceOutlier: null, isVolumeOutlier: null });
  t.ok(Number.isNaN(few.volatilityRank) && Number.isNaN(few.widthRank) && few.volatilityIndex > 0);
  const none = btcHistory(new MadeMarket(['BTC/USDT']).book, 0, 3);
  t.ok(Number.isNaN(none.volatilityIndex));
  const flat = btcHistory(market(new Array<number>(120).fill(5), new Array<number>(120).fill(0)).book, 0, 3);
  t.same(flat, {
    volatilityIndex: 0,
    volatilityRank: 0.5,
    widthRank: 0.5,
    isPriceOutlier: false,
    isVolumeOutlier: false,
  });
});
