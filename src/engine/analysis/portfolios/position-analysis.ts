import { TIMEFRAMES } from '../../../timeframe.js';
import { columnOf } from '../columns.js';
import type { Frame } from '../frame.js';
import { Gaps } from '../gaps.js';
import { clamp, unit } from '../statistics.js';
import { type Direction, type Directions, outlookOf } from './direction.js';
import type { ActiveSignals, Position, RiskInput } from './inputs.js';
import type { MarketHistories } from './market-histories.js';
import { advise, isBeyond, type PositionSituation, positionStatus } from './position-action.js';
import { currentSignals, deterioration, regimeChange } from './position-conditions.js';
import { liquidationPrice, optimalSize, positionLevels } from './position-levels.js';
import { riskFactors } from './risk-factors.js';
import type { PortfolioAssetAnalysis } from './rows.js';
import type { WeighedHolding } from './value-path.js';

const ATR = columnOf('atr_14');
/** An analysis holds for so many candles of its timeframe, in hours. */
const HORIZON_HOURS = { '1h': 24, '4h': 96, '1d': 576 } as const;

/** What the analysis of a position reads beside itself. */
export interface PositionContext {
  readonly frame: Frame;
  readonly directions: Directions;
  readonly histories: MarketHistories;
  readonly signals: ActiveSignals;
  readonly risk: RiskInput | null;
  /** USD; null: not known. */
  readonly portfolioValue: number | null;
}

/** A position's row with what the portfolio's reads of it. */
export interface AnalysedPosition {
  readonly position: Position;
  readonly row: PortfolioAssetAnalysis;
  readonly direction: Direction;
}

/** Analyses a position at a frame of 1h, 4h or 1d. What cannot be told is null, with its reason in `analysis_data`. */
export function analysePosition(holding: WeighedHolding, context: PositionContext): AnalysedPosition {
  const { position, value, share } = holding;
  const { frame, directions, histories, signals } = context;
  const { input } = position;
  const gaps = new Gaps();
  const noPrice = value.missing.price ?? null;
  const price = noPrice === null ? (value.price ?? Number.NaN) : Number.NaN;
  const isSeen = Number.isFinite(price) && position.asset >= 0;
  const direction = isSeen ? directions.of(position) : NO_DIRECTION;
  const favour = direction.score * position.direction;
  const atr = isSeen ? frame.series.value(position.asset, frame.timeframe, ATR) : Number.NaN;
  const keyLevels = isSeen ? (frame.structures.of(position.asset, frame.timeframe)?.levels() ?? []) : [];
  const levels = positionLevels(position, price, atr, keyLevels);
  const size = optimalSize(position, price, levels.stop, value.usdPerQuote ?? Number.NaN, {
    portfolioValue: context.portfolioValue ?? Number.NaN,
    maxRisk: Number(context.risk?.maxPortfolioRisk ?? Number.NaN),
    maxPositionSize: Number(context.risk?.maxPositionSize ?? Number.NaN),
    riskFactor: direction.regime?.riskFactor ?? 1,
  });
  const distance = ((price - firstKnown(position.stop, levels.stop)) * position.direction) / atr;
  const pnlPct = value.pnlPct ?? Number.NaN;
  const { risk, parts } = riskLevel(position, price, atr, distance, pnlPct, favour);
  const exitProbability = exitChance(position, price, distance, favour);
  const situation: PositionSituation = {
    direction: position.direction,
    price,
    entry: position.entry,
    pnlPct,
    stop: position.stop,
    target: position.target,
    suggestedStop: levels.stop,
    liquidation: levels.liquidation,
    atr,
    riskLevel: risk,
    exitProbability,
    favour,
    sharePct: context.portfolioValue === null ? Number.NaN : share * 100,
    maxSharePct: position.maxAllocation,
    quantity: position.quantity,
    optimalSize: size,
  };
  const canJudge = isSeen && Number.isFinite(exitProbability);
  const status = canJudge ? positionStatus(situation) : null;
  const advice = status === null ? null : advise(situation, status);
  const market = isSeen
    ? currentSignals(position, direction, frame, histories, signals.activeOf(position.asset))
    : null;
  const change = regimeChange(input.regimeAtEntry, direction.regime?.regime ?? null);
  const worse = isSeen
    ? deterioration(position, direction.regime?.regime ?? null, frame, histories)
    : Number.NaN;
  const timeframe = TIMEFRAMES[frame.timeframe] as '1h' | '4h' | '1d';
  const blind = noPrice ?? 'neither the distance to a stop nor the direction of its price is known';
  const noStop = noPrice ?? 'no ATR yet, and no stop that lies on the losing side of the price';
  const row = {
    portfolioAssetId: input.id,
    timeframe,
    candleTime: frame.candleTime,
    analysisTime: frame.time,
    positionStatus: gaps.value('position_status', status, blind),
    currentPnlPct: gaps.number('current_pnl_pct', value.pnlPct, reasonOf(value.missing)),
    riskLevelScore: gaps.number('risk_level_score', isSeen ? risk : null, blind),
    exitProbability: gaps.number('exit_probability', isSeen ? exitProbability : null, blind),
    recommendedAction: gaps.value('recommended_action', advice?.action ?? null, blind),
    urgencyLevel: gaps.value('urgency_level', advice?.urgency ?? null, blind),
    recommendationReason: gaps.value('recommendation_reason', advice?.reason ?? null, blind),
    suggestedSlPrice: gaps.number('suggested_sl_price', levels.stop, noStop),
    suggestedTpPrice: gaps.number('suggested_tp_price', levels.target, noStop),
    suggestedExitPercentage: gaps.number('suggested_exit_percentage', advice?.exitPercentage ?? null, blind),
    optimalPositionSize: gaps.number(
      'optimal_position_size',
      size,
      sizeReason(context, levels.stop, noPrice),
    ),
    currentSignals: gaps.value('current_signals', market === null ? null : { ...market }, blind),
    riskFactors: gaps.value(
      'risk_factors',
      market === null
        ? null
        : riskFactors({
            position,
            price,
            atr,
            liquidation: levels.liquidation,
            sharePct: situation.sharePct,
            levels: keyLevels,
            direction,
            signals: market,
          }),
      blind,
    ),
    marketRegimeChange: gaps.value('market_regime_change', change, regimeReason(position, direction)),
    conditionDeteriorationScore: gaps.number(
      'condition_deterioration_score',
      worse,
      noPrice ?? 'neither the regime at the entry nor 50 daily closes before it are known',
    ),
    aiPositionOutlook: gaps.value(
      'ai_position_outlook',
      outlookOf(direction.score),
      noPrice ?? 'no factor is known',
    ),
    aiConfidenceScore: gaps.number(
      'ai_confidence_score',
      direction.known * direction.agreement,
      noPrice ?? 'no factor is known',
    ),
    signalAgreementScore: gaps.number(
      'signal_agreement_score',
      direction.agreement,
      noPrice ?? 'no factor is known',
    ),
    analysisHorizonHours: HORIZON_HOURS[timeframe],
  };
  const analysisData = {
    entry_analysis: { entry_price: finite(position.entry), regime: input.regimeAtEntry ?? null },
    current_analysis: {
      current_price: finite(price),
      price_basis: value.basis,
      value_usd: value.valueUsd,
      pnl_usd: value.pnlUsd,
      exposure_usd: value.exposureUsd,
      share_pct: finite(situation.sharePct),
      atr: finite(atr),
      stop_distance_atr: finite(distance),
      liquidation_price: finite(levels.liquidation),
      stop_basis: levels.stopBasis,
      target_basis: levels.targetBasis,
      favours_position: Number.isFinite(favour) ? favour > 0 : null,
      score: finite(direction.score),
    },
    votes: direction.votes,
    votes_missing: direction.missing,
    risk_parts: parts,
    regime: direction.regime === null ? null : direction.regime.regime,
    simulated: position.isSimulated,
    next_review: frame.time + (frame.time - frame.candleTime),
    missing: gaps.missing,
  };
  return { position, row: { ...row, analysisData }, direction };
}

const NO_DIRECTION: Direction = {
  score: Number.NaN,
  agreement: Number.NaN,
  known: 0,
  votes: [],
  missing: ['trend', 'long_trend', 'structure', 'momentum', 'rsi', 'regime', 'sector'],
  regime: null,
  sector: null,
};

/**
 * A logistic rank, not a measured frequency: 1 ÷ (1 + e^−z), z = −1 + 0.8 × (2 − distance to the stop in ATRs, 0–6) − 2 ×
 * what is expected of the position (−1 to 1). 1 where the stop is reached or the margin gone. NaN: neither part is known.
 */
function exitChance(position: Position, price: number, distance: number, favour: number): number {
  const { direction } = position;
  if (isBeyond(price, position.stop, direction) || isBeyond(price, liquidationPrice(position), direction))
    return 1;
  if (!Number.isFinite(distance) && !Number.isFinite(favour)) return Number.NaN;
  const near = Number.isFinite(distance) ? 0.8 * (2 - clamp(distance, 0, 6)) : 0;
  const expected = Number.isFinite(favour) ? 2 * favour : 0;
  return 1 / (1 + Math.exp(-(-1 + near - expected)));
}

const RISK_WEIGHTS = { stop: 0.3, loss: 0.2, against: 0.2, leverage: 0.15, volatility: 0.15 } as const;

/** Weighted mean of what is known, each part 0–1. */
function riskLevel(
  { leverage }: Position,
  price: number,
  atr: number,
  distance: number,
  pnlPct: number,
  favour: number,
): { readonly risk: number; readonly parts: Readonly<Record<string, number>> } {
  const values: Readonly<Record<keyof typeof RISK_WEIGHTS, number>> = {
    stop: 1 - unit(distance / 4),
    loss: unit(-pnlPct / 20),
    against: (1 - favour) / 2,
    leverage: 1 - 1 / leverage,
    volatility: atr / price / (atr / price + 0.03),
  };
  const parts: Record<string, number> = {};
  let [sum, weights] = [0, 0];
  for (const name of Object.keys(RISK_WEIGHTS) as (keyof typeof RISK_WEIGHTS)[]) {
    const value = values[name];
    if (!Number.isFinite(value)) continue;
    parts[name] = value;
    sum += RISK_WEIGHTS[name] * value;
    weights += RISK_WEIGHTS[name];
  }
  return { risk: unit(sum / weights), parts };
}

function regimeReason({ input }: Position, { regime }: Direction): string {
  if (input.regimeAtEntry === null || input.regimeAtEntry === undefined) {
    return 'the regime at the entry is not known';
  }
  if (regime === null) return 'there is no daily regime yet';
  return 'a transition is neither bull, bear nor sideways';
}

function sizeReason({ risk, portfolioValue }: PositionContext, stop: number, noPrice: string | null): string {
  if (noPrice !== null) return noPrice;
  if (risk === null || risk.maxPortfolioRisk === null) return 'the user has set no risk a position may take';
  if (portfolioValue === null) return "the portfolio's value is not known";
  return Number.isFinite(stop) ? 'the sum is out of range' : 'there is no stop to measure the risk by';
}

function reasonOf(missing: Readonly<Record<string, string>>): string {
  const reasons = Object.values(missing);
  return reasons.length === 0 ? 'nothing was put in' : reasons.join('; ');
}

function firstKnown(first: number, second: number): number {
  return Number.isFinite(first) ? first : second;
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
