import type { Contexts } from '../contexts.js';
import type { Frame } from '../frame.js';
import type { Directions } from './direction.js';
import type { ActiveSignals, PortfolioInput, Position } from './inputs.js';
import type { MarketHistories } from './market-histories.js';
import { analysePlan, type Plan } from './plan.js';
import { portfolioRow } from './portfolio-row.js';
import { type AnalysedPosition, analysePosition } from './position-analysis.js';
import { isStable } from './position-of.js';
import { recommend } from './recommendations.js';
import type {
  AnalysisPeriod,
  PortfolioAnalysis,
  PortfolioAssetAnalysis,
  PortfolioRecommendation,
} from './rows.js';
import type { PortfolioValue } from './valuation.js';
import { type PathStatistics, pathStatistics, type WeighedHolding } from './value-path.js';

/** What one portfolio's analysis is made of. */
export interface PortfolioContext {
  readonly input: PortfolioInput;
  readonly positions: readonly Position[];
  /** By the frame's closes. */
  readonly value: PortfolioValue;
  readonly frame: Frame;
  readonly contexts: Contexts;
  readonly period: AnalysisPeriod;
  readonly signals: ActiveSignals;
  readonly histories: MarketHistories;
  readonly directions: Directions;
}

/** All that is found of one portfolio at a frame. */
export interface PortfolioFrame {
  readonly value: PortfolioValue;
  readonly analysis: PortfolioAnalysis;
  /** Of each open position that is not cash; none with the periods 7d and 30d. */
  readonly assets: readonly PortfolioAssetAnalysis[];
  readonly recommendations: readonly PortfolioRecommendation[];
}

/** What is expected of a holding, by how much of the portfolio. */
export interface Expectation {
  /** Size of the exposure, USD; 0: not known. */
  readonly weight: number;
  /** For the holding, −1 to 1; NaN: not known. */
  readonly favour: number;
  /** Weight of the factors that are known, 0–1. */
  readonly known: number;
}

/** What the rows of a portfolio are written from. */
export interface PortfolioFindings extends PortfolioContext {
  readonly holdings: readonly WeighedHolding[];
  readonly path: PathStatistics;
  /** A year, as a fraction; 0 where it is not known. */
  readonly riskFree: number;
  readonly plan: Plan;
  readonly analysed: readonly AnalysedPosition[];
  readonly expectations: readonly Expectation[];
}

/** Analyses one portfolio at a frame. */
export function analysePortfolio(context: PortfolioContext): PortfolioFrame {
  const { input, value, frame, directions, histories, period } = context;
  const holdings = weigh(context);
  const riskFree = (frame.external.value('us_10y', frame.time) ?? 0) / 100;
  const path = pathStatistics(holdings, histories, period, riskFree);
  const risky = holdings.filter(({ position }) => !isStable(position.input));
  const isWindow = period === '7d' || period === '30d';
  const positionContext = {
    ...{ frame, directions, histories, signals: context.signals, risk: input.risk },
    portfolioValue: value.covered.valued === value.covered.holdings ? value.valueUsd : null,
  };
  const analysed = isWindow ? [] : risky.map((holding) => analysePosition(holding, positionContext));
  const expectations = risky.map(({ position, value: { exposureUsd } }, i) => {
    const direction =
      analysed[i]?.direction ??
      (position.asset < 0 || exposureUsd === null
        ? { score: Number.NaN, known: 0 }
        : directions.of(position));
    return {
      weight: Math.abs(exposureUsd ?? 0),
      favour: direction.score * position.direction,
      known: direction.known,
    };
  });
  const plan = analysePlan(context, holdings);
  const findings = { ...context, holdings, path, riskFree, plan, analysed, expectations };
  const analysis = portfolioRow(findings);
  return {
    value,
    analysis,
    assets: analysed.map(({ row }) => row),
    recommendations: isWindow ? [] : recommend(findings, analysis),
  };
}

/** A share is of what is left of all: a position whose margin is gone has none. */
function weigh({ positions, value }: PortfolioContext): WeighedHolding[] {
  let total = 0;
  for (const { valueUsd } of value.holdings) total += Math.max(0, valueUsd ?? 0);
  return value.holdings.map((holding, i) => ({
    position: positions[i] as Position,
    value: holding,
    share: total > 0 ? Math.max(0, holding.valueUsd ?? 0) / total : 0,
  }));
}
