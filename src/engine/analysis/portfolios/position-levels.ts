import type { KeyLevel } from '../structure/structure.js';
import type { Position } from './inputs.js';

/** Nearest and farthest stop, from the price, ATRs; where it goes when no level lies between. */
const STOP_ATRS = { least: 1, most: 4, usual: 2.5 } as const;
/** A stop goes so much beyond its level, ATRs. */
const BEYOND_LEVEL_ATRS = 0.5;
/** A target is at least so many times as far as the stop. */
const REWARD = { least: 1.5, usual: 2 } as const;
/** How much of the way from the liquidation price to the price a stop keeps away from the former. */
const LIQUIDATION_MARGIN = 0.1;

/** Prices in the quote; NaN: none can be given. */
export interface PositionLevels {
  /** Price at which the margin is gone, without the exchange's maintenance margin: the real one comes earlier. */
  readonly liquidation: number;
  readonly stop: number;
  readonly stopBasis: 'level' | 'atr' | 'own' | 'liquidation' | null;
  readonly target: number;
  readonly targetBasis: 'level' | 'multiple' | null;
}

/** Price at which a position has lost its margin: entry × (1 ∓ 1 ÷ leverage). NaN: it cannot, or the entry is not known. */
export function liquidationPrice({ direction, leverage, entry }: Position): number {
  if (direction === 1 && leverage === 1) return Number.NaN;
  return entry * (1 - direction / leverage);
}

/**
 * Suggests a stop and a target. The stop goes half an ATR beyond the nearest key level on the losing side, if that is 1 to
 * 4 ATRs away, else 2.5 ATRs (a volatility stop, Wilder 1978); never further away than the user's own, nor nearer to the
 * price of liquidation than a tenth of the way. The target is the nearest level at least 1.5 times as far as the stop,
 * else twice as far.
 */
export function positionLevels(
  position: Position,
  price: number,
  atr: number,
  levels: readonly KeyLevel[],
): PositionLevels {
  const { direction } = position;
  const liquidation = liquidationPrice(position);
  let stop = Number.NaN;
  let stopBasis: PositionLevels['stopBasis'] = null;
  const take = (candidate: number, basis: NonNullable<PositionLevels['stopBasis']>): void => {
    if (!(candidate > 0) || !((price - candidate) * direction > 0)) return;
    if ((stop - candidate) * direction >= 0) return;
    stop = candidate;
    stopBasis = basis;
  };
  if (atr > 0) {
    const distances = levels.map((level) => (price - level.price) * direction + BEYOND_LEVEL_ATRS * atr);
    const inReach = distances.filter(
      (distance) => distance >= STOP_ATRS.least * atr && distance <= STOP_ATRS.most * atr,
    );
    if (inReach.length > 0) take(price - direction * Math.min(...inReach), 'level');
    if (stopBasis === null) take(price - direction * STOP_ATRS.usual * atr, 'atr');
  }
  take(position.stop, 'own');
  if (liquidation > 0) take(liquidation + LIQUIDATION_MARGIN * (price - liquidation), 'liquidation');
  const risk = (price - stop) * direction;
  const gains = levels
    .map((level) => (level.price - price) * direction)
    .filter((gain) => gain >= REWARD.least * risk);
  const isLevel = gains.length > 0;
  const target = price + direction * (isLevel ? Math.min(...gains) : REWARD.usual * risk);
  const hasTarget = target > 0 && target < Number.POSITIVE_INFINITY;
  return {
    liquidation,
    stop,
    stopBasis,
    target: hasTarget ? target : Number.NaN,
    targetBasis: !hasTarget ? null : isLevel ? 'level' : 'multiple',
  };
}

/** What limits the size of a position. */
export interface SizeLimits {
  /** USD; NaN: the portfolio's value is not known. */
  readonly portfolioValue: number;
  /** Share of it that a position may lose; NaN: not set, as the other. */
  readonly maxRisk: number;
  /** USD, of exposure. */
  readonly maxPositionSize: number;
  /** 0.1–5, of the regime; above 1 it raises nothing: a limit is a limit. 1 if there is none. */
  readonly riskFactor: number;
}

/**
 * Fixed fractional sizing (Vince 1990): what may be lost ÷ distance to the stop, in base units; at most the user's
 * greatest exposure, and the greatest share of the portfolio times the leverage. NaN: a stop, a value or the share at risk
 * is not known.
 */
export function optimalSize(
  position: Position,
  price: number,
  stop: number,
  usdPerQuote: number,
  { portfolioValue, maxRisk, maxPositionSize, riskFactor }: SizeLimits,
): number {
  const distance = Math.abs(price - stop) * usdPerQuote;
  const atRisk = (Math.max(0, portfolioValue) * maxRisk * Math.min(1, riskFactor)) / distance;
  if (!Number.isFinite(atRisk)) return Number.NaN;
  const unit = price * usdPerQuote;
  const share = (Math.max(0, portfolioValue) * position.maxAllocation * position.leverage) / 100 / unit;
  const size = Number.isFinite(maxPositionSize) ? maxPositionSize / unit : Number.POSITIVE_INFINITY;
  return Math.min(atRisk, share, size);
}
