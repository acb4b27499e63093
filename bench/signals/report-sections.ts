import {
  performanceBy,
  performanceOf,
  returnPctOf,
  riskMultipleOf,
  type SignalOutcome,
} from '../../src/engine/analysis/signals/performance.js';
import { SIGNAL_DEFAULTS, SIGNAL_TIMEFRAMES } from '../../src/engine/analysis/signals/signal-options.js';
import { type Trial, tValueOf } from './choose-options.js';
import type { PlayedRecording, PlayedSignal } from './play-signals.js';
import { type RandomFigures, randomEntries, type Span } from './random-entries.js';
import {
  FIGURE_HEAD,
  figureCells,
  number,
  percent,
  RANDOM_HEAD,
  randomCells,
  tableOf,
} from './report-tables.js';

const { feePerSide } = SIGNAL_DEFAULTS;
const RUNS = 200;
const SEED = 20_200_920;

/** Part of a recording that is looked at by itself. */
export interface Part extends Span {
  readonly name: string;
}

/** What came of the signals of a part and of random ones in their places. */
export interface Compared {
  readonly part: Part;
  readonly timeframe: string;
  readonly outcomes: readonly SignalOutcome[];
  readonly random: RandomFigures | null;
}

export function signalsOf(played: PlayedRecording, { from, until }: Span): readonly PlayedSignal[] {
  return played.signals.filter(({ outcome }) => {
    const openedAt = outcome?.openedAt ?? Number.NaN;
    return openedAt >= from && openedAt < until;
  });
}

export function outcomesOf(signals: readonly PlayedSignal[]): readonly SignalOutcome[] {
  return signals.flatMap(({ outcome }) => (outcome === null ? [] : [outcome]));
}

/** Compares signals with random entries, per part: all timeframes, then each. */
export function compare(played: PlayedRecording, parts: readonly Part[]): readonly Compared[] {
  return parts.flatMap((part) =>
    ['all', ...SIGNAL_TIMEFRAMES].flatMap((timeframe) => {
      const signals = signalsOf(played, part).filter(
        ({ draft }) => timeframe === 'all' || draft.timeframe === timeframe,
      );
      if (signals.length === 0) return [];
      const random = randomEntries(played, signals, part, RUNS, SEED, feePerSide);
      return [{ part, timeframe, outcomes: outcomesOf(signals), random }];
    }),
  );
}

export function comparisonTables(compared: readonly Compared[]): string {
  const name = ({ part, timeframe }: Compared): string => `${part.name}, ${timeframe}`;
  const signals = tableOf(
    ['', ...FIGURE_HEAD, 't of R'],
    compared.map((each) => [
      name(each),
      ...figureCells(performanceOf(each.outcomes, feePerSide)),
      number(tValueOf(each.outcomes.map((outcome) => riskMultipleOf(outcome, feePerSide))), 1),
    ]),
  );
  const random = tableOf(
    ['random entries', ...RANDOM_HEAD, 'runs that the signals beat'],
    compared.map((each) => [name(each), ...randomCells(each.random), percent(beaten(each), 0)]),
  );
  return `${signals}\n\nRandom entries in their places, ${RUNS} runs: mean, and the range of nine runs out of ten.\n\n${random}`;
}

/** Share of the random runs whose average R is below that of the signals, percent; null: nothing to compare. */
export function beaten({ outcomes, random }: Compared): number | null {
  const averageR = performanceOf(outcomes, feePerSide).averageR;
  if (random === null || averageR === null || random.averageRs.length === 0) return null;
  return (100 * random.averageRs.filter((value) => value < averageR).length) / random.averageRs.length;
}

export function groupTable(
  head: string,
  outcomes: readonly SignalOutcome[],
  keyOf: (outcome: SignalOutcome) => string,
): string {
  return tableOf(
    [head, ...FIGURE_HEAD],
    [...performanceBy(outcomes, keyOf, feePerSide)].map(([key, figures]) => [key, ...figureCells(figures)]),
  );
}

export function trialTable(trials: readonly Trial[]): string {
  return tableOf(
    ['least confidence, stop, risk/reward', ...FIGURE_HEAD, 't of R'],
    trials.map(({ options, figures, tValue }) => [
      `${options.minConfidence}, ${options.minStopPct} %, ${options.minRiskReward}`,
      ...figureCells(figures),
      number(tValue, 1),
    ]),
  );
}

export function holdTable({ recording, tracks }: PlayedRecording, parts: readonly Part[]): string {
  return tableOf(
    ['', ...parts.flatMap(({ name }) => [`${name}: return`, 'max drawdown'])],
    recording.bases.map((base, asset) => [
      base,
      ...parts.flatMap(({ from, until }) => {
        const held = tracks[asset]?.hold(from, until, feePerSide) ?? null;
        return [percent(held?.returnPct ?? null, 1), percent(held?.drawdownPct ?? null, 1)];
      }),
    ]),
  );
}

/** Says in one sentence what a comparison shows. */
export function verdictOf(compared: Compared): string {
  const { part, timeframe, outcomes, random } = compared;
  const figures = performanceOf(outcomes, feePerSide);
  const share = beaten(compared);
  const which = timeframe === 'all' ? 'all timeframes together' : timeframe;
  const gross = outcomes.map((outcome) => returnPctOf(outcome, 0));
  const before = gross.reduce((sum, value) => sum + value, 0) / Math.max(1, gross.length);
  const against =
    share === null || random === null
      ? 'there is nothing to compare it with'
      : share >= 95
        ? `better than ${number(share, 0)} % of the random runs`
        : share <= 5
          ? `worse than ${number(100 - share, 0)} % of the random runs`
          : `not told from chance (better than ${number(share, 0)} % of the random runs)`;
  return (
    `- **${part.name}, ${which}**: ${figures.count} signals, on average ${percent(figures.averageReturnPct, 2)} ` +
    `after fees (${percent(before, 2)} before), ${number(figures.averageR, 2)} R; ${against}.`
  );
}

/** Says what it comes to, of data that nothing was chosen on. */
export function headlineOf(compared: Compared): string {
  const { averageReturnPct, averageR } = performanceOf(compared.outcomes, feePerSide);
  const share = beaten(compared);
  const isGain = (averageReturnPct ?? 0) > 0 && (averageR ?? 0) > 0;
  if (isGain && share !== null && share >= 95) {
    return 'On data that nothing was chosen on the signals gained after fees, and more than random entries with the same stops.';
  }
  return (
    'On data that nothing was chosen on **the signals show no edge**: ' +
    (isGain
      ? 'they gained after fees, but not more than random entries with the same stops do by chance.'
      : 'after fees they gained nothing.')
  );
}
