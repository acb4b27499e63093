import fc from 'fast-check';
import t from 'tap';
import { EXTERNAL_FIGURES, type ExternalName } from '../../../../src/engine/analysis/external-book.js';
import { MetricsModel } from '../../../../src/engine/analysis/metrics/metrics-model.js';
import type { MetricsSnapshot } from '../../../../src/engine/analysis/metrics/snapshot.js';
import type { NewMetrics } from '../../../../src/store/market-records.js';
import { upsertMetrics } from '../../../../src/store/repositories/metrics.js';
import { bucketStart } from '../../../../src/timeframe.js';
import { openUserSite } from '../../../support/user-site.js';
import { DAY, HOUR, NOW, nullsOf, SYMBOLS, there } from './curve-market.js';
import { FIGURES, MadeMarket } from './made-frames.js';

const { engine } = await openUserSite(t);

const RANGES: readonly (readonly [field: keyof MetricsSnapshot, min: number, max: number])[] = [
  ['btcPriceUsd', Number.MIN_VALUE, 1e300],
  ['rsi14', 0, 100],
  ['sma200', Number.MIN_VALUE, 1e300],
  ['ema200', Number.MIN_VALUE, 1e300],
  ['fearGreedIndex', 0, 100],
  ['googleTrendsScore', 0, 100],
  ['openInterestBtc', 0, 1e300],
  ['activeAddressesBtc', 0, 2 ** 31 - 1],
  ['altcoinDominance', 0, 100],
  ['liquidityScore', 0, 1e300],
  ['halvingCountdownDays', 0, 2 ** 31 - 1],
  ['weeklyReturn', -100, 1e300],
  ['monthlyReturn', -100, 1e300],
  ['btcDominance', 0, 100],
  ['ethDominance', 0, 100],
  ['usdtDominance', 0, 100],
  ['total', 0, 1e28],
  ['sp500', Number.MIN_VALUE, 1e300],
  ['gold', Number.MIN_VALUE, 1e300],
  ['dxy', Number.MIN_VALUE, 1e300],
  ['vixIndex', 0, 1e300],
  ['btcEthCorrelation30d', -1, 1],
  ['btcSp500Correlation30d', -1, 1],
  ['cryptoMarketBreadth', 0, 100],
  ['newHighs24h', 0, 2 ** 31 - 1],
  ['newLows24h', 0, 2 ** 31 - 1],
  ['momentumIndex', -100, 100],
  ['collectionDurationMs', 0, 2 ** 31 - 1],
];

function checkRanges(snapshot: MetricsSnapshot): void {
  const inRange = (name: string, value: unknown, min: number, max: number) => {
    if (value === null || value === undefined) return;
    if (typeof value !== 'number' || !(value >= min && value <= max))
      throw new Error(`${name} is ${String(value)}`);
  };
  for (const [field, min, max] of RANGES) inRange(field, snapshot[field], min, max);
  const { trend_metrics, composite_metrics, cycle_metrics, ai_metrics, technical_indicators } =
    snapshot.extendedMetrics;
  inRange('momentum_score', trend_metrics.momentum_score, -100, 100);
  inRange('consolidation_score', trend_metrics.consolidation_score, 0, 1);
  inRange('volatility_index', composite_metrics.volatility_index, 0, 1e300);
  inRange('breadth_advancers_ratio', composite_metrics.breadth_advancers_ratio, 0, 1);
  inRange('breadth_new_highs_lows_ratio', composite_metrics.breadth_new_highs_lows_ratio, 0, 1);
  inRange('btc_epoch_phase', cycle_metrics.btc_epoch_phase, 0, 1);
  inRange('regime_volatility_score', ai_metrics.regime_volatility_score, 0, 1);
  for (const [name, value] of Object.entries(technical_indicators)) inRange(name, value, -1e300, 1e300);
  inRange('completeness_score', snapshot.dataQualityFlags.completeness_score, 0, 1);
}

const wild = fc.record({
  price: fc.constantFrom(1e-9, 1e-3, 1, 63_000, 1e9),
  moves: fc.array(
    fc.oneof(
      { weight: 4, arbitrary: fc.double({ min: -0.05, max: 0.05, noNaN: true }) },
      { weight: 2, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.double({ min: -20, max: 20, noNaN: true }) },
    ),
    { minLength: 1, maxLength: 260, size: 'max' },
  ),
  volume: fc.constantFrom(0, 1e-12, 1, 1e12),
  figures: fc.constantFrom('none', 'min', 'max', 'beyond'),
});

t.test(
  'whatever the candles and figures, each number is finite, within its range, and taken by the database',
  async (t) => {
    const extremes = (name: ExternalName, kind: string) => {
      const { min, max } = EXTERNAL_FIGURES[name];
      return kind === 'min' ? min : kind === 'max' ? max : max * 1_000 + 1;
    };
    const rows: NewMetrics[] = [];
    fc.assert(
      fc.property(wild, ({ price, moves, volume, figures }) => {
        const market = new MadeMarket(SYMBOLS);
        let close: number = price;
        const first = NOW - moves.length * HOUR;
        const firstDay = bucketStart('1d', NOW) - moves.length * DAY;
        for (const [i, move] of moves.entries()) {
          const open = close;
          close = Math.min(Math.max(close * Math.exp(move), 1e-9), 1e9);
          const candle = { open, high: Math.max(open, close), low: Math.min(open, close), close, volume };
          for (const asset of [0, 1, 2]) {
            market.push(asset, '1h', { time: first + i * HOUR, ...candle });
            market.push(asset, '1d', { time: firstDay + i * DAY, ...candle });
          }
        }
        if (figures !== 'none') {
          for (const name of Object.keys(FIGURES) as ExternalName[])
            market.read(name, extremes(name, figures), NOW);
        }
        const snapshot = there(new MetricsModel().closed(market.frame('1h', NOW - HOUR)));
        checkRanges(snapshot);
        rows.push({ ...snapshot, dataSource: `wild-${rows.length}` });
        const { missing_fields } = snapshot.dataQualityFlags;
        return (
          JSON.stringify(Object.keys(missing_fields).toSorted()) ===
          JSON.stringify(nullsOf(snapshot).toSorted())
        );
      }),
      { numRuns: 150 },
    );
    t.equal((await upsertMetrics(engine, rows)).length, rows.length);
    const reached = rows.filter(
      (row) => typeof row.btcEthCorrelation30d === 'number' && row.monthlyReturn !== null,
    );
    t.ok(reached.length > 20, `${reached.length} of ${rows.length} had months of days`);
  },
);
