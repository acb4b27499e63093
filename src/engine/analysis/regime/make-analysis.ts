import { REGIMES } from '../contexts.js';
import { rounded, unit } from '../statistics.js';
import { alignmentFields } from './alignment.js';
import { REGIME_VERSION, type RegimeAnalysis } from './analysis.js';
import { completenessOf } from './components.js';
import { durationFields, statisticsOf, transitionProbability } from './durations.js';
import { guidanceFields } from './guidance.js';
import { findAnalogue, hasAnalogues, nameOf } from './historical-analogue.js';
import { levelFields } from './levels.js';
import { macroFields, macroView } from './macro.js';
import { moodFields } from './mood.js';
import { narrativeOf } from './narrative.js';
import { agreementOf, confidenceOf, type Scene, strengthOf } from './scene.js';
import { LEAST_RATED, predictionRate } from './spells.js';
import { structureFields } from './structure-fields.js';
import { transitionFields } from './transition-signals.js';

/** Deviations of a candle's return from which it is told as an outlier. */
const OUTLIER = 6;
/** Share of the components' weight that must be known for an analysis to pass. */
const COMPLETE = 0.7;
/** Closes that the stability of what was said needs. */
const LEAST_LEADERS = 10;

/** Makes the row of a scene. */
export function makeAnalysis(scene: Scene): RegimeAnalysis {
  const { frame, timeframe, asset, features, components, track, gaps } = scene;
  const confidence = confidenceOf(track, REGIMES);
  const agreement = agreementOf(track, components);
  const complete = completenessOf(components);
  const durations = durationFields(scene);
  const structure = structureFields(scene);
  const macro = macroView(frame);
  return {
    analysisTime: frame.time,
    analysisTimeframe: timeframe,
    dataSource: asset.simulated ? 'simulation' : 'live',
    currentRegime: track.regime,
    regimeConfidence: confidence,
    ...durations,
    trendStrengthScore: strengthOf(features, components),
    regimeQualityScore: (confidence + agreement) / 2,
    volatilityRegimeScore: gaps.number(
      'volatility_regime_score',
      features.volatilityRank,
      'fewer than 10 realized volatilities to compare with',
    ),
    momentumAlignmentScore: gaps.number(
      'momentum_alignment_score',
      momentumAlignment(scene),
      'no trend or no momentum is known yet',
    ),
    ...structure,
    ...alignmentFields(scene),
    ...levelFields(scene),
    ...moodFields(scene),
    ...macroFields(scene, macro),
    ...transitionFields(scene, transitionProbability(track)),
    ...guidanceFields(
      scene,
      confidence,
      structure.breakoutSignal === true && structure.volumeConfirmation === true,
    ),
    aiConfidenceScore: unit(confidence * complete),
    signalAgreementScore: agreement,
    predictionStability: gaps.number(
      'prediction_stability',
      stabilityOf(scene),
      `fewer than ${LEAST_LEADERS} closes were followed`,
    ),
    ...ratingFields(scene),
    ...analogueFields(scene),
    regimeStatistics: statisticsOf(timeframe, track, features.volatility, durations.regimeDurationDays),
    analystNotes: gaps.value('analyst_notes', null, 'written by people only'),
    analysisVersion: REGIME_VERSION,
    analysisData: {
      ...narrativeOf(scene, macro),
      probabilities: Object.fromEntries(
        REGIMES.map((regime, i) => [regime, rounded(track.probabilities[i] as number)]),
      ),
    },
    ...validationFields(scene, confidence, complete),
  };
}

/** How much of the momentum goes the way of the trend, 0–1, by size; null: either is unknown. */
function momentumAlignment({ features, components }: Scene): number | null {
  const trend = components.find(({ name }) => name === 'trend')?.score ?? Number.NaN;
  if (!Number.isFinite(trend)) return null;
  const known = features.momentum.filter((part) => Number.isFinite(part));
  if (known.length === 0) return null;
  const all = known.reduce((sum, part) => sum + Math.abs(part), 0);
  if (all === 0) return 0.5;
  return unit((1 + known.reduce((sum, part) => sum + part * Math.sign(trend), 0) / all) / 2);
}

/** Share of the newest steps, at most 19, at which the likeliest regime stayed the same. */
function stabilityOf({ track: { leaders } }: Scene): number | null {
  if (leaders.length < LEAST_LEADERS) return null;
  let kept = 0;
  for (let i = 1; i < leaders.length; i++) if (leaders[i] === leaders[i - 1]) kept += 1;
  return kept / (leaders.length - 1);
}

/** How the model has done lately: among five other regimes chance alone would be right once in five. */
function ratingFields({ track, gaps }: Scene): Pick<RegimeAnalysis, 'modelPerformanceRating'> {
  const rate = predictionRate(track.spells);
  const rating =
    rate === null
      ? null
      : rate >= 0.7
        ? 'excellent'
        : rate >= 0.5
          ? 'good'
          : rate >= 0.3
            ? 'average'
            : 'poor';
  return {
    modelPerformanceRating: gaps.value(
      'model_performance_rating',
      rating,
      `fewer than ${LEAST_RATED} predicted changes have come`,
    ),
  };
}

function analogueFields({
  window,
  timeframe,
  gaps,
}: Scene): Pick<RegimeAnalysis, 'historicalAnalogue' | 'historicalSimilarity'> {
  const found = findAnalogue(window, timeframe);
  const reason = hasAnalogues(timeframe)
    ? 'history is too short to choose from, or nothing in it went the same way'
    : `looked for on days and longer, not on ${timeframe}`;
  return {
    historicalAnalogue: gaps.value('historical_analogue', found === null ? null : nameOf(found), reason),
    historicalSimilarity: gaps.number('historical_similarity', found?.similarity ?? null, reason),
  };
}

/** Last of all: it tells the gaps that the other sections have found. */
function validationFields(
  { features, window, track, components, gaps }: Scene,
  confidence: number,
  complete: number,
): Pick<RegimeAnalysis, 'analysisValidated' | 'validationFlags'> {
  const outliers: string[] = [];
  const moved = (window.returns[window.count - 1] as number) / features.deviation;
  if (Math.abs(moved) > OUTLIER) outliers.push(`the newest candle moved by ${moved.toFixed(1)} deviations`);
  if (window.volumes[window.count - 1] === 0) outliers.push('nothing was traded in the newest candle');
  const warnings: string[] = [];
  if (confidence < 0.5)
    warnings.push(`${track.challenger ?? 'another regime'} is likelier, not confirmed yet`);
  for (const { name, score } of components) {
    if (!Number.isFinite(score)) warnings.push(`without ${name}`);
  }
  const isComplete = complete >= COMPLETE;
  const rate = predictionRate(track.spells);
  return {
    analysisValidated: isComplete && outliers.length === 0,
    validationFlags: {
      data_quality_score: rounded(complete),
      completeness_check: isComplete,
      outlier_flags: outliers,
      confidence_warnings: warnings,
      model_health_score: rate === null ? null : rounded(rate),
      missing_fields: gaps.missing,
      missing_sources: gaps.missingSources,
    },
  };
}
