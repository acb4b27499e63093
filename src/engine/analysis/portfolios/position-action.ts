import type { PositionAction, PositionStatus, Urgency } from './rows.js';

/** What the choice of an action reads. NaN: not known. Prices in the quote. */
export interface PositionSituation {
  readonly direction: 1 | -1;
  readonly price: number;
  readonly entry: number;
  readonly pnlPct: number;
  /** The user's own. */
  readonly stop: number;
  readonly target: number;
  readonly suggestedStop: number;
  readonly liquidation: number;
  readonly atr: number;
  readonly riskLevel: number;
  readonly exitProbability: number;
  /** Expected of the position, −1 to 1. */
  readonly favour: number;
  /** Share of the portfolio and the user's greatest, percent. */
  readonly sharePct: number;
  readonly maxSharePct: number;
  /** Base units. */
  readonly quantity: number;
  readonly optimalSize: number;
}

export interface PositionAdvice {
  readonly action: PositionAction;
  readonly urgency: Urgency;
  readonly reason: string;
  /** 0–100, of the position. */
  readonly exitPercentage: number;
}

/** Share of the way from entry to target from which a position is in its take-profit zone. */
const TAKE_PROFIT_ZONE = 0.8;

/** Says whether a price has reached another one on the losing side; false where one of them is not known. */
export function isBeyond(price: number, level: number, direction: 1 | -1): boolean {
  return (price - level) * direction <= 0;
}

/** How a position stands: the first of critical, take-profit zone, at risk that holds. */
export function positionStatus(situation: PositionSituation): PositionStatus {
  const { direction, price, entry, stop, target, liquidation, atr, riskLevel, exitProbability } = situation;
  const isLost = isBeyond(price, stop, direction) || isBeyond(price, liquidation, direction);
  const isNearLiquidation = Math.abs(price - liquidation) < 2 * atr;
  if (isLost || isNearLiquidation || riskLevel >= 0.75) return 'critical';
  const way = (target - entry) * direction;
  const gone = (price - entry) * direction;
  const hasReachedTarget = (price - target) * direction >= 0;
  if (hasReachedTarget || (way > 0 && gone >= TAKE_PROFIT_ZONE * way)) return 'take_profit_zone';
  return riskLevel >= 0.5 || exitProbability >= 0.5 ? 'at_risk' : 'healthy';
}

/** Recommends what to do with a position: the first rule that holds, from saving what is left to adding. */
export function advise(situation: PositionSituation, status: PositionStatus): PositionAdvice {
  return (
    saveCapital(situation, status) ??
    takeProfit(situation, status) ??
    trim(situation) ??
    moveStop(situation) ??
    add(situation, status) ?? {
      action: 'hold',
      urgency: 'low',
      exitPercentage: 0,
      reason: `nothing calls for a change: risk ${score(situation.riskLevel)}, exit probability ${score(situation.exitProbability)}`,
    }
  );
}

function saveCapital(
  { direction, price, stop, liquidation, exitProbability, favour }: PositionSituation,
  status: PositionStatus,
): PositionAdvice | null {
  if (isBeyond(price, liquidation, direction)) {
    return exit(
      100,
      'immediate',
      `the price ${figure(price)} is beyond ${figure(liquidation)}, where the margin is gone`,
    );
  }
  if (isBeyond(price, stop, direction)) {
    return exit(100, 'immediate', `the price ${figure(price)} is beyond the stop ${figure(stop)}`);
  }
  const why = `exit probability ${score(exitProbability)}, conditions ${score(favour)} of −1 to 1 for the position`;
  if (exitProbability >= 0.8) return exit(100, 'high', why);
  if (exitProbability >= 0.65) return exit(75, 'high', why);
  if (status === 'critical') {
    return exit(50, 'high', `the position is critical: risk or nearness of liquidation; ${why}`);
  }
  return exitProbability >= 0.5 ? exit(50, 'medium', why) : null;
}

function takeProfit(
  { direction, price, target, favour }: PositionSituation,
  status: PositionStatus,
): PositionAdvice | null {
  if (status !== 'take_profit_zone') return null;
  const where = `the price ${figure(price)} is at or near the target ${figure(target)}`;
  const hasReached = (price - target) * direction >= 0;
  if (favour < 0)
    return exit(50, 'medium', `${where} and conditions speak against the position (${score(favour)})`);
  if (hasReached && favour > 0.5) {
    return {
      action: 'extend_tp',
      urgency: 'low',
      exitPercentage: 0,
      reason: `${where} and conditions speak for more (${score(favour)})`,
    };
  }
  return exit(25, 'medium', where);
}

function trim({ sharePct, maxSharePct }: PositionSituation): PositionAdvice | null {
  if (!(sharePct > 1.25 * maxSharePct)) return null;
  const excess = 1 - maxSharePct / sharePct;
  const percentage = excess >= 0.625 ? 75 : excess >= 0.375 ? 50 : 25;
  return exit(
    percentage,
    'medium',
    `it is ${figure(sharePct)} % of the portfolio, and at most ${figure(maxSharePct)} % are wanted`,
  );
}

function moveStop(situation: PositionSituation): PositionAdvice | null {
  const { direction, price, entry, stop, suggestedStop, atr, pnlPct } = situation;
  const keep = { exitPercentage: 0 } as const;
  if (!Number.isFinite(stop)) {
    if (!Number.isFinite(suggestedStop)) return null;
    const reason = `no stop is set; ${figure(suggestedStop)} is suggested`;
    return { action: 'tighten_sl', urgency: 'medium', reason, ...keep };
  }
  const risk = (entry - stop) * direction;
  if (risk > 0 && (price - entry) * direction >= risk) {
    const reason = `the profit has reached the risk of the entry (${figure(risk)} a unit); the stop can go to ${figure(entry)}`;
    return { action: 'move_sl_to_be', urgency: 'medium', reason, ...keep };
  }
  if (pnlPct > 0 && (suggestedStop - stop) * direction >= atr) {
    const reason = `the stop ${figure(stop)} is more than an ATR looser than ${figure(suggestedStop)}`;
    return { action: 'tighten_sl', urgency: 'low', reason, ...keep };
  }
  return null;
}

function add(
  { favour, quantity, optimalSize, sharePct, maxSharePct }: PositionSituation,
  status: PositionStatus,
): PositionAdvice | null {
  const hasRoom = sharePct < 0.8 * maxSharePct && quantity < 0.8 * optimalSize;
  if (status !== 'healthy' || !(favour >= 0.6) || !hasRoom) return null;
  const reason = `conditions speak for the position (${score(favour)}) and it is smaller than ${figure(optimalSize)} units, which the limits of risk allow`;
  return { action: 'add_position', urgency: 'low', reason, exitPercentage: 0 };
}

const EXITS = {
  25: 'partial_exit_25',
  50: 'partial_exit_50',
  75: 'partial_exit_75',
  100: 'full_exit',
} as const satisfies Readonly<Record<number, PositionAction>>;

function exit(exitPercentage: keyof typeof EXITS, urgency: Urgency, reason: string): PositionAdvice {
  return { action: EXITS[exitPercentage], urgency, reason, exitPercentage };
}

/** A number of a text, with at most six digits that count. */
export function figure(value: number): string {
  return String(Number(value.toPrecision(6)));
}

function score(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toFixed(2))) : 'unknown';
}
