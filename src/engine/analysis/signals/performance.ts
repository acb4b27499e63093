import { bucketEnd, type Timeframe } from '../../../timeframe.js';
import { sideOf } from './criteria.js';
import type { RiskLevel, SignalChange, SignalDraft, SignalType } from './signal.js';

/** What became of a signal that was entered. */
export interface SignalOutcome {
  readonly timeframe: Timeframe;
  readonly signalType: SignalType;
  readonly riskLevel: RiskLevel | null;
  /** Of the market when it was given; null: not known. */
  readonly regime: string | null;
  /** Ends of the candle of the signal and of its life, ms. */
  readonly openedAt: number;
  readonly endedAt: number;
  /** Prices: first one seen, where it was left, and the stop as it was planned with the entry that it was planned from. */
  readonly entry: number;
  readonly exit: number;
  readonly plannedEntry: number;
  readonly stop: number;
  /** Null: neither target nor stop was reached. */
  readonly isSuccessful: boolean | null;
}

/** Figures of some signals. Null: there is nothing to say it of. */
export interface PerformanceFigures {
  /** Signals that were entered and have ended. */
  readonly count: number;
  /** Of which target or stop was reached. */
  readonly judged: number;
  /** Targets among those judged, 0–1. */
  readonly hitRate: number | null;
  /** Signals that won after fees among all, 0–1. */
  readonly winRate: number | null;
  /** Mean of the returns after fees, percent of the entry. */
  readonly averageReturnPct: number | null;
  /** What winners won over what losers lost, after fees; Infinity: nothing was lost. */
  readonly profitFactor: number | null;
  /** Mean of the returns in multiples of the planned risk, after fees. */
  readonly averageR: number | null;
  /** Deepest fall of a capital that risks 1 % of itself on each signal, in the order in which they end, percent, 0 up. */
  readonly maxDrawdownPct: number | null;
  /** What that capital has become, percent of change. */
  readonly totalReturnPct: number | null;
}

/** Share of the capital that the curve of the drawdown risks on a signal. */
const RISKED = 0.01;

/** Gives what became of a signal; null: it was not entered, since no price came or the first one was beyond its levels. */
export function outcomeOf(draft: SignalDraft, change: SignalChange): SignalOutcome | null {
  if (change.actualEntryPrice === null || change.exitPrice === null) return null;
  const { regime } = draft.marketContext;
  return {
    timeframe: draft.timeframe,
    signalType: draft.signalType,
    riskLevel: draft.riskLevel,
    regime: typeof regime === 'string' ? regime : null,
    openedAt: bucketEnd(draft.timeframe, draft.candleTime),
    endedAt: change.time,
    entry: change.actualEntryPrice,
    exit: change.exitPrice,
    plannedEntry: draft.entryPrice,
    stop: draft.stopLoss,
    isSuccessful: change.signalSuccessful,
  };
}

/** Return of an outcome after fees, percent of the entry: the fee is a share of the price at entry and at exit. */
export function returnPctOf({ signalType, entry, exit }: SignalOutcome, feePerSide: number): number {
  return 100 * (sideOf(signalType) * (exit / entry - 1) - feePerSide * (1 + exit / entry));
}

/** Return in multiples of the planned risk, after fees (Tharp's R). */
export function riskMultipleOf(outcome: SignalOutcome, feePerSide: number): number {
  const riskPct = 100 * Math.abs(outcome.stop / outcome.plannedEntry - 1);
  return returnPctOf(outcome, feePerSide) / riskPct;
}

/** Gives figures of signals, whatever their order. */
export function performanceOf(outcomes: readonly SignalOutcome[], feePerSide: number): PerformanceFigures {
  const count = outcomes.length;
  const judged = outcomes.filter(({ isSuccessful }) => isSuccessful !== null);
  const returns = outcomes.map((outcome) => returnPctOf(outcome, feePerSide));
  const won = sum(returns.filter((value) => value > 0));
  const lost = sum(returns.filter((value) => value < 0).map((value) => -value));
  const curve = curveOf(outcomes, feePerSide);
  return {
    count,
    judged: judged.length,
    hitRate: ratio(judged.filter(({ isSuccessful }) => isSuccessful).length, judged.length),
    winRate: ratio(returns.filter((value) => value > 0).length, count),
    averageReturnPct: ratio(sum(returns), count),
    profitFactor: won === 0 && lost === 0 ? null : won / lost,
    averageR: ratio(sum(outcomes.map((outcome) => riskMultipleOf(outcome, feePerSide))), count),
    maxDrawdownPct: count === 0 ? null : 100 * curve.drawdown,
    totalReturnPct: count === 0 ? null : 100 * (curve.capital - 1),
  };
}

/** Gives figures of signals group by group, in the order of the groups' names. */
export function performanceBy<Key extends string>(
  outcomes: readonly SignalOutcome[],
  keyOf: (outcome: SignalOutcome) => Key,
  feePerSide: number,
): ReadonlyMap<Key, PerformanceFigures> {
  const groups = new Map<Key, SignalOutcome[]>();
  for (const outcome of outcomes) {
    const key = keyOf(outcome);
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    group.push(outcome);
  }
  return new Map(
    [...groups.entries()]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, group]) => [key, performanceOf(group, feePerSide)]),
  );
}

function curveOf(
  outcomes: readonly SignalOutcome[],
  feePerSide: number,
): { readonly capital: number; readonly drawdown: number } {
  let capital = 1;
  let highest = 1;
  let drawdown = 0;
  for (const outcome of outcomes.toSorted((a, b) => a.endedAt - b.endedAt || a.openedAt - b.openedAt)) {
    capital *= Math.max(0, 1 + RISKED * riskMultipleOf(outcome, feePerSide));
    highest = Math.max(highest, capital);
    drawdown = Math.max(drawdown, 1 - capital / highest);
  }
  return { capital, drawdown };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
