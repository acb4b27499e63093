import { timeframeIndex } from '../../../timeframe.js';
import { REGIMES } from '../contexts.js';
import { meanKnown, rounded, unit } from '../statistics.js';
import type { RegimeAnalysis } from './analysis.js';
import { confidenceOf, leaningOf, type Scene, strengthOf } from './scene.js';

/** Consensus from which timeframes are said to agree. */
const AGREED = 2 / 3;

/** Fields of the timeframes beside one another: this one as it is now, the others as of before this moment. */
export function alignmentFields({
  timeframe,
  features,
  components,
  track,
  others,
  gaps,
}: Scene): Pick<
  RegimeAnalysis,
  'timeframeAlignment' | 'multiTimeframeAgreement' | 'timeframeConsensusScore'
> {
  const own = {
    timeframe,
    regime: track.regime,
    strength: strengthOf(features, components),
    confidence: confidenceOf(track, REGIMES),
  };
  const all = [own, ...others].toSorted((a, b) => timeframeIndex(a.timeframe) - timeframeIndex(b.timeframe));
  const leanings = all.map(({ regime }) => leaningOf(regime));
  const mean = meanKnown(leanings);
  const alignment = unit(1 - meanKnown(leanings.map((leaning) => Math.abs(leaning - mean))));
  const said = all.reduce((sum, { confidence }) => sum + confidence, 0);
  const agreed = all.reduce(
    (sum, { regime, confidence }) => (regime === track.regime ? sum + confidence : sum),
    0,
  );
  const isAlone = others.length === 0;
  const consensus = isAlone ? null : said > 0 ? unit(agreed / said) : 0;
  const reason = 'no other timeframe has a regime yet';
  const states = all.map(({ timeframe: name, regime, strength, confidence }) => [
    name,
    { regime, strength: rounded(strength), confidence: rounded(confidence) },
  ]);
  return {
    timeframeAlignment: {
      ...(Object.fromEntries(states) as Record<string, unknown>),
      alignment_score: isAlone ? null : rounded(alignment),
    },
    multiTimeframeAgreement: gaps.value(
      'multi_timeframe_agreement',
      consensus === null ? null : consensus >= AGREED,
      reason,
    ),
    timeframeConsensusScore: gaps.number('timeframe_consensus_score', consensus, reason),
  };
}
