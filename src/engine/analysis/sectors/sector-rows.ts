import type { Outlook } from './outlook.js';
import type { SectorPeriod } from './periods.js';

/** A row of `ai_sector_analysis`, without the ids that only the database knows. Null: see `analysisData.missing`. */
export interface SectorAnalysis {
  readonly sectorId: number;
  readonly timeframe: SectorPeriod;
  /** Start of the candle, ms. */
  readonly candleTime: number;
  /** Its end, ms. */
  readonly analysisTime: number;
  /** US dollars, of the coins that are served. */
  readonly sectorMarketCap: number | null;
  readonly sectorVolume24h: number | null;
  /** Percent, 0–100. */
  readonly sectorDominancePct: number | null;
  /** Percent. */
  readonly performance24hPct: number | null;
  readonly performance7dPct: number | null;
  readonly performance30dPct: number | null;
  /** 0–1. */
  readonly rotationInflowScore: number | null;
  readonly rotationOutflowScore: number | null;
  readonly relativeStrengthScore: number | null;
  readonly liquidityScore: number | null;
  readonly volatilityScore: number | null;
  /** −1 … 1. */
  readonly correlationWithBtc: number | null;
  readonly correlationWithEth: number | null;
  readonly narrativeTag: readonly string[] | null;
  readonly institutionalInflow: number | null;
  readonly tvlTotal: number | null;
  readonly activeUsers: number | null;
  readonly activeProtocols: number | null;
  readonly keySignals: readonly KeySignal[];
  readonly aiSectorOutlook: Outlook | null;
  /** 0–1. */
  readonly aiConfidenceScore: number | null;
  readonly signalAgreementScore: number | null;
  /** Hours. */
  readonly outlookDurationEstimate: number | null;
  readonly analysisData: Readonly<Record<string, unknown>>;
}

export interface KeySignal {
  readonly type: string;
  readonly value: number | true;
}

/** A row of `ai_cross_sector_analysis`, as above. */
export interface CrossSectorAnalysis {
  readonly timeframe: SectorPeriod;
  readonly candleTime: number;
  readonly analysisTime: number;
  /** `DeFi→AI`: 0–1, those above 0. */
  readonly sectorRotationFlows: Readonly<Record<string, number>> | null;
  readonly sectorPerformanceRanking: readonly RankedSector[] | null;
  /** By name, 0–1. */
  readonly liquidityComparison: Readonly<Record<string, number>> | null;
  readonly volatilityComparison: Readonly<Record<string, number>> | null;
  /** By name, percent. */
  readonly dominanceDistribution: Readonly<Record<string, number>> | null;
  /** By two names, −1 … 1. */
  readonly correlationMatrix: Readonly<Record<string, Readonly<Record<string, number>>>> | null;
  readonly narrativeTrends: readonly NarrativeTrend[] | null;
  /** 0–1 both. */
  readonly riskRewardMap: readonly RiskReward[] | null;
  readonly aiMarketOutlook: Outlook | null;
  readonly aiConfidenceScore: number | null;
  readonly signalAgreementScore: number | null;
  /** Hours. */
  readonly outlookDurationEstimate: number | null;
  readonly analysisData: Readonly<Record<string, unknown>>;
}

/** Percent. */
export interface RankedSector {
  readonly sector: string;
  readonly sector_id: number;
  readonly rank: number;
  /** Over the period. */
  readonly return: number;
  readonly return_24h: number | null;
  readonly return_7d: number | null;
  readonly return_30d: number | null;
}

export interface NarrativeTrend {
  readonly sector: string;
  readonly narrative: string;
  /** 0–1. */
  readonly strength: number;
}

export interface RiskReward {
  readonly sector: string;
  readonly risk: number;
  readonly reward: number;
}

/** A row of `sector_rotation_flows`, without the analysis' id; 0–1. */
export interface RotationFlow {
  readonly fromSectorId: number;
  readonly toSectorId: number;
  readonly score: number;
}

/** A row of `sector_history`, without the data source. */
export interface SectorHistoryRow {
  readonly sectorId: number;
  readonly timeframe: '1m' | '5m' | '15m' | '1h' | '4h' | '1d' | '1w' | '1M';
  readonly marketCap: number | null;
  readonly volume24h: number | null;
  readonly technicalIndicators: Readonly<Record<string, unknown>>;
  readonly candleTime: number;
}

/** What `sectors` holds of the newest figures; US dollars. */
export interface SectorFigures {
  readonly sectorId: number;
  readonly marketCap: number | null;
  readonly marketCapChange24h: number | null;
  readonly volume24h: number | null;
  readonly metricsDetails: Readonly<Record<string, unknown>>;
  /** Rows in `assets`, the largest first; at most 3. */
  readonly top3CoinsId: readonly number[] | null;
}

/** All that one period says at one moment. */
export interface SectorFrame {
  readonly period: SectorPeriod;
  readonly sectors: readonly SectorAnalysis[];
  readonly cross: CrossSectorAnalysis;
  /** Every ordered pair of which both pressures are known. */
  readonly flows: readonly RotationFlow[];
}

/** All that a close gives. */
export interface SectorClose {
  /** One per period that ends with it. */
  readonly frames: readonly SectorFrame[];
  readonly history: readonly SectorHistoryRow[];
  readonly figures: readonly SectorFigures[];
}
