import { rounded, unit } from '../statistics.js';
import type { Divergence, Swing } from '../structure/structure.js';
import type { Json, RegimeAnalysis } from './analysis.js';
import type { Scene } from './scene.js';

/** Index from which everybody is said to be optimistic, or to be afraid. */
const OPTIMISM = 76;
const FEAR = 25;

/** Field `transition_indicators`: what speaks for a change of the regime before it has come. */
export function transitionFields(
  scene: Scene,
  probability: number | null,
): Pick<RegimeAnalysis, 'transitionIndicators'> {
  const { structure, track } = scene;
  return {
    transitionIndicators: {
      divergence_signals: (structure?.divergences() ?? []).map(asSignal),
      structural_signals: structuralSignals(scene),
      sentiment_signals: sentimentSignals(scene),
      transition_probability: probability === null ? null : rounded(probability),
      challenger: track.challenger,
      confirmations: track.confirmations,
    },
  };
}

function asSignal({ indicator, type, strength }: Divergence): Json {
  const names = {
    bullish: indicator === 'RSI' ? 'bullish_divergence' : 'declining_on_decline',
    bearish: indicator === 'RSI' ? 'bearish_divergence' : 'declining_on_rally',
    hidden_bullish: 'hidden_bullish_divergence',
    hidden_bearish: 'hidden_bearish_divergence',
  };
  return { indicator, type: names[type], strength: rounded(strength) };
}

/** Turns that a bull or a bear market does not make, by their size in ATR (two of them: strength 1). */
export function structuralSignals({ structure, track, features }: Scene): readonly Json[] {
  if (structure === null || !(features.atr > 0)) return [];
  const signals: Json[] = [];
  const add = (type: string, size: number) => {
    if (size > 0) signals.push({ type, strength: rounded(unit(size / (2 * features.atr))) });
  };
  const [high, formerHigh] = newest(structure.swings(), 'high');
  const [low, formerLow] = newest(structure.swings(), 'low');
  if (track.regime === 'Bull' || track.regime === 'Distribution') {
    if (high && formerHigh) add('failing_to_make_higher_high', formerHigh.price - high.price);
    if (low && formerLow) add('making_lower_low', formerLow.price - low.price);
  }
  if (track.regime === 'Bear' || track.regime === 'Accumulation') {
    if (low && formerLow) add('failing_to_make_lower_low', low.price - formerLow.price);
    if (high && formerHigh) add('making_higher_high', high.price - formerHigh.price);
  }
  return signals;
}

function newest(swings: readonly Swing[], kind: Swing['kind']): readonly (Swing | undefined)[] {
  return swings.filter((swing) => swing.kind === kind).slice(0, 2);
}

function sentimentSignals({ frame }: Scene): readonly Json[] {
  const reading = frame.external.value('fear_greed_index', frame.time);
  if (reading === null) return [];
  if (reading >= OPTIMISM) {
    return [{ type: 'extreme_optimism', reading, strength: rounded(unit((reading - 50) / 50)) }];
  }
  if (reading <= FEAR) {
    return [{ type: 'extreme_pessimism', reading, strength: rounded(unit((50 - reading) / 50)) }];
  }
  return [];
}
