import type { KeyLevel, Structure } from '../structure/structure.js';
import type { SignalOptions } from './signal-options.js';

/** Ways, in ATRs. The stop lies beyond what it hides behind, and neither in the noise nor out of reach. */
const STOP_BEYOND = 0.25;
const STOP_NEAREST = 1;
const ANCHOR_NEAREST = 0.5;
const ANCHOR_FARTHEST = 3;
const STOP_WITHOUT_ANCHOR = 2;
const TARGET_BEFORE = 0.1;

/** Ways to the target, in ways to the stop. */
const TARGET_WITHOUT_LEVEL = 2;
const TARGET_FARTHEST = 3;

/** Levels that are weaker are not seen; from the second on one blocks the way. */
const LEVEL_STRENGTH = 0.3;
const BLOCKING_STRENGTH = 0.6;
const NEWEST_SWINGS = 8;
/** Digits that a price is given with. */
const DIGITS = 8;

/** Where to enter, to stop and to leave. */
export interface TradePlan {
  readonly entry: number;
  readonly stop: number;
  readonly target: number;
  readonly riskReward: number;
  /** What the stop hides behind. */
  readonly stopBasis: 'swing' | 'level' | 'volatility';
  readonly targetBasis: 'level' | 'risk_multiple';
  /** 0–1: share of the way to the target before the next opposing level. */
  readonly room: number;
  /** The level in the way; null: none. */
  readonly opposing: number | null;
}

/**
 * Plans a trade from the newest close: the stop beyond the nearest swing or level, else two ATRs away; the target before
 * the opposing level, else a multiple of the risk.
 *
 * @param side 1: long, −1: short
 * @param levels of its own and of the longer timeframe, by their prices
 * @returns null: the stop lies within what fees eat, a strong level is in the way, or there is no price for one of them
 */
export function planTrade(
  side: 1 | -1,
  close: number,
  atr: number,
  structure: Structure,
  levels: readonly KeyLevel[],
  options: SignalOptions,
): TradePlan | null {
  let anchor = Number.NaN;
  let stopBasis: TradePlan['stopBasis'] = 'volatility';
  const kind = side === 1 ? 'low' : 'high';
  let seen = 0;
  for (const swing of structure.swings()) {
    if (++seen > NEWEST_SWINGS) break;
    if (swing.kind !== kind || !isAnchor(side, close, atr, swing.price, anchor)) continue;
    anchor = swing.price;
    stopBasis = 'swing';
  }
  for (const level of levels) {
    if (level.strength < LEVEL_STRENGTH || !isAnchor(side, close, atr, level.price, anchor)) continue;
    anchor = level.price;
    stopBasis = 'level';
  }
  const wanted = Number.isNaN(anchor)
    ? STOP_WITHOUT_ANCHOR * atr
    : Math.max(STOP_NEAREST * atr, side * (close - anchor) + STOP_BEYOND * atr);
  const stop = price(close - side * wanted);
  const risk = side * (close - stop);
  if (!(stop > 0 && risk > 0) || risk < (options.minStopPct / 100) * close) return null;

  let opposing = Number.NaN;
  let target = Number.NaN;
  for (const level of levels) {
    const way = side * (level.price - close);
    if (level.strength < LEVEL_STRENGTH || !(way > 0)) continue;
    if (level.strength >= BLOCKING_STRENGTH && way < options.minRiskReward * risk) return null;
    if (!(way >= side * (opposing - close))) opposing = level.price;
    const before = way - TARGET_BEFORE * atr;
    if (before >= options.minRiskReward * risk && !(before >= side * (target - close))) {
      target = close + side * before;
    }
  }
  const farthest = Math.max(TARGET_FARTHEST, options.minRiskReward) * risk;
  const isAtLevel = side * (target - close) <= farthest;
  const aim = isAtLevel
    ? target
    : close +
      side * (Number.isNaN(target) ? Math.max(TARGET_WITHOUT_LEVEL, options.minRiskReward) * risk : farthest);
  const rounded = price(aim);
  const reward = side * (rounded - close);
  if (!(rounded > 0 && reward > 0) || !Number.isFinite(reward / risk)) return null;
  // Digits that were cut off may cost a hair of what was asked for.
  if (reward / risk < options.minRiskReward - 1e-6) return null;
  const hasOpposing = !Number.isNaN(opposing);
  return {
    entry: close,
    stop,
    target: rounded,
    riskReward: reward / risk,
    stopBasis,
    targetBasis: isAtLevel ? 'level' : 'risk_multiple',
    room: hasOpposing ? Math.min(1, (side * (opposing - close)) / reward) : 1,
    opposing: hasOpposing ? opposing : null,
  };
}

/** Says whether a stop may hide behind a price, and does so nearer than behind the one found before (NaN: none). */
function isAnchor(side: 1 | -1, close: number, atr: number, at: number, before: number): boolean {
  const way = side * (close - at);
  if (!(way >= ANCHOR_NEAREST * atr && way <= ANCHOR_FARTHEST * atr)) return false;
  return Number.isNaN(before) || way < side * (close - before);
}

function price(value: number): number {
  return Number.isFinite(value) ? Number(value.toPrecision(DIGITS)) : Number.NaN;
}
