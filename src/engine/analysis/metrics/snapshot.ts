import type { Timeframe } from '../../../timeframe.js';

/** Says which formulas a snapshot was made by: counts up when one of them changes. */
export const METRICS_VERSION = 'metrics-1';

/** A number, or null with its reason in `missing_fields`. */
type Figure = number | null;

/** Volume that was liquidated in a band of prices within 24 h, BTC. */
export type LiquidationZone = {
  /** US dollars, inclusive. */
  readonly bin_low: number;
  /** US dollars, exclusive: 0.5 % above `bin_low`. */
  readonly bin_high: number;
  readonly long_vol: number;
  readonly short_vol: number;
};

/** The second-rank figures, by category and name as the documents have them. Units: `docs/analysis/metrics.md`. */
export type ExtendedMetrics = {
  readonly technical_indicators: Readonly<Record<(typeof TECHNICAL_FIELDS)[number], Figure>>;
  readonly trend_metrics: Readonly<Record<(typeof TREND_FIELDS)[number], Figure>>;
  readonly sentiment_metrics: {
    readonly social_sentiment_score: Figure;
    readonly sentiment_direction: 'rising' | 'falling' | 'stable' | null;
    readonly twitter_volume: Figure;
    readonly reddit_volume: Figure;
  };
  readonly derivatives_metrics: Readonly<Record<(typeof DERIVATIVES_FIELDS)[number], Figure>>;
  readonly onchain_metrics: Readonly<Record<(typeof ON_CHAIN_FIELDS)[number], Figure>>;
  readonly composite_metrics: Readonly<Record<(typeof COMPOSITE_FIELDS)[number], Figure>>;
  readonly correlation_metrics: Readonly<Record<(typeof CORRELATION_FIELDS)[number], Figure>>;
  readonly cycle_metrics: Readonly<Record<(typeof CYCLE_FIELDS)[number], Figure>>;
  readonly ai_metrics: Readonly<Record<(typeof AI_FIELDS)[number], Figure>>;
};

/** What is to be known about a snapshot before one acts on it. */
export type DataQualityFlags = {
  /** 0–1: share of `METRIC_FIELDS` that are not null. */
  readonly completeness_score: number;
  /** Minutes between the snapshot and the oldest of the figures of exchanges and the global market in it. */
  readonly data_freshness_minutes: number;
  /** Sources of which a figure is missing. */
  readonly missing_sources: readonly string[];
  /** Sources that have brought a figure before, which is too old now. */
  readonly stale_sources: readonly string[];
  /** True: far from what the last 200 candles had; null: too few candles to say. */
  readonly outlier_flags: { readonly btc_price: boolean | null; readonly volume: boolean | null };
  readonly validation_errors: readonly string[];
  /** Reason of each null, by column, or `extended_metrics.category.name`. */
  readonly missing_fields: Readonly<Record<string, string>>;
  /** Symbols whose candle of this moment is not there. */
  readonly late_assets: readonly string[];
  /** Coins that breadth is counted of, those that are late included. */
  readonly assets: number;
  /** Share of the assets that are current. */
  readonly coverage: number;
};

/** A row of `metrics_snapshot` but for its `data_source`. Units, ranges and formulas: `docs/analysis/metrics.md`. */
export interface MetricsSnapshot {
  /** End of the candle; of a forming one the time of the newest price. ms. */
  readonly snapshotTime: number;
  readonly timeframe: Exclude<Timeframe, '1M'>;
  readonly btcPriceUsd: number;
  readonly rsi14: Figure;
  readonly sma200: Figure;
  readonly ema200: Figure;
  readonly fearGreedIndex: Figure;
  readonly googleTrendsScore: Figure;
  readonly fundingRateBtc: Figure;
  readonly openInterestBtc: Figure;
  readonly whaleNetflow24h: Figure;
  readonly activeAddressesBtc: Figure;
  readonly altcoinDominance: Figure;
  readonly liquidityScore: Figure;
  readonly halvingCountdownDays: Figure;
  readonly weeklyReturn: Figure;
  readonly monthlyReturn: Figure;
  readonly btcDominance: Figure;
  readonly ethDominance: Figure;
  readonly usdtDominance: Figure;
  readonly total: Figure;
  readonly sp500: Figure;
  readonly gold: Figure;
  readonly dxy: Figure;
  readonly liquidationsLong: Figure;
  readonly liquidationsShort: Figure;
  readonly liquidationZones: readonly LiquidationZone[] | null;
  readonly extendedMetrics: ExtendedMetrics;
  readonly btcEthCorrelation30d: Figure;
  readonly btcSp500Correlation30d: Figure;
  readonly us10yYield: Figure;
  readonly vixIndex: Figure;
  readonly cryptoMarketBreadth: Figure;
  readonly newHighs24h: Figure;
  readonly newLows24h: Figure;
  readonly momentumIndex: Figure;
  readonly dataQualityFlags: DataQualityFlags;
  readonly snapshotVersion: string;
  readonly isValidated: boolean;
  readonly hasAnomalies: boolean;
  readonly dataCollectionStarted: number | null;
  readonly dataCollectionCompleted: number | null;
  readonly collectionDurationMs: number | null;
}

export const TECHNICAL_FIELDS = [
  'rsi_7',
  'stochastic_k',
  'stochastic_d',
  'macd_value',
  'macd_signal',
  'macd_histogram',
  'sma_100',
  'sma_50',
  'sma_20',
  'ema_100',
  'ema_50',
  'ema_20',
  'bollinger_upper',
  'bollinger_lower',
  'bollinger_bandwidth',
  'atr_14',
  'adx',
  'di_plus',
  'di_minus',
] as const;
const TREND_FIELDS = ['momentum_score', 'consolidation_score'] as const;
const SENTIMENT_FIELDS = [
  'social_sentiment_score',
  'sentiment_direction',
  'twitter_volume',
  'reddit_volume',
] as const;
const DERIVATIVES_FIELDS = [
  'funding_rate_eth',
  'open_interest_eth',
  'liquidations_long_24h',
  'liquidations_short_24h',
  'oi_change_24h',
  'funding_rate_trend',
] as const;
export const ON_CHAIN_FIELDS = [
  'exchange_netflow_btc',
  'exchange_netflow_eth',
  'active_addresses_eth',
  'whale_to_exchange_volume_btc',
  'whale_from_exchange_volume_btc',
  'supply_on_exchanges_btc',
  'supply_on_exchanges_eth',
  'tx_volume_btc',
  'tx_volume_eth',
  'miner_outflow',
  'miner_balance_change',
] as const;
const COMPOSITE_FIELDS = [
  'volatility_index',
  'breadth_advancers_ratio',
  'breadth_new_highs_lows_ratio',
] as const;
const CORRELATION_FIELDS = ['corr_eth_btc_30d', 'corr_total2_btc_30d'] as const;
const CYCLE_FIELDS = ['btc_epoch_phase', 'seasonality_score'] as const;
const AI_FIELDS = ['regime_volatility_score'] as const;

const COLUMNS = [
  'rsi_14',
  'sma_200',
  'ema_200',
  'fear_greed_index',
  'google_trends_score',
  'funding_rate_btc',
  'open_interest_btc',
  'whale_netflow_24h',
  'active_addresses_btc',
  'altcoin_dominance',
  'liquidity_score',
  'halving_countdown_days',
  'weekly_return',
  'monthly_return',
  'btc_dominance',
  'eth_dominance',
  'usdt_dominance',
  'total',
  'sp500',
  'gold',
  'dxy',
  'liquidations_long',
  'liquidations_short',
  'liquidation_zones',
  'btc_eth_correlation_30d',
  'btc_sp500_correlation_30d',
  'us_10y_yield',
  'vix_index',
  'crypto_market_breadth',
  'new_highs_24h',
  'new_lows_24h',
  'momentum_index',
  'data_collection_started',
  'data_collection_completed',
  'collection_duration_ms',
] as const;

const CATEGORIES = {
  technical_indicators: TECHNICAL_FIELDS,
  trend_metrics: TREND_FIELDS,
  sentiment_metrics: SENTIMENT_FIELDS,
  derivatives_metrics: DERIVATIVES_FIELDS,
  onchain_metrics: ON_CHAIN_FIELDS,
  composite_metrics: COMPOSITE_FIELDS,
  correlation_metrics: CORRELATION_FIELDS,
  cycle_metrics: CYCLE_FIELDS,
  ai_metrics: AI_FIELDS,
} as const;

/** Everything in a snapshot that may be null: columns, and `extended_metrics.category.name`. */
export const METRIC_FIELDS: readonly string[] = [
  ...COLUMNS,
  ...Object.entries(CATEGORIES).flatMap(([category, names]) =>
    names.map((name) => `extended_metrics.${category}.${name}`),
  ),
];
