import { columnOf } from '../columns.js';
import type { Breadth } from './breadth.js';
import type { BtcHistory } from './btc-history.js';
import { dailyCorrelation } from './correlations.js';
import type { HalvingEstimate } from './halving.js';
import type { LiquidationDay } from './liquidation-book.js';
import { momentumScore } from './momentum-score.js';
import { seasonality } from './seasonality.js';
import { type ExtendedMetrics, ON_CHAIN_FIELDS } from './snapshot.js';
import type { SnapshotInput } from './snapshot-input.js';
import { record, technicalIndicators, tooFew } from './technical-indicators.js';

const ADX = columnOf('adx_14');
/** An ADX from here on is a trend as strong as any (Wilder 1978 reads 25 as one). */
const STRONGEST_ADX = 50;

/** What is known when the second-rank figures are made. */
export interface ExtendedInput extends Omit<SnapshotInput, 'liquidations'> {
  readonly breadth: Breadth;
  readonly past: BtcHistory;
  readonly halving: HalvingEstimate | null;
  readonly btcEthCorrelation30d: number | null;
  /** Null: `liquidationsReason` says why. */
  readonly liquidations: LiquidationDay | null;
  readonly liquidationsReason: string;
}

/** Computes the second-rank figures; formulas and units: `docs/analysis/metrics.md`. */
export function extendedMetrics(input: ExtendedInput): ExtendedMetrics {
  const { frame, bitcoin, breadth, past, halving, history, gaps, figures } = input;
  const { series, timeframe } = frame;
  const field = (category: string, name: string) => `extended_metrics.${category}.${name}`;
  const cycle = 'when the last halving was is not known';
  const kept = `${tooFew(72)}: too few to compare with`;
  const correlated = gaps.value(
    field('correlation_metrics', 'corr_eth_btc_30d'),
    input.btcEthCorrelation30d,
    'btc_eth_correlation_30d is null',
  );
  return {
    technical_indicators: technicalIndicators(series, bitcoin, timeframe, gaps),
    trend_metrics: {
      momentum_score: gaps.number(
        field('trend_metrics', 'momentum_score'),
        momentumScore(series, bitcoin, timeframe),
        tooFew(34),
      ),
      consolidation_score: gaps.number(
        field('trend_metrics', 'consolidation_score'),
        consolidation(past.widthRank, series.value(bitcoin, timeframe, ADX)),
        kept,
      ),
    },
    sentiment_metrics: sentimentMetrics(input),
    derivatives_metrics: derivativesMetrics(input),
    onchain_metrics: record(ON_CHAIN_FIELDS, (name) => figures.figure(name, field('onchain_metrics', name))),
    composite_metrics: {
      volatility_index: gaps.number(
        field('composite_metrics', 'volatility_index'),
        past.volatilityIndex,
        tooFew(21),
      ),
      breadth_advancers_ratio: breadth.advancersRatio,
      breadth_new_highs_lows_ratio: breadth.highsRatio,
    },
    correlation_metrics: {
      corr_eth_btc_30d: correlated,
      corr_total2_btc_30d: gaps.number(
        field('correlation_metrics', 'corr_total2_btc_30d'),
        dailyCorrelation(frame, bitcoin, history.total2),
        `market caps of ${history.total2.size} days were read; 31 of the newest 34 are needed`,
      ),
    },
    cycle_metrics: {
      btc_epoch_phase: gaps.value(field('cycle_metrics', 'btc_epoch_phase'), halving?.phase ?? null, cycle),
      seasonality_score: gaps.number(
        field('cycle_metrics', 'seasonality_score'),
        seasonality(frame, bitcoin),
        'under two earlier months of this name are known',
      ),
    },
    ai_metrics: {
      regime_volatility_score: gaps.number(
        field('ai_metrics', 'regime_volatility_score'),
        past.volatilityRank,
        kept,
      ),
    },
  };
}

/** 0–1: how narrow the market is against its past, and how far from a trend. */
function consolidation(widthRank: number, adx: number): number {
  return (1 - widthRank + (1 - Math.min(adx / STRONGEST_ADX, 1))) / 2;
}

function sentimentMetrics({ figures, history, gaps }: ExtendedInput): ExtendedMetrics['sentiment_metrics'] {
  const none = (name: string) => {
    gaps.source('social');
    return gaps.value<number>(
      `extended_metrics.sentiment_metrics.${name}`,
      null,
      'there is no source for social media',
    );
  };
  const now = figures.given('fear_greed_index');
  const change = now === null ? Number.NaN : now.value - history.dayBefore('fear_greed_index', now.asOf);
  const direction = change > 0 ? 'rising' : change < 0 ? 'falling' : 'stable';
  return {
    social_sentiment_score: none('social_sentiment_score'),
    sentiment_direction: gaps.value(
      'extended_metrics.sentiment_metrics.sentiment_direction',
      Number.isNaN(change) ? null : direction,
      'the Fear & Greed index of today and of a day before are not both known',
    ),
    twitter_volume: none('twitter_volume'),
    reddit_volume: none('reddit_volume'),
  };
}

function derivativesMetrics(input: ExtendedInput): ExtendedMetrics['derivatives_metrics'] {
  const { history, figures, gaps, liquidations, liquidationsReason } = input;
  const field = (name: string) => `extended_metrics.derivatives_metrics.${name}`;
  const interest = figures.given('open_interest_btc');
  const funding = figures.given('funding_rate_btc');
  const interestBefore =
    interest === null ? Number.NaN : history.dayBefore('open_interest_btc', interest.asOf);
  const fundingBefore = funding === null ? Number.NaN : history.dayBefore('funding_rate_btc', funding.asOf);
  return {
    funding_rate_eth: figures.figure('funding_rate_eth', field('funding_rate_eth')),
    open_interest_eth: figures.figure('open_interest_eth', field('open_interest_eth')),
    liquidations_long_24h: gaps.value(
      field('liquidations_long_24h'),
      liquidations?.longValue ?? null,
      liquidationsReason,
    ),
    liquidations_short_24h: gaps.value(
      field('liquidations_short_24h'),
      liquidations?.shortValue ?? null,
      liquidationsReason,
    ),
    oi_change_24h: gaps.number(
      field('oi_change_24h'),
      interest === null ? null : 100 * (interest.value / interestBefore - 1),
      'the open interest of now and of a day before are not both known',
    ),
    funding_rate_trend: gaps.number(
      field('funding_rate_trend'),
      funding === null ? null : funding.value - fundingBefore,
      'the funding rate of now and of a day before are not both known',
    ),
  };
}
