import type { KeyLevel } from '../structure/structure.js';
import type { Direction } from './direction.js';
import type { Position } from './inputs.js';
import type { CurrentSignals } from './position-conditions.js';

/** What endangers a position, with the numbers that say so. */
export interface RiskFactor {
  readonly factor: string;
  readonly severity: 'low' | 'medium' | 'high';
  readonly [number: string]: number | string | null;
}

/** What finding risk factors reads. NaN: not known. Prices in the quote. */
export interface RiskSituation {
  readonly position: Position;
  readonly price: number;
  readonly atr: number;
  readonly liquidation: number;
  readonly sharePct: number;
  readonly levels: readonly KeyLevel[];
  readonly direction: Direction;
  readonly signals: CurrentSignals;
}

/** Levels within one ATR and a liquidation within five are near. */
const NEAR = { level: 1, liquidation: 5 } as const;

/** Names what endangers a position, the same ones always in the same order. */
export function riskFactors({
  position,
  price,
  atr,
  liquidation,
  sharePct,
  levels,
  direction: { regime, sector },
  signals,
}: RiskSituation): RiskFactor[] {
  const found: RiskFactor[] = [];
  const { direction, leverage, stop, maxAllocation } = position;
  if (Math.abs(price - liquidation) < NEAR.liquidation * atr) {
    const severity = Math.abs(price - liquidation) < 2 * atr ? 'high' : 'medium';
    found.push({ factor: 'liquidation_near', severity, price_level: liquidation });
  }
  if (!Number.isFinite(stop)) found.push({ factor: 'no_stop', severity: leverage > 1 ? 'high' : 'medium' });
  const losing = levels
    .map((level) => ({ level: level.price, distance: (price - level.price) * direction }))
    .filter(({ distance }) => distance >= 0 && distance < NEAR.level * atr)
    .toSorted((a, b) => a.distance - b.distance)[0];
  if (losing !== undefined) {
    const factor = direction === 1 ? 'support_level_approaching' : 'resistance_level_approaching';
    found.push({ factor, severity: 'medium', price_level: losing.level });
  }
  const isBroken = direction === 1 ? signals.support_broken : signals.resistance_broken;
  if (isBroken === true) {
    found.push({ factor: direction === 1 ? 'support_broken' : 'resistance_broken', severity: 'high' });
  }
  if (leverage >= 3) {
    found.push({ factor: 'leverage', severity: leverage >= 10 ? 'high' : 'medium', leverage });
  }
  if (sharePct > maxAllocation) {
    found.push({
      factor: 'over_max_allocation',
      severity: 'medium',
      current_pct: sharePct,
      max_pct: maxAllocation,
    });
  }
  const against = direction === 1 ? 'Bear' : 'Bull';
  if (regime?.regime === against) {
    found.push({
      factor: 'regime_against',
      severity: 'high',
      regime: regime.regime,
      confidence: regime.confidence,
    });
  }
  const strength = sector?.relativeStrength ?? null;
  if (strength !== null && (strength - 0.5) * direction < -0.15) {
    const factor = direction === 1 ? 'sector_weakness' : 'sector_strength';
    found.push({ factor, severity: 'medium', relative_strength: strength });
  }
  if (signals.volume_declining === true) {
    found.push({ factor: 'volume_decline', severity: 'low', trend: 'decreasing' });
  }
  if (signals.correlation_breakdown === true)
    found.push({ factor: 'correlation_breakdown', severity: 'low' });
  return found;
}
