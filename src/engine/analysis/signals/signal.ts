import type { Timeframe } from '../../../timeframe.js';

export type SignalType = 'long' | 'short';
export type SignalStatus = 'active' | 'executed' | 'expired' | 'cancelled' | 'invalidated';
export type RiskLevel = 'low' | 'medium' | 'high' | 'extreme';

/** What tells a signal of this model from every other. */
export interface SignalKey {
  readonly assetId: number;
  readonly timeframe: Timeframe;
  /** Start of the candle at whose close it was given, ms. */
  readonly candleTime: number;
  readonly signalType: SignalType;
}

/** Gives a key as text: `7 1h 1700000000000 long`. */
export function keyText({ assetId, timeframe, candleTime, signalType }: SignalKey): string {
  return `${assetId} ${timeframe} ${candleTime} ${signalType}`;
}

/** One factor of the confidence. The contributions of a signal's factors, added in order, are its confidence. */
export interface ConfluenceFactor {
  /** `breakout_confirmed`, `higher_timeframe_trend` … */
  readonly factor: string;
  readonly timeframe: Timeframe;
  /** 0–1, of the whole; those of the factors that are known add up to 1. Setups share one. */
  readonly weight: number;
  /** −1…1: how much it speaks for the signal; below 0 against it. */
  readonly score: number;
  /** What it adds to the confidence. */
  readonly contribution: number;
}

/** Conditions that are checked at each close of the signal's timeframe. */
export type InvalidationCondition =
  | 'close_below'
  | 'close_above'
  | 'structure_break_down'
  | 'structure_break_up'
  | 'regime_bear'
  | 'regime_bull'
  | 'opposite_signal';

/** What ends a signal before its time. */
export interface InvalidationCriterion {
  readonly condition: InvalidationCondition;
  /** Price; null: the condition has none. */
  readonly level: number | null;
  /** Whose closes are looked at. */
  readonly timeframe: Timeframe;
  readonly severity: 'high' | 'medium';
}

/** A signal as it is given: a row of `ai_trading_signals` without what only the database knows. */
export interface SignalDraft extends SignalKey {
  readonly signalOrigin: 'market_opportunity';
  readonly signalQuality: 'low' | 'medium' | 'high';
  /** 0–1; a score, not a probability. */
  readonly confidenceScore: number;
  /** Prices in quote currency. */
  readonly entryPrice: number;
  readonly targetPrice: number;
  readonly stopLoss: number;
  readonly riskLevel: RiskLevel;
  /** Way to the target over way to the stop, before fees. */
  readonly riskRewardRatio: number;
  readonly marketContext: Readonly<Record<string, unknown>>;
  /** Null: `marketContext.missing.sector_context` says why. */
  readonly sectorContext: Readonly<Record<string, unknown>> | null;
  readonly confluenceFactors: readonly ConfluenceFactor[];
  readonly invalidationCriteria: readonly InvalidationCriterion[];
  readonly riskManagement: Readonly<Record<string, unknown>>;
  readonly timeHorizonHours: number;
  readonly optimalEntryTimeframe: Timeframe;
  readonly monitoringTimeframe: Timeframe;
  readonly signalStrength: 'weak' | 'moderate' | 'strong' | 'very_strong';
  /** Factors that speak for it. */
  readonly confluenceCount: number;
  /** −1…1; null: `marketContext.missing.market_correlation` says why. */
  readonly marketCorrelation: number | null;
  /** ms, exclusive. */
  readonly expiresAt: number;
}

/** How a signal that is live stands. */
export interface SignalState {
  /** Number of the asset in the engine. */
  readonly asset: number;
  /** End of the candle at whose close it was given, ms. */
  readonly openedAt: number;
  /** First price seen from then on; null: none yet, as the two below. */
  readonly actualEntryPrice: number | null;
  /** Best and worst price since. */
  readonly maxFavorableExcursion: number | null;
  readonly maxAdverseExcursion: number | null;
}

/** A signal that has not ended. */
export interface LiveSignal extends SignalState {
  readonly draft: SignalDraft;
}

/** How a signal ended. */
export interface SignalChange {
  readonly status: Exclude<SignalStatus, 'active'>;
  /** In words: `target reached`. */
  readonly reason: string;
  /** Exchange time, ms. */
  readonly time: number;
  /** Where it was left; null: no price was seen since it was given. */
  readonly exitPrice: number | null;
  /** Null: neither target nor stop was reached. */
  readonly signalSuccessful: boolean | null;
  readonly actualEntryPrice: number | null;
  readonly maxFavorableExcursion: number | null;
  readonly maxAdverseExcursion: number | null;
}

/** Who hears of signals. Called synchronously, in order. */
export interface SignalSink {
  opened(asset: number, signal: SignalDraft): void;
  changed(asset: number, signal: SignalDraft, change: SignalChange): void;
}
