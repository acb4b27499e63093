import type { Timeframe } from '../../../timeframe.js';
import type { Regime } from '../contexts.js';

export const REGIME_VERSION = 'regime-1';

/** What the regime reads of the metrics of the same frame; null: not known. */
export interface RegimeMetrics {
  /** Percent of assets that rise, 0–100. */
  readonly cryptoMarketBreadth: number | null;
  /** Percent. */
  readonly btcDominance: number | null;
}

export type Json = Readonly<Record<string, unknown>>;

/**
 * A row of `ai_regime_analysis` but for the ids of its snapshot and its model. Units, ranges, formulas and when a field is
 * null: `docs/analysis/regime.md`. Each null has its reason in `validationFlags.missing_fields`.
 */
export interface RegimeAnalysis {
  /** End of the candle; of a forming one the time of the newest price. ms. */
  readonly analysisTime: number;
  readonly analysisTimeframe: Timeframe;
  /** Prices that are made up or replayed give a `simulation`; a replay says `backtest` in its place. */
  readonly dataSource: 'live' | 'backtest' | 'simulation';
  readonly currentRegime: Regime;
  readonly predictedRegime: Regime | null;
  readonly regimeConfidence: number;
  readonly regimeTransitionProb: number | null;
  readonly regimeDurationDays: number | null;
  readonly regimeDurationEstimate: number | null;
  readonly trendStrengthScore: number | null;
  readonly regimeQualityScore: number | null;
  readonly volatilityRegimeScore: number | null;
  readonly momentumAlignmentScore: number | null;
  readonly trendIntact: boolean | null;
  readonly structureBreak: boolean | null;
  readonly structureChangeType: 'higher_high' | 'lower_low' | 'consolidation' | 'reversal' | null;
  readonly structureStrength: number | null;
  readonly breakoutSignal: boolean | null;
  readonly breakoutType: 'resistance' | 'support' | 'trendline' | 'range' | null;
  readonly breakoutLevel: number | null;
  readonly volumeConfirmation: boolean | null;
  readonly volumeSurgeRatio: number | null;
  readonly retestConfirmation: boolean | null;
  readonly volatilityExpansionScore: number | null;
  readonly timeframeAlignment: Json | null;
  readonly multiTimeframeAgreement: boolean | null;
  readonly timeframeConsensusScore: number | null;
  readonly keyLevels: readonly Json[] | null;
  readonly sentimentRegime: 'extreme_fear' | 'fear' | 'neutral' | 'greed' | 'extreme_greed' | null;
  readonly fearGreedImpact: number | null;
  readonly sentimentRegimeConflict: boolean | null;
  readonly psychologicalLevelScore: number | null;
  readonly liquidityRegime: 'abundant' | 'normal' | 'tight' | 'stressed' | null;
  readonly institutionalFlowScore: number | null;
  readonly retailParticipationScore: number | null;
  readonly whaleActivityInfluence: boolean | null;
  readonly macroRegimeAlignment: 'supportive' | 'neutral' | 'headwind' | null;
  readonly correlationStability: number | null;
  readonly riskOnOffRegime: boolean | null;
  readonly globalRiskAppetite: 'risk_on' | 'risk_off' | 'mixed' | 'transitioning' | null;
  readonly transitionIndicators: Json | null;
  readonly recommendedStrategy:
    | 'trend_following'
    | 'mean_reversion'
    | 'breakout'
    | 'range_trading'
    | 'defensive'
    | null;
  readonly riskAdjustmentFactor: number | null;
  readonly positionSizingGuidance: 'conservative' | 'normal' | 'aggressive' | 'maximum' | null;
  readonly sectorRegimeImpact: Json | null;
  readonly aiConfidenceScore: number | null;
  readonly signalAgreementScore: number | null;
  readonly predictionStability: number | null;
  readonly modelPerformanceRating: 'excellent' | 'good' | 'average' | 'poor' | null;
  readonly historicalAnalogue: string | null;
  readonly historicalSimilarity: number | null;
  readonly regimeStatistics: Json | null;
  readonly analysisValidated: boolean;
  readonly validationFlags: Json | null;
  readonly analysisVersion: string;
  readonly analystNotes: string | null;
  readonly analysisData: Json | null;
}
