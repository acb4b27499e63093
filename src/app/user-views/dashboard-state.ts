import { Gaps } from '../../engine/analysis/gaps.js';
import type { UserFacts } from '../../store/repositories/user-facts.js';
import type { DashboardData } from '../../user-view-fields.js';
import type { AnalysisMap, AnalysisView } from '../../ws/ports.js';
import type { SummedPortfolio } from './portfolio-state.js';

/** What all dashboards of a moment share. */
export type MarketOverview = Pick<
  DashboardData,
  'ai_status' | 'market_overview' | 'active_signals' | 'simulated'
>;

export interface OverviewParts {
  readonly view: Pick<AnalysisView, 'regime' | 'metrics' | 'sectorAnalyses'>;
  /** Null when the server is ready, else what is missing, in words. */
  readonly notReady: string | null;
  /** Null: not read yet. */
  readonly activeModels: number | null;
  /** Trades per minute; null: not measured yet. */
  readonly tradesPerMinute: number | null;
  readonly activeSignals: number;
  readonly isSimulated: boolean;
}

/** Says how the market and the layers stand, for all dashboards of a moment. */
export function marketOverview(parts: OverviewParts): MarketOverview {
  const { view, activeModels, tradesPerMinute } = parts;
  const regime = view.regime('1d');
  const metrics = view.metrics('1h');
  const gaps = new Gaps();
  const status = new Gaps();
  const offline =
    parts.notReady ??
    (regime === null ? NO_REGIME : view.sectorAnalyses().length === 0 ? 'no sector is analysed yet' : null);
  return {
    ai_status: {
      all_online: offline === null,
      offline_reason: offline,
      active_models: status.number('active_models', activeModels, 'the database has not been asked yet'),
      processing_rate: status.number(
        'processing_rate',
        tradesPerMinute,
        'it is measured over some seconds, which are not over',
      ),
      missing: status.missing,
    },
    market_overview: {
      regime: gaps.value('regime', textIn(regime, 'current_regime'), NO_REGIME),
      regime_confidence: gaps.number('regime_confidence', numberIn(regime, 'regime_confidence'), NO_REGIME),
      sentiment: gaps.number(
        'sentiment',
        null,
        'it would need social media and news, of which there is no source',
      ),
      fear_greed_index: gaps.number(
        'fear_greed_index',
        numberIn(metrics, 'fear_greed_index'),
        'its source has brought nothing',
      ),
      missing: gaps.missing,
    },
    active_signals: parts.activeSignals,
    simulated: parts.isSimulated,
  };
}

const NO_REGIME = 'the regime of the day is not known yet';

/** Says what a user's dashboard shows. @param facts null: not read yet, for `reason` */
export function dashboardState(
  overview: MarketOverview,
  portfolio: SummedPortfolio,
  facts: UserFacts | null,
  reason: string,
): DashboardData {
  const gaps = new Gaps();
  return {
    user_profile: gaps.value('user_profile', facts === null ? null : profileOf(facts), reason),
    portfolio_summary: summaryOf(portfolio),
    ...overview,
    notifications: gaps.number('notifications', facts?.unread ?? null, reason),
    missing: gaps.missing,
  };
}

function profileOf(facts: UserFacts): DashboardData['user_profile'] {
  return {
    id: facts.id,
    first_name: facts.firstName,
    last_name: facts.lastName,
    role: facts.role,
    is_verified: facts.isVerified,
    subscription_plan: facts.subscriptionPlan,
    timezone: facts.timezone,
    language: facts.language,
  };
}

function summaryOf({ covered, missing, ...sums }: SummedPortfolio): DashboardData['portfolio_summary'] {
  const gaps = new Gaps();
  const sum = (field: string, from: keyof typeof sums): number | null => {
    const value = sums[from];
    return gaps.number(field, typeof value === 'number' ? value : null, missing[from] ?? 'not known');
  };
  return {
    total_value: sum('total_value', 'total_value_usd'),
    daily_pnl: sum('daily_pnl', 'daily_pnl_usd'),
    daily_pnl_percentage: sum('daily_pnl_percentage', 'daily_pnl_pct'),
    total_pnl: sum('total_pnl', 'total_pnl_usd'),
    total_pnl_percentage: sum('total_pnl_percentage', 'total_pnl_pct'),
    covered,
    missing: gaps.missing,
  };
}

function textIn(row: AnalysisMap | null, name: string): string | null {
  const value = row?.[name];
  return typeof value === 'string' ? value : null;
}

function numberIn(row: AnalysisMap | null, name: string): number | null {
  const value = row?.[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
