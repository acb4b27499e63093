import { momentText } from '../../../timeframe.js';
import { rounded } from '../statistics.js';
import { psychologicalLevels } from '../structure/psychological-levels.js';
import type { KeyLevel, TrendLine } from '../structure/structure.js';
import type { Json, RegimeAnalysis } from './analysis.js';
import type { Scene } from './scene.js';

/** So many levels and lines are told, strongest first. */
const LEVELS = 8;
const LINES = 4;

/** Field `key_levels`: levels and trend lines of the structure, and the round numbers around the price. */
export function levelFields({ structure, features, gaps }: Scene): Pick<RegimeAnalysis, 'keyLevels'> {
  const round = psychologicalLevels(features.close);
  const levels: readonly Json[] = [
    ...(structure?.levels() ?? []).slice(0, LEVELS).map(asLevel),
    ...(structure?.lines() ?? []).slice(0, LINES).map(asLine),
    ...(round === null
      ? []
      : [
          asRound('support', round.below, round.belowPct),
          asRound('resistance', round.above, round.abovePct),
        ]),
  ].filter((level) => !('value' in level) || (level.value as number) > 0);
  return {
    keyLevels: gaps.value(
      'key_levels',
      levels.length === 0 ? null : levels,
      'no swings, and no round numbers near the price',
    ),
  };
}

/** Prices of the levels next to the close: at most three below and three above, ascending. */
export function levelsToWatch({ structure, features }: Scene): readonly number[] {
  const { close } = features;
  const round = psychologicalLevels(close);
  const prices = (structure?.levels() ?? []).map(({ price }) => price);
  if (round !== null) prices.push(round.below, round.above);
  const distinct = [...new Set(prices.filter((price) => price > 0))].toSorted((a, b) => a - b);
  const below = distinct.filter((price) => price < close).slice(-3);
  return [...below, ...distinct.filter((price) => price > close).slice(0, 3)].map((price) =>
    rounded(price, 8),
  );
}

/** Nearest level on one side of the close; null: none is known. */
export function nearestLevel({ structure, features }: Scene, side: 'support' | 'resistance'): number | null {
  const { close } = features;
  const prices = (structure?.levels() ?? []).map(({ price }) => price);
  const beyond = prices.filter((price) => (side === 'support' ? price < close : price > close));
  if (beyond.length === 0) return null;
  return side === 'support' ? Math.max(...beyond) : Math.min(...beyond);
}

function asLevel({ type, price, strength, tests, lastTest, distancePct, volume }: KeyLevel): Json {
  return {
    type,
    value: rounded(price, 10),
    strength: rounded(strength),
    tests_count: tests,
    last_test: momentText(lastTest),
    distance_pct: rounded(Math.abs(distancePct)),
    volume_at_level: volume,
  };
}

function asLine({ side, from, to, slope, price, touches, strength }: TrendLine): Json {
  const point = ({ time, price: at }: TrendLine['from']) => ({
    time: momentText(time),
    price: rounded(at, 10),
  });
  return {
    type: 'dynamic_trendline',
    side,
    equation: `y = ${rounded(slope)}x ${from.price < 0 ? '-' : '+'} ${rounded(Math.abs(from.price), 10)}`,
    x: 'candles since the first point',
    points: [point(from), point(to)],
    price_now: rounded(price, 10),
    touches,
    strength: rounded(strength),
    slope: slope > 0 ? 'ascending' : slope < 0 ? 'descending' : 'flat',
  };
}

function asRound(side: 'support' | 'resistance', price: number, distancePct: number): Json {
  return {
    type: 'psychological',
    side,
    value: rounded(price, 10),
    distance_pct: rounded(Math.abs(distancePct)),
  };
}
