import { bucketStart, DAY_MS } from '../../../timeframe.js';
import type { PortfolioFindings } from './portfolio-frame.js';
import { figure } from './position-action.js';
import type { AnalysedPosition } from './position-analysis.js';
import type { PortfolioAnalysis, PortfolioRecommendation, Urgency } from './rows.js';

const PRIORITIES = {
  low: 'low',
  medium: 'medium',
  high: 'high',
  immediate: 'urgent',
} as const satisfies Readonly<Record<Urgency, PortfolioRecommendation['priorityLevel']>>;
/** Titles and symbols are cut to what the database takes. */
const LONGEST_TITLE = 200;
/** Why a row names no analysis of another layer. */
const UNLINKED = {
  ai_regime_analysis_id: 'it comes from the analysis of a portfolio, not from a row of the regime',
  ai_sector_analysis_id: 'it comes from the analysis of a portfolio, not from a row of a sector',
  ai_cross_sector_analysis_id: 'it comes from the analysis of a portfolio, not from a row of all sectors',
  ai_trading_signal_id: 'it does not come from a signal',
} as const;

/**
 * Recommends to the user what the rows say that cannot wait: exits of high urgency and missing or too loose stops at each
 * frame, once a day and holding; rebalancing at the day's close, once a week; what a whole portfolio has too much of risk,
 * once a day. Nothing is made of forming candles.
 */
export function recommend(
  findings: PortfolioFindings,
  analysis: PortfolioAnalysis,
): PortfolioRecommendation[] {
  if (findings.frame.isForming) return [];
  const positions = findings.analysed.flatMap((analysed) => {
    const found = ofPosition(analysed, findings);
    return found === null ? [] : [found];
  });
  return [...positions, ...ofPortfolio(findings, analysis)];
}

function ofPosition(
  { row, position }: AnalysedPosition,
  { input, frame, value }: PortfolioFindings,
): PortfolioRecommendation | null {
  const { recommendedAction: action, urgencyLevel: urgency } = row;
  if (action === null || urgency === null) return null;
  const { held, id } = position.input;
  const isExit = action === 'full_exit' || action.startsWith('partial_exit');
  const isUrgent = urgency === 'high' || urgency === 'immediate';
  const isStop = action === 'tighten_sl' || action === 'move_sl_to_be';
  // At an hour's close only what cannot wait for four.
  const isDue = urgency === 'immediate' || row.timeframe !== '1h';
  if (!isDue || !((isExit && isUrgent) || (isStop && urgency === 'medium'))) return null;
  const percentage = row.suggestedExitPercentage ?? 0;
  const stop = action === 'move_sl_to_be' ? position.entry : (row.suggestedSlPrice ?? Number.NaN);
  const title = isExit
    ? `${percentage === 100 ? 'Close' : `Reduce by ${percentage} %`}: ${held.symbol}`
    : `Set the stop of ${held.symbol} to ${figure(stop)}`;
  return {
    ...made(input, frame.time + DAY_MS),
    recommendationType: isExit ? 'exit' : 'risk_management',
    recommendationTitle: title.slice(0, LONGEST_TITLE),
    recommendationSummary: `${held.symbol}: ${row.recommendationReason ?? ''}`,
    recommendationPayload: {
      portfolio_asset_id: id,
      asset_id: held.assetId,
      symbol: held.symbol,
      action,
      exit_percentage: row.suggestedExitPercentage,
      suggested_stop: isExit || !Number.isFinite(stop) ? null : stop,
      suggested_target: row.suggestedTpPrice,
      price: value.holdings.find(({ holdingId }) => holdingId === id)?.price ?? null,
      risk_level: row.riskLevelScore,
      exit_probability: row.exitProbability,
      timeframe: row.timeframe,
      analysis_time: frame.time,
      missing: missingOf(row),
    },
    confidenceScore: row.aiConfidenceScore,
    priorityLevel: PRIORITIES[urgency],
    dedupKey: `portfolio_asset:${id}:${action}:${day(frame.time)}`,
  };
}

function ofPortfolio(
  { input, frame, plan, period }: PortfolioFindings,
  analysis: PortfolioAnalysis,
): PortfolioRecommendation[] {
  if (period !== '1d' || analysis.overallAction === null) return [];
  const found: PortfolioRecommendation[] = [];
  const numbers = {
    value_usd: analysis.totalPortfolioValueUsd,
    risk_score: analysis.portfolioRiskScore,
    analysis_time: frame.time,
    missing: missingOf(analysis),
  };
  const reason = String(analysis.analysisData.action_reason ?? '');
  const action = analysis.overallAction;
  if (action === 'reduce_risk' || action === 'defensive') {
    found.push({
      ...made(input, frame.time + DAY_MS),
      recommendationType: 'risk_management',
      recommendationTitle:
        action === 'defensive' ? 'Take a defensive stance' : 'Reduce the risk of the portfolio',
      recommendationSummary: reason,
      recommendationPayload: { ...numbers, action, risk_parts: analysis.analysisData.risk_parts },
      confidenceScore: analysis.aiConfidenceScore,
      priorityLevel: 'high',
      dedupKey: `portfolio:${input.id}:${action}:${day(frame.time)}`,
    });
  }
  const suggestions = plan.suggestions ?? [];
  if (suggestions.length > 0) {
    const texts = suggestions.map(
      (one) => `${one.action} ${one.asset} from ${one.current_pct} % to ${one.target_pct} %`,
    );
    found.push({
      ...made(input, frame.time + 7 * DAY_MS),
      recommendationType: 'rebalance',
      recommendationTitle: `Rebalance ${suggestions.length} of the portfolio's parts`,
      recommendationSummary: texts.join('; ').slice(0, 10_000),
      recommendationPayload: { ...numbers, suggestions },
      confidenceScore: analysis.aiConfidenceScore,
      priorityLevel: 'medium',
      dedupKey: `portfolio:${input.id}:rebalance:${bucketStart('1w', frame.time - 1)}`,
    });
  }
  return found;
}

function made(
  { id, userId }: PortfolioFindings['input'],
  expiresAt: number,
): Pick<PortfolioRecommendation, 'userId' | 'targetEntityType' | 'targetEntityId' | 'aiLayer' | 'expiresAt'> {
  return { userId, targetEntityType: 'portfolio', targetEntityId: id, aiLayer: 3, expiresAt };
}

/** Why columns of a recommendation are null. */
function missingOf({
  aiConfidenceScore,
  analysisData,
}: Pick<PortfolioAnalysis, 'aiConfidenceScore' | 'analysisData'>): Readonly<Record<string, string>> {
  if (aiConfidenceScore !== null) return UNLINKED;
  const reasons = analysisData.missing as Readonly<Record<string, string>>;
  return { ...UNLINKED, confidence_score: reasons.ai_confidence_score ?? '' };
}

/** Start of the day in which the moment's candle ended, ms. */
function day(time: number): number {
  return bucketStart('1d', time - 1);
}
