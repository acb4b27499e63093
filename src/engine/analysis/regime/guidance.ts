import { rounded, unit } from '../statistics.js';
import type { RegimeAnalysis } from './analysis.js';
import { riskFactorOf, type Scene } from './scene.js';

/** Relative strength of a sector from which the market is said to favour it, either side of 0.5. */
const FAVOURED = 0.05;

/** Fields of what to do about it: strategy, risk, size, sectors. */
export function guidanceFields(
  scene: Scene,
  confidence: number,
  hasBreakout: boolean,
): Pick<
  RegimeAnalysis,
  'recommendedStrategy' | 'riskAdjustmentFactor' | 'positionSizingGuidance' | 'sectorRegimeImpact'
> {
  const factor = riskFactorOf(scene, confidence);
  return {
    recommendedStrategy: strategyOf(scene, hasBreakout),
    riskAdjustmentFactor: factor,
    positionSizingGuidance: sizeOf(factor),
    sectorRegimeImpact: scene.gaps.value(
      'sector_regime_impact',
      impactsOf(scene),
      'no sector has a relative strength yet',
    ),
  };
}

function strategyOf({ track, features }: Scene, hasBreakout: boolean): RegimeAnalysis['recommendedStrategy'] {
  switch (track.regime) {
    case 'Bull':
      return 'trend_following';
    case 'Sideways':
      if (hasBreakout) return 'breakout';
      return features.volatilityRank > 0.7 ? 'mean_reversion' : 'range_trading';
    case 'Accumulation':
      return hasBreakout ? 'breakout' : 'range_trading';
    default:
      return 'defensive';
  }
}

function sizeOf(factor: number): RegimeAnalysis['positionSizingGuidance'] {
  if (factor < 0.7) return 'conservative';
  if (factor < 1.2) return 'normal';
  return factor < 1.8 ? 'aggressive' : 'maximum';
}

/** What the regime does to each sector, by how the sector fares against the market now. */
function impactsOf({ sectors }: Scene): RegimeAnalysis['sectorRegimeImpact'] {
  const impacts: Record<string, unknown> = {};
  for (const { name, relativeStrength } of sectors ?? []) {
    if (relativeStrength === null) continue;
    const lead = relativeStrength - 0.5;
    const impact = lead > FAVOURED ? 'positive' : lead < -FAVOURED ? 'negative' : 'neutral';
    impacts[name] = { impact, strength: rounded(unit(2 * Math.abs(lead))) };
  }
  return Object.keys(impacts).length === 0 ? null : impacts;
}
