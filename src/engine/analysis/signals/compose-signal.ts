import { HOUR_MS, type Timeframe } from '../../../timeframe.js';
import type { RegimeState, SectorState } from '../contexts.js';
import { Gaps } from '../gaps.js';
import { clamp, fourDecimals } from '../statistics.js';
import { criteriaFor } from './criteria.js';
import type { TradePlan } from './plan.js';
import type { ConfluenceFactor, RiskLevel, SignalDraft } from './signal.js';
import { SIGNAL_PACE, type SignalOptions, type SignalTimeframe } from './signal-options.js';

/** Everything that a signal is put together from. */
export interface SignalParts {
  readonly side: 1 | -1;
  readonly assetId: number;
  readonly timeframe: SignalTimeframe;
  readonly candleTime: number;
  /** End of that candle, ms. */
  readonly time: number;
  readonly expiresAt: number;
  readonly confidence: number;
  readonly factors: readonly ConfluenceFactor[];
  readonly plan: TradePlan;
  readonly atr: number;
  /** −1…1, of its own timeframe; NaN: not known. */
  readonly trend: number;
  /** Volume against the mean of the 20 before; NaN: not known. */
  readonly volumeRatio: number;
  readonly regime: RegimeState | null;
  readonly sector: SectorState | null;
  /** Null: why it is, is in `sectorReason`. */
  readonly sectorReason: string;
  readonly correlation: number | null;
  readonly correlationReason: string;
  readonly simulated: boolean;
  readonly brokenLevel: number | null;
}

/** A regime's risk factor is not followed beyond these. */
const RISK_FACTOR_LEAST = 0.25;
const RISK_FACTOR_MOST = 1.5;
/** The most of a capital that goes into one position, percent. */
const POSITION_MOST = 20;
/** A factor speaks for a signal from this score on. */
const SUPPORTING = 0.25;

/** Puts a signal together. */
export function composeSignal(parts: SignalParts, options: SignalOptions): SignalDraft {
  const { side, timeframe, plan, factors, regime, sector, confidence } = parts;
  const { horizon: _, cooldown: __, entry, monitoring, regime: regimeTimeframe } = SIGNAL_PACE[timeframe];
  const gaps = new Gaps();
  const noRegime = `no ${regimeTimeframe} regime is known of before this close`;
  const confluenceCount = factors.filter(({ score }) => score >= SUPPORTING).length;
  const stopPct = (100 * Math.abs(plan.entry - plan.stop)) / plan.entry;
  const regimeName = gaps.value('regime', regime?.regime ?? null, noRegime);
  const marketContext = {
    regime: regimeName,
    regime_timeframe: regimeTimeframe,
    regime_confidence: gaps.number('regime_confidence', regime?.confidence ?? null, noRegime),
    trend_strength: gaps.number('trend_strength', Math.abs(parts.trend), 'too few candles for a trend'),
    volatility_level: gaps.value('volatility_level', volatilityLevel(regime), noRegime),
    volume_profile: gaps.value('volume_profile', volumeProfile(parts.volumeRatio), 'no volume before'),
    simulated: parts.simulated,
  };
  const sectorContext = gaps.value(
    'sector_context',
    sector === null ? null : sectorRow(sector),
    parts.sectorReason,
  );
  const marketCorrelation = gaps.number('market_correlation', parts.correlation, parts.correlationReason);
  for (const field of ['watchlist_analysis_id', 'portfolio_analysis_id']) {
    gaps.value(field, null, 'the signal is of the market, not of a list');
  }
  gaps.value('user_id', null, 'the signal is for everybody');
  return {
    assetId: parts.assetId,
    timeframe,
    candleTime: parts.candleTime,
    signalType: side === 1 ? 'long' : 'short',
    signalOrigin: 'market_opportunity',
    signalQuality: qualityOf(confluenceCount),
    confidenceScore: confidence,
    entryPrice: plan.entry,
    targetPrice: plan.target,
    stopLoss: plan.stop,
    riskLevel: riskLevelOf(stopPct, regime),
    riskRewardRatio: plan.riskReward,
    marketContext: { ...marketContext, missing: gaps.missing },
    sectorContext,
    confluenceFactors: factors,
    invalidationCriteria: criteriaFor({
      side,
      timeframe,
      regimeTimeframe,
      regime: regime?.regime ?? null,
      atr: parts.atr,
      stop: plan.stop,
      entry: plan.entry,
      brokenLevel: parts.brokenLevel,
    }),
    riskManagement: riskManagement(parts, stopPct, options),
    timeHorizonHours: Math.max(1, Math.round((parts.expiresAt - parts.time) / HOUR_MS)),
    optimalEntryTimeframe: entry satisfies Timeframe,
    monitoringTimeframe: monitoring,
    signalStrength: strengthOf(confidence),
    confluenceCount,
    marketCorrelation,
    expiresAt: parts.expiresAt,
  };
}

/**
 * Sizing by fixed fractions (Vince 1990): what is lost at the stop is a set share of the capital, times the regime's
 * risk factor. Kelly's rule would need an edge that was measured; there is none.
 */
function riskManagement(
  { plan, regime }: SignalParts,
  stopPct: number,
  { riskPerTradePct, feePerSide }: SignalOptions,
): Readonly<Record<string, unknown>> {
  const factor = clamp(regime?.riskFactor ?? 1, RISK_FACTOR_LEAST, RISK_FACTOR_MOST);
  const feesPct = 200 * feePerSide;
  const riskPct = riskPerTradePct * factor;
  return {
    max_position_size_pct: fourDecimals(Math.min(POSITION_MOST, (100 * riskPct) / (stopPct + feesPct))),
    suggested_leverage: 1,
    stop_loss_type: plan.stopBasis === 'volatility' ? 'volatility' : 'technical',
    stop_basis: plan.stopBasis,
    target_basis: plan.targetBasis,
    position_sizing_method: 'fixed_fractional',
    risk_per_trade_pct: fourDecimals(riskPct),
    regime_risk_factor: fourDecimals(factor),
    stop_distance_pct: fourDecimals(stopPct),
    fees_round_trip_pct: fourDecimals(feesPct),
    /** Share of targets that must be reached for nothing to be lost after fees. */
    break_even_hit_rate: fourDecimals(Math.min(1, (stopPct + feesPct) / (stopPct * (1 + plan.riskReward)))),
  };
}

function sectorRow(sector: SectorState): Readonly<Record<string, unknown>> {
  const { inflow, outflow } = sector;
  const difference = inflow === null || outflow === null ? null : inflow - outflow;
  return {
    sector_id: sector.sectorId,
    sector: sector.name,
    /** Percent in 24 hours. */
    sector_performance: sector.performance24h,
    sector_rotation: difference === null ? null : rotationOf(difference),
    relative_strength: sector.relativeStrength,
    rank: sector.rank,
    outlook: sector.outlook,
  };
}

function rotationOf(difference: number): 'inflow' | 'outflow' | 'balanced' {
  if (Math.abs(difference) < 0.05) return 'balanced';
  return difference > 0 ? 'inflow' : 'outflow';
}

function volatilityLevel(regime: RegimeState | null): 'low' | 'medium' | 'high' | null {
  if (regime === null) return null;
  if (regime.volatility < 0.3) return 'low';
  return regime.volatility > 0.7 ? 'high' : 'medium';
}

function volumeProfile(ratio: number): 'below_average' | 'average' | 'above_average' | null {
  if (Number.isNaN(ratio)) return null;
  if (ratio < 0.8) return 'below_average';
  return ratio > 1.2 ? 'above_average' : 'average';
}

const RISK_LEVELS: readonly RiskLevel[] = ['low', 'medium', 'high', 'extreme'];

/** By what the stop costs, in percent of the price; one level higher while the market is volatile. */
function riskLevelOf(stopPct: number, regime: RegimeState | null): RiskLevel {
  const byStop = [1, 3, 7].filter((limit) => stopPct >= limit).length;
  const level = byStop + ((regime?.volatility ?? 0) > 0.7 ? 1 : 0);
  return RISK_LEVELS[Math.min(3, level)] ?? 'extreme';
}

function qualityOf(confluenceCount: number): SignalDraft['signalQuality'] {
  if (confluenceCount >= 8) return 'high';
  return confluenceCount >= 6 ? 'medium' : 'low';
}

function strengthOf(confidence: number): SignalDraft['signalStrength'] {
  if (confidence >= 0.9) return 'very_strong';
  if (confidence >= 0.8) return 'strong';
  return confidence >= 0.7 ? 'moderate' : 'weak';
}
