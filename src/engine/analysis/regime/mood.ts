import { percentileRank, unit } from '../statistics.js';
import { psychologicalLevels } from '../structure/psychological-levels.js';
import type { RegimeAnalysis } from './analysis.js';
import { LONGEST_WINDOW } from './candle-window.js';
import { leaningOf, type Scene } from './scene.js';

/** Candles of a mean illiquidity, and means that a rank needs. */
const ILLIQUIDITY_SPAN = 20;
const LEAST_RANKED = 60;
/** Net flow of a day against what lies on exchanges, from which whales count as an influence. */
const WHALE_SHARE = 0.001;

const costs = new Float64Array(LONGEST_WINDOW);
const illiquidities = new Float64Array(LONGEST_WINDOW);

/**
 * Rank of the market's illiquidity in its own history, 0–1: the mean of |return| per dollar traded of the newest 20
 * candles (Amihud 2002) among all such means that are known. NaN: fewer than 60, or nothing was traded.
 */
export function illiquidityRank({ window }: Pick<Scene, 'window'>): number {
  const { count, returns, volumes, closes } = window;
  for (let i = 1; i < count; i++) {
    const dollars = (volumes[i] as number) * (closes[i] as number);
    costs[i] = dollars > 0 ? Math.abs(returns[i] as number) / dollars : Number.NaN;
  }
  for (let i = ILLIQUIDITY_SPAN; i < count; i++) {
    let sum = 0;
    let traded = 0;
    for (let j = i - ILLIQUIDITY_SPAN + 1; j <= i; j++) {
      const cost = costs[j] as number;
      if (!(cost >= 0)) continue;
      sum += cost;
      traded += 1;
    }
    illiquidities[i] = traded > 0 ? sum / traded : Number.NaN;
  }
  if (count - ILLIQUIDITY_SPAN < LEAST_RANKED) return Number.NaN;
  const newest = illiquidities[count - 1] as number;
  return newest >= 0 ? percentileRank(newest, illiquidities, ILLIQUIDITY_SPAN, count) : Number.NaN;
}

/** Fields of sentiment, liquidity and flows. */
export function moodFields(
  scene: Scene,
): Pick<
  RegimeAnalysis,
  | 'sentimentRegime'
  | 'fearGreedImpact'
  | 'sentimentRegimeConflict'
  | 'psychologicalLevelScore'
  | 'liquidityRegime'
  | 'institutionalFlowScore'
  | 'retailParticipationScore'
  | 'whaleActivityInfluence'
> {
  const { frame, gaps, features, track } = scene;
  const { external, time } = frame;
  const index = external.value('fear_greed_index', time);
  const noIndex = external.reason('fear_greed_index', time);
  const interest = external.value('google_trends_score', time);
  const flow = external.value('whale_netflow_24h', time);
  const supply = external.value('supply_on_exchanges_btc', time);
  if (index === null) gaps.source('fear_greed');
  if (interest === null) gaps.source('google_trends');
  if (flow === null || supply === null) gaps.source('on_chain');
  const rank = illiquidityRank(scene);
  return {
    sentimentRegime: gaps.value('sentiment_regime', index === null ? null : sentimentOf(index), noIndex),
    fearGreedImpact: gaps.number('fear_greed_impact', index === null ? null : impactOf(scene), noIndex),
    sentimentRegimeConflict: gaps.value(
      'sentiment_regime_conflict',
      index === null ? null : conflicts(index, leaningOf(track.regime)),
      noIndex,
    ),
    psychologicalLevelScore: gaps.number(
      'psychological_level_score',
      psychologicalLevels(features.close)?.proximity ?? null,
      'the price is beyond what round numbers are known for',
    ),
    liquidityRegime: gaps.value(
      'liquidity_regime',
      Number.isFinite(rank) ? liquidityOf(rank) : null,
      `fewer than ${LEAST_RANKED} illiquidities to compare with, or nothing was traded`,
    ),
    institutionalFlowScore: gaps.number(
      'institutional_flow_score',
      null,
      'no source of institutional flows (funds, over the counter) is taken in',
    ),
    retailParticipationScore: gaps.number(
      'retail_participation_score',
      interest === null ? null : unit(interest / 100),
      external.reason('google_trends_score', time),
    ),
    whaleActivityInfluence: gaps.value(
      'whale_activity_influence',
      flow === null || supply === null || !(supply > 0) ? null : Math.abs(flow) >= WHALE_SHARE * supply,
      external.reason(flow === null ? 'whale_netflow_24h' : 'supply_on_exchanges_btc', time),
    ),
  };
}

/** Classes of the Fear & Greed index, as its provider (alternative.me) names them. */
export function sentimentOf(index: number): NonNullable<RegimeAnalysis['sentimentRegime']> {
  if (index <= 25) return 'extreme_fear';
  if (index <= 46) return 'fear';
  if (index <= 54) return 'neutral';
  return index <= 75 ? 'greed' : 'extreme_greed';
}

/** Share of sentiment in all that the components say, 0–1. */
function impactOf({ components }: Scene): number {
  let all = 0;
  let own = 0;
  for (const { name, score, weight } of components) {
    if (!Number.isFinite(score)) continue;
    all += Math.abs(score) * weight;
    if (name === 'sentiment') own = Math.abs(score) * weight;
  }
  return all === 0 ? 0 : unit(own / all);
}

function conflicts(index: number, leaning: number): boolean {
  return (leaning > 0 && index <= 46) || (leaning < 0 && index >= 55);
}

function liquidityOf(rank: number): NonNullable<RegimeAnalysis['liquidityRegime']> {
  if (rank < 0.25) return 'abundant';
  if (rank < 0.75) return 'normal';
  return rank < 0.95 ? 'tight' : 'stressed';
}
