import { DAY_MS } from '../../../timeframe.js';
import { columnOf } from '../columns.js';
import { breadthOf } from './breadth.js';
import { btcHistory } from './btc-history.js';
import { closeBefore } from './candle-lookup.js';
import { coinCorrelation, indexCorrelation } from './correlations.js';
import { extendedMetrics } from './extended-metrics.js';
import { halvingEstimate } from './halving.js';
import { METRIC_FIELDS, METRICS_VERSION, type MetricsSnapshot } from './snapshot.js';
import type { SnapshotInput } from './snapshot-input.js';
import { tooFew } from './technical-indicators.js';
import { contradictions } from './validation.js';

const RSI_14 = columnOf('rsi_14');
const SMA_200 = columnOf('sma_200');
const EMA_200 = columnOf('ema_200');

const HALVING_UNKNOWN = 'when the next halving is due is not known';

/** Computes a snapshot. Changes nothing but the gaps and figures that it is given. */
export function makeSnapshot(input: SnapshotInput): MetricsSnapshot {
  const { frame, bitcoin, ether, figures, gaps } = input;
  const { series, external, time } = frame;
  const price = series.close(bitcoin, frame.timeframe, 0);
  const halving = halvingEstimate(time);
  const past = btcHistory(series, bitcoin, frame.timeframe);
  const breadth = breadthOf(frame, input.members, input.extremes, gaps);
  const liquidations = liquidationsOf(input);

  const indicator = (field: string, column: number, candles: number) => {
    const value = series.value(bitcoin, frame.timeframe, column);
    return gaps.number(field, value, tooFew(candles));
  };
  const change = (field: string, days: number) =>
    gaps.number(
      field,
      100 * (price / closeBefore(frame, bitcoin, days * DAY_MS) - 1),
      `no close of ${days} days ago is known`,
    );

  const btcDominance = figures.figure('btc_dominance', 'btc_dominance');
  const ethDominance = figures.figure('eth_dominance', 'eth_dominance');
  const usdtDominance = figures.figure('usdt_dominance', 'usdt_dominance');
  const total = figures.figure('total_market_cap', 'total');
  const volume = figures.figure('total_volume_24h', 'liquidity_score');
  const rest = 100 - (btcDominance ?? Number.NaN) - (usdtDominance ?? Number.NaN);
  const btcEthCorrelation30d = gaps.number(
    'btc_eth_correlation_30d',
    ether === undefined ? null : coinCorrelation(frame, bitcoin, ether),
    ether === undefined
      ? 'no market of ETH in dollars is served'
      : '30 daily returns of BTC and ETH are not known',
  );

  const shares = external.closes('sp500', time);
  if (shares.length === 0) gaps.source('macro');

  const snapshot = {
    snapshotTime: time,
    timeframe: input.timeframe,
    btcPriceUsd: price,
    rsi14: indicator('rsi_14', RSI_14, 15),
    sma200: indicator('sma_200', SMA_200, 200),
    ema200: indicator('ema_200', EMA_200, 200),
    fearGreedIndex: figures.figure('fear_greed_index', 'fear_greed_index'),
    googleTrendsScore: figures.figure('google_trends_score', 'google_trends_score'),
    fundingRateBtc: figures.figure('funding_rate_btc', 'funding_rate_btc'),
    openInterestBtc: figures.figure('open_interest_btc', 'open_interest_btc'),
    whaleNetflow24h: figures.figure('whale_netflow_24h', 'whale_netflow_24h'),
    activeAddressesBtc: whole(figures.figure('active_addresses_btc', 'active_addresses_btc')),
    altcoinDominance: gaps.number(
      'altcoin_dominance',
      rest >= 0 ? rest : null,
      rest < 0
        ? 'btc_dominance and usdt_dominance are over 100 %'
        : 'btc_dominance or usdt_dominance is null',
    ),
    liquidityScore:
      volume === null
        ? null
        : gaps.number('liquidity_score', total === null ? null : volume / total, 'total is null'),
    halvingCountdownDays: gaps.value(
      'halving_countdown_days',
      halving?.countdownDays ?? null,
      HALVING_UNKNOWN,
    ),
    weeklyReturn: change('weekly_return', 7),
    monthlyReturn: change('monthly_return', 30),
    btcDominance,
    ethDominance,
    usdtDominance,
    total,
    sp500: figures.figure('sp500', 'sp500'),
    gold: figures.figure('gold', 'gold'),
    dxy: figures.figure('dxy', 'dxy'),
    liquidationsLong: gaps.value('liquidations_long', liquidations.day?.long ?? null, liquidations.reason),
    liquidationsShort: gaps.value('liquidations_short', liquidations.day?.short ?? null, liquidations.reason),
    liquidationZones: gaps.value('liquidation_zones', liquidations.day?.zones ?? null, liquidations.reason),
    extendedMetrics: extendedMetrics({
      ...input,
      breadth,
      past,
      halving,
      btcEthCorrelation30d,
      liquidations: liquidations.day,
      liquidationsReason: liquidations.reason,
    }),
    btcEthCorrelation30d,
    btcSp500Correlation30d: gaps.number(
      'btc_sp500_correlation_30d',
      indexCorrelation(frame, bitcoin, shares),
      '30 daily returns of BTC and the S&P 500 up to now are not known',
    ),
    us10yYield: figures.figure('us_10y', 'us_10y_yield'),
    vixIndex: figures.figure('vix', 'vix_index'),
    cryptoMarketBreadth: breadth.upTrend,
    newHighs24h: breadth.newHighs,
    newLows24h: breadth.newLows,
    momentumIndex: breadth.momentum,
    snapshotVersion: METRICS_VERSION,
  };
  const checked = { btcDominance, ethDominance, usdtDominance, total, volume };
  const errors = [...figures.errors, ...contradictions(frame, bitcoin, checked)];
  return { ...snapshot, ...quality(input, errors, breadth.late, past) };
}

/** Gives what was liquidated in 24 h, or why that is not known. */
function liquidationsOf({ frame, liquidations, gaps }: SnapshotInput) {
  const { external, time } = frame;
  const since = external.watchingSince;
  if (since !== null && time - since >= DAY_MS) return { day: liquidations.day(time), reason: '' };
  gaps.source('derivatives');
  const hours = Math.max(time - (since ?? time), 0) / (DAY_MS / 24);
  const reason =
    since === null
      ? `the stream of liquidations ${external.unwatchedReason}`
      : `the stream of liquidations is watched for ${(Math.floor(hours * 10) / 10).toFixed(1)} of 24 hours`;
  return { day: null, reason };
}

/** Says how good a snapshot is, when all its figures have been read. */
function quality(
  { figures, gaps, members, frame }: SnapshotInput,
  errors: readonly string[],
  late: readonly string[],
  { isPriceOutlier, isVolumeOutlier }: ReturnType<typeof btcHistory>,
) {
  const { received, stale } = figures;
  const completed = received === null ? null : Math.max(received.last, frame.time);
  const uncollected = 'no figure from outside was there';
  const timing = {
    dataCollectionStarted: gaps.value('data_collection_started', received?.first ?? null, uncollected),
    dataCollectionCompleted: gaps.value('data_collection_completed', completed, uncollected),
    collectionDurationMs: gaps.value(
      'collection_duration_ms',
      // A clock that was set by asking tells halves of a ms, and the column takes none.
      received === null || completed === null ? null : Math.floor(Math.max(completed - received.first, 0)),
      uncollected,
    ),
  };
  const { missing } = gaps;
  const coverage = members.length === 0 ? 0 : 1 - late.length / members.length;
  return {
    ...timing,
    isValidated: errors.length === 0 && stale.length === 0 && coverage >= 0.5,
    hasAnomalies: isPriceOutlier === true || isVolumeOutlier === true,
    dataQualityFlags: {
      completeness_score: 1 - Object.keys(missing).length / METRIC_FIELDS.length,
      data_freshness_minutes: figures.oldestMinutes,
      missing_sources: gaps.missingSources,
      stale_sources: stale,
      outlier_flags: { btc_price: isPriceOutlier, volume: isVolumeOutlier },
      validation_errors: errors,
      missing_fields: missing,
      late_assets: late,
      assets: members.length,
      coverage,
    },
  };
}

function whole(value: number | null): number | null {
  return value === null ? null : Math.round(value);
}
