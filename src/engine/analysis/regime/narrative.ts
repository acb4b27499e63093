import { rounded } from '../statistics.js';
import type { Json } from './analysis.js';
import { scoreOf } from './components.js';
import { levelsToWatch, nearestLevel } from './levels.js';
import type { MacroView } from './macro.js';
import { illiquidityRank, sentimentOf } from './mood.js';
import { probabilityOf } from './probabilities.js';
import { directionOf, type Scene } from './scene.js';
import { volumeSurge } from './structure-fields.js';
import { structuralSignals } from './transition-signals.js';

const IMPLICATIONS: Readonly<Record<Scene['track']['regime'], string>> = {
  Bull: 'Favour exposure with the trend',
  Bear: 'Favour cash and small positions, rallies are against the trend',
  Sideways: 'Favour trades between the bounds of the range, without a view on direction',
  Transition: 'Wait for the components to agree before taking direction',
  Accumulation: 'A range after a fall, bought: build up slowly, above support only',
  Distribution: 'A range after a rise, sold: take profits, no new exposure at resistance',
};

/** What is said, in sentences that hold the figures they are made of. */
export function narrativeOf(scene: Scene, macro: MacroView): Json {
  const { components, track, features } = scene;
  const supportsUs = directionOf(track.regime);
  const { primary, against } = componentTexts(scene);
  const support = nearestLevel(scene, 'support');
  const resistance = nearestLevel(scene, 'resistance');
  const held = supportsUs === -1 ? resistance : support;
  const next = supportsUs === -1 ? support : resistance;
  return {
    primary_signals: primary,
    supporting_evidence: evidenceTexts(scene, macro),
    risk_factors: [...against, ...riskTexts(scene)],
    key_levels_to_watch: levelsToWatch(scene),
    invalidation_scenario:
      held === null
        ? null
        : `Close ${supportsUs === -1 ? 'above' : 'below'} ${price(held)} (${percent(held / features.close - 1)})`,
    strategic_implications: `${IMPLICATIONS[track.regime]} (chance of ${track.regime} ${share(probabilityOf(track.probabilities, track.regime))})`,
    next_review_trigger: next === null ? null : `price_action_at_${price(next)}`,
    components: components.map(({ name, score, weight }) => ({
      name,
      score: Number.isFinite(score) ? rounded(score) : null,
      weight,
    })),
    score: rounded(scoreOf(components)),
  };
}

/** Components in words, those that say what the regime says and those against it. */
function componentTexts({ components, features, track, structure }: Scene): {
  readonly primary: readonly string[];
  readonly against: readonly string[];
} {
  const direction = directionOf(track.regime);
  const primary: string[] = [];
  const against: string[] = [];
  for (const { name, score } of components) {
    if (!Number.isFinite(score)) continue;
    const isAgainst = direction !== 0 && Math.sign(score) === -direction && Math.abs(score) > 0.1;
    (isAgainst ? against : primary).push(`${name} ${signed(score)}`);
  }
  if (Number.isFinite(features.sma200)) {
    const apart = features.close / features.sma200 - 1;
    (direction !== 0 && Math.sign(apart) === -direction ? against : primary).push(
      `close ${percent(apart)} from its 200-candle mean`,
    );
  }
  if (Number.isFinite(features.rsi)) primary.push(`RSI(14) at ${features.rsi.toFixed(1)}`);
  if (structure !== null) primary.push(`structure of swings: ${structure.trend}`);
  return { primary, against };
}

function evidenceTexts(scene: Scene, macro: MacroView): readonly string[] {
  const { features, frame, metrics, window } = scene;
  const texts: string[] = [];
  if (features.adx >= 0) texts.push(`ADX(14) at ${features.adx.toFixed(1)}`);
  if (features.range >= 0) texts.push(`the newest 40 candles are a range by ${share(features.range)}`);
  const surge = volumeSurge(scene);
  if (surge !== null) texts.push(`volume ${surge.toFixed(2)} times the mean of 20 candles`);
  if (metrics?.cryptoMarketBreadth != null)
    texts.push(`${metrics.cryptoMarketBreadth.toFixed(0)} % of assets rise`);
  if (metrics?.btcDominance != null) texts.push(`BTC dominance at ${metrics.btcDominance.toFixed(1)} %`);
  const index = frame.external.value('fear_greed_index', frame.time);
  if (index !== null) texts.push(`Fear & Greed at ${index} (${sentimentOf(index)})`);
  for (const [name, part] of Object.entries(macro.parts)) {
    if (Number.isFinite(part)) texts.push(`${name} counts ${signed(part)} for risk`);
  }
  texts.push(`${window.count} candles of history`);
  return texts;
}

function riskTexts(scene: Scene): readonly string[] {
  const { features, track, frame } = scene;
  const texts: string[] = [];
  if (features.volatilityRank > 0.7) {
    texts.push(`volatility is higher than in ${share(features.volatilityRank)} of its history`);
  }
  if (illiquidityRank(scene) > 0.75) texts.push('the market is thinner than usual');
  const funding = frame.external.value('funding_rate_btc', frame.time);
  if (funding !== null && Math.abs(funding) >= 0.0003) {
    texts.push(`funding at ${(funding * 100).toFixed(3)} % per interval: one side is crowded`);
  }
  if (track.challenger !== null) {
    texts.push(`${track.challenger} has been ahead for ${track.confirmations} closes`);
  }
  for (const { type } of structuralSignals(scene)) texts.push(String(type).replaceAll('_', ' '));
  return texts;
}

function price(value: number): string {
  return String(rounded(value, 8));
}

function percent(value: number): string {
  return `${value >= 0 ? '+' : ''}${(value * 100).toFixed(1)} %`;
}

function share(value: number): string {
  return `${(value * 100).toFixed(0)} %`;
}

function signed(value: number): string {
  return `${value >= 0 ? '+' : ''}${value.toFixed(2)}`;
}
