import { timeframeIndex } from '../../../timeframe.js';
import { Gaps } from '../gaps.js';
import { unit } from '../statistics.js';
import type { Allocation } from './allocation.js';
import { outlookOf } from './direction.js';
import type { PortfolioFindings } from './portfolio-frame.js';
import { rationale } from './portfolio-rationale.js';
import {
  compare,
  cyclePhase,
  cycleScore,
  overallAction,
  riskParts,
  riskScore,
  volatilityScore,
} from './portfolio-scores.js';
import { portfolioSignals } from './portfolio-signals.js';
import type { PortfolioAnalysis } from './rows.js';
import { sectorRotation } from './sector-rotation.js';
import { herfindahl } from './statistics.js';

const DAYS = timeframeIndex('1d');
/** Correlations above this are named. */
const HIGH_CORRELATION = 0.8;
/** An outlook is not given for longer, hours. */
const LONGEST_OUTLOOK_HOURS = 90 * 24;
/** Sums of the database have 28 digits before the point. */
const GREATEST_SUM = 1e27;

/** Writes the row of a portfolio from what was found. What cannot be told is null, with its reason in `analysis_data`. */
export function portfolioRow(findings: PortfolioFindings): PortfolioAnalysis {
  const { input, value, frame, contexts, period, holdings, path, plan, riskFree } = findings;
  const gaps = new Gaps();
  const { valueUsd } = value;
  const regime = contexts.regimeBefore(DAYS, frame.time);
  const hhi = plan.current === null ? Number.NaN : herfindahl(holdings.map(({ share }) => share));
  const ratioOf = (sum: number | null): number =>
    sum === null || !((valueUsd ?? 0) > 0) ? Number.NaN : sum / (valueUsd ?? 0);
  const gross = ratioOf(value.grossExposureUsd);
  const net = ratioOf(value.netExposureUsd);
  const parts = riskParts(path, hhi, gross);
  const risk = riskScore(parts);
  const comparison = compare(path, plan.plan, riskFree);
  const phase = regime === null ? null : cyclePhase(regime.regime);
  const rotation = sectorRotation(holdings, frame, contexts);
  const expected = expect(findings);
  const isRebalanceNeeded = plan.suggestions === null ? null : plan.suggestions.length > 0;
  const action =
    !Number.isFinite(risk) || isRebalanceNeeded === null
      ? null
      : overallAction({
          risk,
          gross,
          regime: regime?.regime ?? null,
          regimeConfidence: regime?.confidence ?? 0,
          isRebalanceNeeded,
          cashPct: plan.current?.bySector.Stables ?? 0,
          plannedCashPct: plan.optimal?.bySector.Stables ?? 0,
        });
  const noValue = noValueReason(findings);
  const noPath =
    path.returns === 0
      ? 'no holding has the least number of candles without a hole'
      : 'the path of its value does not vary, or falls to 0';
  const noRegime = 'there is no daily regime yet';
  const feesPct = input.feesPaidUsd == null ? Number.NaN : (input.feesPaidUsd / (value.costUsd ?? 0)) * 100;
  const pairs = path.correlations.filter(({ correlation }) => correlation > HIGH_CORRELATION);
  const row = {
    portfolioId: input.id,
    timeframe: period,
    candleTime: frame.candleTime,
    analysisTime: frame.time,
    totalPortfolioValueUsd: gaps.number('total_portfolio_value_usd', sum(valueUsd), noValue),
    totalPnlPct: gaps.number('total_pnl_pct', value.pnlPct, 'no holding has a price and an entry price'),
    totalPnlUsd: gaps.number('total_pnl_usd', sum(value.pnlUsd), 'no holding has a price and an entry price'),
    portfolioRiskScore: gaps.number('portfolio_risk_score', risk, noValue),
    diversificationScore: gaps.number('diversification_score', path.entropy, noPath),
    concentrationRisk: gaps.number('concentration_risk', hhi, noValue),
    currentAllocation: gaps.value('current_allocation', written(plan.current, true), noValue),
    optimalAllocation: gaps.value('optimal_allocation', written(plan.optimal, false), plan.reason),
    allocationDeviation: gaps.value('allocation_deviation', plan.deviation, plan.reason),
    portfolioBeta: gaps.number(
      'portfolio_beta',
      path.beta,
      frame.market.reference('BTC') === undefined ? 'no market of BTC in dollars is served' : noPath,
    ),
    portfolioVolatility: gaps.number('portfolio_volatility', volatilityScore(path.volatility), noPath),
    sharpeRatio: gaps.number('sharpe_ratio', path.sharpe, noPath),
    maxDrawdownPct: gaps.number('max_drawdown_pct', path.maxDrawdownPct, noPath),
    correlationMatrix: gaps.value(
      'correlation_matrix',
      path.returns === 0
        ? null
        : {
            high_correlation_pairs: pairs,
            diversification_benefits: finite(path.diversificationBenefit),
            pairs: path.correlations.length,
          },
      noPath,
    ),
    rebalanceNeeded: gaps.value('rebalance_needed', isRebalanceNeeded, plan.reason),
    overallAction: gaps.value('overall_action', action?.action ?? null, plan.reason || noValue),
    rebalancingSuggestions: gaps.value('rebalancing_suggestions', plan.suggestions, plan.reason),
    portfolioSignals: portfolioSignals(holdings, plan.suggestions ?? [], findings.signals),
    portfolioEfficiencyScore: gaps.number('portfolio_efficiency_score', comparison.efficiency, noPath),
    totalFeesImpactPct: gaps.number(
      'total_fees_impact_pct',
      feesPct,
      input.feesPaidUsd == null
        ? 'the fees of its trades are not known'
        : 'no cost is known to compare fees with',
    ),
    opportunityCostScore: gaps.number('opportunity_cost_score', comparison.opportunityCost, noPath),
    sectorRotationImpact: gaps.value(
      'sector_rotation_impact',
      rotation === null ? null : { ...rotation },
      'no state of a held sector is known yet',
    ),
    portfolioCyclePhase: gaps.value(
      'portfolio_cycle_phase',
      phase,
      regime === null ? noRegime : `the regime ${regime.regime} is no phase of the cycle`,
    ),
    cycleAdjustmentScore: gaps.number(
      'cycle_adjustment_score',
      phase === null ? null : cycleScore(phase, net),
      regime === null
        ? noRegime
        : phase === null
          ? `the regime ${regime.regime} is no phase of the cycle`
          : noValue,
    ),
    aiPortfolioOutlook: gaps.value('ai_portfolio_outlook', outlookOf(expected.score), expected.reason),
    aiConfidenceScore: gaps.number('ai_confidence_score', expected.confidence, expected.reason),
    signalAgreementScore: gaps.number('signal_agreement_score', expected.agreement, expected.reason),
    outlookDurationEstimate: gaps.number(
      'outlook_duration_estimate',
      duration(regime?.transitionProbability ?? null),
      regime === null ? noRegime : 'the chance that the regime changes is not known or 0',
    ),
  };
  const analysisData = {
    ...rationale(findings, {
      ...{
        diversification: path.entropy,
        concentration: hhi,
        gross,
        highPairs: pairs.length,
        action,
        rotation,
      },
    }),
    action_reason: action?.reason ?? null,
    covered: value.covered,
    exposure: {
      gross_usd: value.grossExposureUsd,
      net_usd: value.netExposureUsd,
      gross: finite(gross),
      net: finite(net),
    },
    statistics: {
      candles: path.window.timeframe === DAYS ? '1d' : '1h',
      returns: path.returns,
      covered_share: path.share,
      left_out: path.leftOut,
      annual_volatility: finite(path.volatility),
      risk_free_rate: riskFree,
      risk_free_source:
        frame.external.value('us_10y', frame.time) === null
          ? frame.external.reason('us_10y', frame.time)
          : 'us_10y',
    },
    risk_parts: Object.fromEntries(Object.entries(parts).filter(([, part]) => Number.isFinite(part))),
    comparison: comparison.mixes,
    plan: (plan.plan?.holdings ?? []).map(({ holding, currentPct, targetPct, basis }) => ({
      ...{ portfolio_asset_id: holding.value.holdingId, asset: holding.value.symbol },
      ...{ current_pct: currentPct, target_pct: targetPct, basis },
    })),
    fees_usd: input.feesPaidUsd ?? null,
    expected_score: finite(expected.score),
    simulated: value.isSimulated,
    missing: gaps.missing,
  };
  return { ...row, analysisData };
}

/** Weighs what is expected of the holdings by their exposure. NaN: nothing is. */
function expect({ expectations }: PortfolioFindings): {
  readonly score: number;
  readonly agreement: number;
  readonly confidence: number;
  readonly reason: string;
} {
  let [all, weights, score, size, known] = [0, 0, 0, 0, 0];
  for (const { weight, favour, known: own } of expectations) {
    all += weight;
    if (!Number.isFinite(favour)) continue;
    weights += weight;
    score += weight * favour;
    size += weight * Math.abs(favour);
    known += weight * own;
  }
  const reason =
    expectations.length === 0
      ? 'it holds nothing but cash'
      : 'nothing is known of the direction of its prices';
  if (!(weights > 0)) return { score: Number.NaN, agreement: Number.NaN, confidence: Number.NaN, reason };
  const agreement = size === 0 ? 1 : unit(Math.abs(score) / size);
  return { score: score / weights, agreement, confidence: unit((known / all) * agreement), reason };
}

/** Mean time until a change that comes with a chance each day: 24 ÷ chance, hours (geometric distribution). */
function duration(chance: number | null): number | null {
  return chance === null || !(chance > 0) ? null : Math.min(LONGEST_OUTLOOK_HOURS, Math.round(24 / chance));
}

function written(
  allocation: Allocation | null,
  withTypes: boolean,
): Readonly<Record<string, unknown>> | null {
  if (allocation === null) return null;
  const { bySector, byRisk, byAssetType } = allocation;
  return { by_sector: bySector, by_risk: byRisk, ...(withTypes ? { by_asset_type: byAssetType } : {}) };
}

function noValueReason({ value, plan }: PortfolioFindings): string {
  if (value.valueUsd === null) return 'no holding has a known value';
  return plan.reason === '' ? 'the sum is out of range' : plan.reason;
}

/** To the cent; null: more than the database holds. */
function sum(value: number | null): number | null {
  return value === null || Math.abs(value) > GREATEST_SUM ? null : Math.round(value * 100) / 100;
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
