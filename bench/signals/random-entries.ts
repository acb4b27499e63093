import {
  type PerformanceFigures,
  performanceOf,
  type SignalOutcome,
} from '../../src/engine/analysis/signals/performance.js';
import { TIMEFRAME_COUNT, timeframeIndex } from '../../src/timeframe.js';
import { numbersOf } from '../../test/support/walking-market.js';
import type { EntryPoint, PlayedRecording, PlayedSignal } from './play-signals.js';

/** Mean and the range of nine runs out of ten. */
export interface Spread {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** Figures of many runs of random entries. */
export interface RandomFigures {
  readonly runs: number;
  /** Of each run, ascending. */
  readonly averageRs: readonly number[];
  readonly averageReturnPct: Spread;
  readonly averageR: Spread;
  readonly hitRate: Spread;
  readonly profitFactor: Spread;
  readonly maxDrawdownPct: Spread;
}

/** Where random entries of a series are drawn from, ms. */
export interface Span {
  readonly from: number;
  readonly until: number;
}

/**
 * Enters at random moments what the signals entered at theirs: for each signal the same asset, timeframe and direction,
 * stop and target as many ATRs away, the same time to expire. What is left of a difference is the signals' timing.
 *
 * @param seed decides the moments
 */
export function randomEntries(
  { points, tracks }: PlayedRecording,
  signals: readonly PlayedSignal[],
  span: Span,
  runs: number,
  seed: number,
  feePerSide: number,
): RandomFigures | null {
  const next = numbersOf(seed);
  const pools = new Map<number, readonly EntryPoint[]>();
  const poolOf = ({ asset, draft }: PlayedSignal): readonly EntryPoint[] => {
    const series = asset * TIMEFRAME_COUNT + timeframeIndex(draft.timeframe);
    const known = pools.get(series);
    if (known !== undefined) return known;
    const pool = (points[series] ?? []).filter(({ time }) => time >= span.from && time < span.until);
    pools.set(series, pool);
    return pool;
  };
  const all: PerformanceFigures[] = [];
  for (let run = 0; run < runs; run++) {
    const outcomes: SignalOutcome[] = [];
    for (const signal of signals) {
      const pool = poolOf(signal);
      const point = pool[Math.floor(next() * pool.length)];
      const outcome = point === undefined ? null : enterAt(signal, point, tracks);
      if (outcome !== null) outcomes.push(outcome);
    }
    all.push(performanceOf(outcomes, feePerSide));
  }
  if (signals.length === 0 || all.every(({ count }) => count === 0)) return null;
  const spread = (of: (figures: PerformanceFigures) => number | null): Spread => spreadOf(all.map(of));
  return {
    runs,
    averageRs: all.flatMap(({ averageR }) => (averageR === null ? [] : [averageR])).toSorted((a, b) => a - b),
    averageReturnPct: spread(({ averageReturnPct }) => averageReturnPct),
    averageR: spread(({ averageR }) => averageR),
    hitRate: spread(({ hitRate }) => hitRate),
    profitFactor: spread(({ profitFactor }) => profitFactor),
    maxDrawdownPct: spread(({ maxDrawdownPct }) => maxDrawdownPct),
  };
}

function enterAt(
  { asset, draft, atr }: PlayedSignal,
  point: EntryPoint,
  tracks: PlayedRecording['tracks'],
): SignalOutcome | null {
  const side = draft.signalType === 'long' ? 1 : -1;
  const scale = point.atr / atr;
  const stop = point.close - side * scale * Math.abs(draft.entryPrice - draft.stopLoss);
  const target = point.close + side * scale * Math.abs(draft.targetPrice - draft.entryPrice);
  if (!(stop > 0 && target > 0)) return null;
  const life = draft.expiresAt - openedAt(draft);
  const end = tracks[asset]?.enter(side, point.time, point.time + life, stop, target) ?? null;
  if (end === null) return null;
  return {
    timeframe: draft.timeframe,
    signalType: draft.signalType,
    riskLevel: draft.riskLevel,
    regime: null,
    openedAt: point.time,
    endedAt: end.endedAt,
    entry: end.entry,
    exit: end.exit,
    plannedEntry: point.close,
    stop,
    isSuccessful: end.isSuccessful,
  };
}

/** Hours are whole for these timeframes, so a life can be told from its horizon. */
function openedAt({ expiresAt, timeHorizonHours }: PlayedSignal['draft']): number {
  return expiresAt - timeHorizonHours * 3_600_000;
}

function spreadOf(values: readonly (number | null)[]): Spread {
  const sorted = values.filter((value) => value !== null).toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN;
  return {
    mean: sorted.reduce((sum, value) => sum + value, 0) / sorted.length,
    low: at(0.05),
    high: at(0.95),
  };
}
