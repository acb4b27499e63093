import { unit } from '../statistics.js';
import type { RegimeAnalysis } from './analysis.js';
import { directionOf, type Scene } from './scene.js';

/** Closed candles for which a break or a breakout counts as new. */
export const FRESH = 3;
/** Candles of the mean volume. */
const VOLUMES = 20;

/** Fields of the market's structure and of its breakouts. */
export function structureFields(
  scene: Scene,
): Pick<
  RegimeAnalysis,
  | 'trendIntact'
  | 'structureBreak'
  | 'structureChangeType'
  | 'structureStrength'
  | 'breakoutSignal'
  | 'breakoutType'
  | 'breakoutLevel'
  | 'volumeConfirmation'
  | 'volumeSurgeRatio'
  | 'retestConfirmation'
  | 'volatilityExpansionScore'
> {
  const { structure, gaps, track } = scene;
  const few = 'fewer than four confirmed swings';
  const found = structure?.breakout() ?? null;
  const fresh = found !== null && found.back < FRESH && !found.hasFailed ? found : null;
  const none = structure === null ? few : `no breakout in the newest ${FRESH} closed candles`;
  const surge = volumeSurge(scene);
  return {
    trendIntact: gaps.value(
      'trend_intact',
      isTrendIntact(scene),
      structure === null ? few : `${track.regime} is no trend`,
    ),
    structureBreak: gaps.value(
      'structure_break',
      structure === null ? null : structure.lastBreak !== null && structure.lastBreak.back < FRESH,
      few,
    ),
    structureChangeType: gaps.value('structure_change_type', changeOf(scene), few),
    structureStrength: gaps.number(
      'structure_strength',
      structure === null ? null : unit(structure.trendStrength),
      few,
    ),
    breakoutSignal: gaps.value('breakout_signal', structure === null ? null : fresh !== null, few),
    breakoutType: gaps.value('breakout_type', fresh?.type ?? null, none),
    breakoutLevel: gaps.number(
      'breakout_level',
      fresh !== null && fresh.level > 0 ? fresh.level : null,
      none,
    ),
    volumeConfirmation: gaps.value('volume_confirmation', fresh?.isVolumeConfirmed ?? null, none),
    volumeSurgeRatio: gaps.number(
      'volume_surge_ratio',
      surge,
      `fewer than ${VOLUMES} candles before this one, or nothing was traded in them`,
    ),
    retestConfirmation: gaps.value('retest_confirmation', fresh?.isRetested ?? null, none),
    volatilityExpansionScore: gaps.number(
      'volatility_expansion_score',
      expansionOf(scene),
      'no average true range yet, or it is zero',
    ),
  };
}

/** Price still does what its regime says: no reversal of the structure, nor a trend the other way. Null: no trend to keep. */
function isTrendIntact({ structure, track }: Scene): boolean | null {
  const direction = directionOf(track.regime);
  if (structure === null || direction === 0) return null;
  const against = direction === 1 ? 'down' : 'up';
  const { trend, lastBreak } = structure;
  return trend !== against && !(lastBreak?.kind === 'reversal' && lastBreak.direction === against);
}

function changeOf({ structure }: Scene): RegimeAnalysis['structureChangeType'] {
  if (structure === null) return null;
  const { lastBreak, trend } = structure;
  if (lastBreak?.kind === 'reversal' && lastBreak.back < FRESH) return 'reversal';
  if (trend === 'range') return 'consolidation';
  return trend === 'up' ? 'higher_high' : 'lower_low';
}

/** Volume of the newest candle against the mean of the 20 before it; null: unknown, or nothing was traded. */
export function volumeSurge({ window }: Scene): number | null {
  const { count, volumes } = window;
  if (count <= VOLUMES) return null;
  let sum = 0;
  for (let i = count - 1 - VOLUMES; i < count - 1; i++) sum += volumes[i] as number;
  return sum > 0 ? ((volumes[count - 1] as number) * VOLUMES) / sum : null;
}

/** True range of the newest candle against the ATR: 0 up to as much, 1 from three times as much (Wilder 1978). */
function expansionOf({ window, features }: Scene): number | null {
  const { count, highs, lows } = window;
  if (!(features.atr > 0)) return null;
  const before = window.close(1);
  const high = Math.max(highs[count - 1] as number, before);
  const low = Math.min(lows[count - 1] as number, before);
  return unit(((high - low) / features.atr - 1) / 2);
}
