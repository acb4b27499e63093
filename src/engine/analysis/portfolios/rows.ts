export type AnalysisPeriod = '1h' | '4h' | '1d' | '7d' | '30d';
export type Outlook = 'Bullish' | 'Bearish' | 'Neutral';
export type CyclePhase = 'accumulation' | 'markup' | 'distribution' | 'decline';
export type PortfolioAction = 'hold' | 'reduce_risk' | 'increase_exposure' | 'rebalance' | 'defensive';
export type PositionAction =
  | 'hold'
  | 'partial_exit_25'
  | 'partial_exit_50'
  | 'partial_exit_75'
  | 'full_exit'
  | 'add_position'
  | 'move_sl_to_be'
  | 'tighten_sl'
  | 'extend_tp';
export type PositionStatus = 'healthy' | 'at_risk' | 'critical' | 'take_profit_zone';
export type RegimeChange =
  | 'no_change'
  | 'bull_to_bear'
  | 'bull_to_sideways'
  | 'bear_to_bull'
  | 'bear_to_sideways'
  | 'sideways_to_bull'
  | 'sideways_to_bear';
export type Urgency = 'low' | 'medium' | 'high' | 'immediate';
type Json = Readonly<Record<string, unknown>>;

/** A row of `ai_portfolio_analysis`, without the ids of its snapshot and model. */
export interface PortfolioAnalysis {
  readonly portfolioId: number;
  readonly timeframe: AnalysisPeriod;
  /** ms, as `analysisTime`. */
  readonly candleTime: number;
  readonly analysisTime: number;
  readonly totalPortfolioValueUsd: number | null;
  readonly totalPnlPct: number | null;
  readonly totalPnlUsd: number | null;
  readonly portfolioRiskScore: number | null;
  readonly diversificationScore: number | null;
  readonly concentrationRisk: number | null;
  readonly currentAllocation: Json | null;
  readonly optimalAllocation: Json | null;
  readonly allocationDeviation: Json | null;
  readonly portfolioBeta: number | null;
  readonly portfolioVolatility: number | null;
  readonly sharpeRatio: number | null;
  readonly maxDrawdownPct: number | null;
  readonly correlationMatrix: Json | null;
  readonly rebalanceNeeded: boolean | null;
  readonly overallAction: PortfolioAction | null;
  readonly rebalancingSuggestions: readonly unknown[] | null;
  readonly portfolioSignals: Json | null;
  readonly portfolioEfficiencyScore: number | null;
  readonly totalFeesImpactPct: number | null;
  readonly opportunityCostScore: number | null;
  readonly sectorRotationImpact: Json | null;
  readonly portfolioCyclePhase: CyclePhase | null;
  readonly cycleAdjustmentScore: number | null;
  readonly aiPortfolioOutlook: Outlook | null;
  readonly aiConfidenceScore: number | null;
  readonly signalAgreementScore: number | null;
  readonly outlookDurationEstimate: number | null;
  readonly analysisData: Json;
}

/** A row of `ai_portfolio_asset_analysis`, without the ids of its snapshot and model. */
export interface PortfolioAssetAnalysis {
  readonly portfolioAssetId: number;
  readonly timeframe: '1h' | '4h' | '1d';
  /** ms, as `analysisTime`. */
  readonly candleTime: number;
  readonly analysisTime: number;
  readonly positionStatus: PositionStatus | null;
  readonly currentPnlPct: number | null;
  readonly riskLevelScore: number | null;
  readonly exitProbability: number | null;
  readonly recommendedAction: PositionAction | null;
  readonly urgencyLevel: Urgency | null;
  readonly recommendationReason: string | null;
  readonly suggestedSlPrice: number | null;
  readonly suggestedTpPrice: number | null;
  readonly suggestedExitPercentage: number | null;
  readonly optimalPositionSize: number | null;
  readonly currentSignals: Json | null;
  readonly riskFactors: readonly unknown[] | null;
  readonly marketRegimeChange: RegimeChange | null;
  readonly conditionDeteriorationScore: number | null;
  readonly aiPositionOutlook: Outlook | null;
  readonly aiConfidenceScore: number | null;
  readonly signalAgreementScore: number | null;
  readonly analysisHorizonHours: number | null;
  readonly analysisData: Json;
}

/** A row of `recommendations` for a user. */
export interface PortfolioRecommendation {
  readonly userId: number;
  readonly targetEntityType: 'portfolio';
  readonly targetEntityId: number;
  readonly recommendationType: 'rebalance' | 'risk_management' | 'exit' | 'position_sizing';
  readonly recommendationTitle: string;
  readonly recommendationSummary: string;
  readonly recommendationPayload: Json;
  readonly aiLayer: 3;
  readonly confidenceScore: number | null;
  readonly priorityLevel: 'low' | 'medium' | 'high' | 'urgent';
  /** ms */
  readonly expiresAt: number;
  readonly dedupKey: string;
}
