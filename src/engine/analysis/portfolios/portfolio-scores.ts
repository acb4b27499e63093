import type { Regime } from '../contexts.js';
import { unit } from '../statistics.js';
import type { AllocationPlan } from './allocation.js';
import type { CyclePhase, PortfolioAction } from './rows.js';
import { sharpeRatio, simpleReturns } from './statistics.js';
import type { PathStatistics } from './value-path.js';

/** A volatility of so much a year is 0.5 of the score: about that of BTC. */
const HALF_VOLATILITY = 0.6;

/** Maps a volatility a year, 0 to ∞, to 0–1: v ÷ (v + 0.6). */
export function volatilityScore(volatility: number): number {
  return volatility / (volatility + HALF_VOLATILITY);
}

/** Parts of the risk score, each 0–1, NaN where not known. */
export interface RiskParts {
  readonly volatility: number;
  readonly concentration: number;
  readonly drawdown: number;
  readonly leverage: number;
  readonly beta: number;
}

const RISK_WEIGHTS: RiskParts = {
  volatility: 0.35,
  concentration: 0.2,
  drawdown: 0.2,
  leverage: 0.15,
  beta: 0.1,
};

/** Weighted mean of the parts that are known; NaN: fewer than concentration and leverage are. */
export function riskScore(parts: RiskParts): number {
  let [sum, weights] = [0, 0];
  for (const name of Object.keys(RISK_WEIGHTS) as (keyof RiskParts)[]) {
    if (!Number.isFinite(parts[name])) continue;
    sum += RISK_WEIGHTS[name] * parts[name];
    weights += RISK_WEIGHTS[name];
  }
  return weights >= 0.35 - 1e-9 ? unit(sum / weights) : Number.NaN;
}

/** Splits what is risky about a portfolio into parts. @param gross exposure ÷ value */
export function riskParts(path: PathStatistics, herfindahl: number, gross: number): RiskParts {
  return {
    volatility: volatilityScore(path.volatility),
    concentration: herfindahl,
    drawdown: unit(path.maxDrawdownPct / 50),
    leverage: gross > 1 ? 1 - 1 / gross : gross >= 0 ? 0 : Number.NaN,
    beta: unit(Math.abs(path.beta) / 2),
  };
}

/** How the same market would have done in other mixes, over the same returns. NaN: not known. */
export interface Comparison {
  /** e^−(best Sharpe ratio − own), 0–1: 1 if none of the mixes had a better one. */
  readonly efficiency: number;
  /** 1 − e^−(best log return − own), 0–1: 0 if none had a higher return. */
  readonly opportunityCost: number;
  /** Sharpe ratio and log return of each mix. */
  readonly mixes: Readonly<Record<string, { readonly sharpe: number | null; readonly return: number }>>;
}

/** Compares with BTC alone, equal weights of what is held, and the plan; all rebalanced at each candle, before fees. */
export function compare(path: PathStatistics, plan: AllocationPlan | null, riskFree: number): Comparison {
  const { perYear } = path.window;
  if (!Number.isFinite(path.sharpe))
    return { efficiency: Number.NaN, opportunityCost: Number.NaN, mixes: {} };
  const own = simpleReturns(path.path);
  const symbols = [...path.returnsOf.keys()];
  const mixes = new Map<string, ReadonlyMap<string, number>>();
  mixes.set('equal_weights', new Map(symbols.map((symbol) => [symbol, 1 / symbols.length])));
  if (plan !== null) {
    const weights = new Map<string, number>();
    for (const { holding, targetPct } of plan.holdings) {
      const { direction, leverage } = holding.position;
      const weight = (targetPct / 100) * direction * leverage;
      weights.set(holding.value.symbol, (weights.get(holding.value.symbol) ?? 0) + weight);
    }
    mixes.set('plan', weights);
  }
  let bestSharpe = path.sharpe;
  const ownReturn = logReturn(own);
  let bestReturn = ownReturn;
  const found: Record<string, { sharpe: number | null; return: number }> = {};
  const all: (readonly [name: string, returns: Float64Array])[] = [...mixes].map(([name, weights]) => [
    name,
    mix(path.returnsOf, weights, own.length),
  ]);
  if (path.bitcoin !== null) all.unshift(['BTC', path.bitcoin]);
  for (const [name, returns] of all) {
    const sharpe = sharpeRatio(returns, riskFree, perYear);
    const gain = logReturn(returns);
    if (!Number.isFinite(gain)) continue;
    found[name] = { sharpe: Number.isFinite(sharpe) ? sharpe : null, return: gain };
    if (sharpe > bestSharpe) bestSharpe = sharpe;
    if (gain > bestReturn) bestReturn = gain;
  }
  return {
    efficiency: Math.exp(path.sharpe - bestSharpe),
    opportunityCost: unit(1 - Math.exp(ownReturn - bestReturn)),
    mixes: found,
  };
}

function mix(
  returnsOf: ReadonlyMap<string, Float64Array>,
  weights: ReadonlyMap<string, number>,
  length: number,
): Float64Array {
  const mixed = new Float64Array(length);
  for (const [symbol, weight] of weights) {
    const returns = returnsOf.get(symbol);
    if (returns === undefined) continue;
    for (let k = 0; k < length; k++) mixed[k] = (mixed[k] as number) + weight * (returns[k] as number);
  }
  return mixed;
}

/** −∞ or NaN once all is lost. */
function logReturn(returns: Float64Array): number {
  let total = 0;
  for (const value of returns) total += Math.log1p(value);
  return total;
}

const PHASES: Readonly<Record<Regime, CyclePhase | null>> = {
  Accumulation: 'accumulation',
  Bull: 'markup',
  Distribution: 'distribution',
  Bear: 'decline',
  Sideways: null,
  Transition: null,
};

/** Net exposure that fits a phase, of the value: our own choice. */
const FITTING_EXPOSURE: Readonly<Record<CyclePhase, number>> = {
  accumulation: 0.7,
  markup: 0.9,
  distribution: 0.5,
  decline: 0.3,
};

/** Phase of Wyckoff's cycle that a regime is; null: it is none. */
export function cyclePhase(regime: Regime): CyclePhase | null {
  return PHASES[regime];
}

/** 1 − distance of the net exposure to the one that fits the phase, 0–1. @param net exposure ÷ value */
export function cycleScore(phase: CyclePhase, net: number): number {
  return unit(1 - Math.abs(net - FITTING_EXPOSURE[phase]));
}

/** What the choice of an overall action reads. NaN: not known. */
export interface PortfolioSituation {
  readonly risk: number;
  readonly gross: number;
  readonly regime: Regime | null;
  readonly regimeConfidence: number;
  readonly isRebalanceNeeded: boolean;
  /** Cash and what it should be, percent. */
  readonly cashPct: number;
  readonly plannedCashPct: number;
}

/** Recommends what to do with a portfolio as a whole: the first that holds. */
export function overallAction(situation: PortfolioSituation): { action: PortfolioAction; reason: string } {
  const { risk, gross, regime, regimeConfidence, isRebalanceNeeded, cashPct, plannedCashPct } = situation;
  const isSure = regimeConfidence >= 0.6;
  if (regime === 'Bear' && isSure && risk >= 0.5) {
    return { action: 'defensive', reason: `a bear market, and a risk score of ${risk.toFixed(2)}` };
  }
  if (risk >= 0.7 || gross > 2) {
    return {
      action: 'reduce_risk',
      reason: `risk score ${risk.toFixed(2)}, exposure ${gross.toFixed(2)} times the value`,
    };
  }
  if (isRebalanceNeeded) return { action: 'rebalance', reason: 'holdings are off their targets' };
  if (regime === 'Bull' && isSure && risk <= 0.4 && cashPct > plannedCashPct + 5) {
    return {
      action: 'increase_exposure',
      reason: `a bull market, and ${cashPct.toFixed(1)} % of cash where ${plannedCashPct.toFixed(1)} % would do`,
    };
  }
  return { action: 'hold', reason: 'nothing is off, and the risk is within bounds' };
}
