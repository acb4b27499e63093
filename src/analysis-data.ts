import type { METRICS_FIELDS, REGIME_FIELDS, SECTOR_FIELDS } from './analysis-fields.js';
import type { Timeframe } from './timeframe.js';

type Json = Readonly<Record<string, unknown>>;
type Figures<Field extends string> = { readonly [F in Field]: number | null };

interface Head {
  /** End of the candle, ms; of one that forms the moment of its newest price. */
  readonly time: number;
  readonly state: 'forming' | 'closed';
  readonly simulated: boolean;
}

interface MetricsTexts extends Head {
  /** ms */
  readonly snapshot_time: number;
  readonly timeframe: Timeframe;
  readonly btc_price_usd: number;
  readonly liquidation_zones: readonly unknown[] | null;
  readonly extended_metrics: Json | null;
  /** `missing_fields`: why each field that is null is so. */
  readonly data_quality_flags: Json | null;
  readonly snapshot_version: string | null;
  readonly is_validated: boolean | null;
  readonly has_anomalies: boolean | null;
  readonly data_source: string;
}

/** A `metrics` payload as a map. */
export type MetricsData = MetricsTexts &
  Figures<Exclude<(typeof METRICS_FIELDS)[number], keyof MetricsTexts>>;

interface RegimeTexts extends Head {
  readonly analysis_timeframe: Timeframe;
  readonly data_source: string | null;
  readonly current_regime: string;
  readonly predicted_regime: string | null;
  /** 0–1 */
  readonly regime_confidence: number;
  readonly trend_intact: boolean | null;
  readonly structure_break: boolean | null;
  readonly structure_change_type: string | null;
  readonly breakout_signal: boolean | null;
  readonly breakout_type: string | null;
  readonly volume_confirmation: boolean | null;
  readonly retest_confirmation: boolean | null;
  readonly timeframe_alignment: Json | null;
  readonly multi_timeframe_agreement: boolean | null;
  readonly key_levels: readonly unknown[] | null;
  readonly sentiment_regime: string | null;
  readonly sentiment_regime_conflict: boolean | null;
  readonly liquidity_regime: string | null;
  readonly whale_activity_influence: boolean | null;
  readonly macro_regime_alignment: string | null;
  readonly risk_on_off_regime: boolean | null;
  readonly global_risk_appetite: string | null;
  readonly transition_indicators: Json | null;
  readonly recommended_strategy: string | null;
  readonly position_sizing_guidance: string | null;
  readonly sector_regime_impact: Json | null;
  readonly model_performance_rating: string | null;
  readonly historical_analogue: string | null;
  readonly regime_statistics: Json | null;
  readonly analysis_validated: boolean | null;
  /** `missing_fields`: why each field that is null is so. */
  readonly validation_flags: Json | null;
  readonly analysis_version: string | null;
  readonly analyst_notes: string | null;
  readonly analysis_data: Json | null;
}

/** A `regime` payload as a map. */
export type RegimeData = RegimeTexts & Figures<Exclude<(typeof REGIME_FIELDS)[number], keyof RegimeTexts>>;

interface SectorTexts extends Head {
  readonly sector: string;
  readonly sector_id: number;
  readonly timeframe: string;
  /** ms */
  readonly analysis_time: number;
  readonly narrative_tag: readonly string[] | null;
  readonly key_signals: readonly unknown[] | null;
  readonly ai_sector_outlook: string | null;
  /** `missing`: why each field that is null is so. */
  readonly analysis_data: Json | null;
}

/** One entry of a `sectors` payload as a map. */
export type SectorData = SectorTexts & Figures<Exclude<(typeof SECTOR_FIELDS)[number], keyof SectorTexts>>;

/** A signal as it stands, as `signals.list` and the snapshot of a `signals` channel have it. */
export interface SignalData extends Json {
  readonly id: number;
  readonly symbol: string;
  readonly asset_id: number;
  readonly timeframe: Timeframe;
  readonly signal_type: 'long' | 'short';
  readonly status: 'active' | 'executed' | 'expired' | 'cancelled' | 'invalidated';
  /** ms */
  readonly candle_time: number;
  readonly created_at: number;
  readonly simulated: boolean;
  /** Why each field that is null is so. */
  readonly missing: Readonly<Record<string, string>>;
}

/**
 * An event of a `signals` channel. A new signal has the columns of `ai_trading_signals` and the status `active`; one that
 * has ended has `symbol`, `former_status` and `reason` besides what names it.
 */
export interface SignalEventData extends Json {
  readonly id: number;
  readonly asset_id: number;
  readonly timeframe: Timeframe;
  readonly signal_type: 'long' | 'short';
  readonly status: SignalData['status'];
  /** ms */
  readonly candle_time: number;
  /** Only once it has ended. */
  readonly former_status?: 'active';
  readonly reason?: string | null;
  readonly symbol?: string;
}
