import { z } from 'zod';
import { outlook } from './analysis-rows.js';
import {
  document,
  idParam,
  missing,
  numberOrNull,
  periodParam,
  textOrNull,
  time,
  timeOrNull,
} from './fields.js';
import { type MethodSpecs, method } from './method.js';
import { holdingState, portfolioState, watchlistState } from './user-view-shapes.js';

const candleParam = z.enum(['1h', '4h', '1d']);
const share = numberOrNull.describe('0–1');
const listOrNull = z.array(z.unknown()).nullable();
const usd = numberOrNull.describe('US dollars');
const quote = numberOrNull.describe('quote currency');

/** Columns that every stored analysis of a user's begins and ends with. */
const head = {
  id: z.int(),
  metrics_snapshot_id: z.int(),
  ai_model_id: z.int(),
  candle_time: timeOrNull.describe('start of the candle at whose close it was made, ms'),
  analysis_time: time.describe('when it was made, ms'),
};
const tail = {
  ai_confidence_score: share,
  signal_agreement_score: share,
  analysis_data: document.nullable(),
};

/** The columns of `ai_portfolio_analysis`. */
export const portfolioColumns = {
  ...head,
  portfolio_id: z.int(),
  timeframe: periodParam,
  total_portfolio_value_usd: usd,
  total_pnl_pct: numberOrNull.describe('percent'),
  total_pnl_usd: usd,
  portfolio_risk_score: numberOrNull.describe('0–1'),
  diversification_score: share,
  concentration_risk: share,
  current_allocation: document.nullable(),
  optimal_allocation: document.nullable(),
  allocation_deviation: document.nullable(),
  portfolio_beta: numberOrNull.describe('to BTC'),
  portfolio_volatility: numberOrNull.describe('0–1: the higher, the more its value varies'),
  sharpe_ratio: numberOrNull,
  max_drawdown_pct: numberOrNull.describe('percent'),
  correlation_matrix: document.nullable(),
  rebalance_needed: z.boolean().nullable(),
  overall_action: z.enum(['hold', 'reduce_risk', 'increase_exposure', 'rebalance', 'defensive']).nullable(),
  rebalancing_suggestions: listOrNull,
  portfolio_signals: document.nullable(),
  portfolio_efficiency_score: numberOrNull,
  total_fees_impact_pct: numberOrNull.describe('percent'),
  opportunity_cost_score: numberOrNull.describe('0–1'),
  sector_rotation_impact: document.nullable(),
  portfolio_cycle_phase: z.enum(['accumulation', 'markup', 'distribution', 'decline']).nullable(),
  cycle_adjustment_score: numberOrNull,
  ai_portfolio_outlook: outlook.nullable(),
  outlook_duration_estimate: numberOrNull.describe('hours'),
  ...tail,
};

/** The columns of `ai_portfolio_asset_analysis`. */
export const holdingColumns = {
  ...head,
  portfolio_asset_id: z.int(),
  timeframe: candleParam,
  position_status: z.enum(['healthy', 'at_risk', 'critical', 'take_profit_zone']).nullable(),
  current_pnl_pct: numberOrNull.describe('percent'),
  risk_level_score: share,
  exit_probability: share.describe('0–1: a rank, and not a measured frequency'),
  recommended_action: z
    .enum([
      'hold',
      'partial_exit_25',
      'partial_exit_50',
      'partial_exit_75',
      'full_exit',
      'add_position',
      'move_sl_to_be',
      'tighten_sl',
      'extend_tp',
    ])
    .nullable(),
  urgency_level: z.enum(['low', 'medium', 'high', 'immediate']).nullable(),
  recommendation_reason: textOrNull,
  suggested_sl_price: quote,
  suggested_tp_price: quote,
  suggested_exit_percentage: numberOrNull.describe('percent'),
  optimal_position_size: numberOrNull.describe('base units'),
  current_signals: document.nullable(),
  risk_factors: listOrNull,
  market_regime_change: textOrNull,
  condition_deterioration_score: share,
  ai_position_outlook: outlook.nullable(),
  analysis_horizon_hours: numberOrNull,
  ...tail,
};

/** The columns of `ai_watchlist_analysis`. */
export const watchlistColumns = {
  ...head,
  watchlist_id: z.int(),
  timeframe: candleParam,
  asset_scores: listOrNull,
  key_signals: document.nullable(),
  generated_signals: listOrNull,
  ai_watchlist_outlook: outlook.nullable(),
  outlook_duration_estimate: numberOrNull.describe('hours'),
  ...tail,
};

const stored = 'the newest that was made at the close of a candle';

export const USER_ANALYSES_METHODS = {
  'portfolios.analysis': method({
    role: 'user',
    summary: 'Your portfolio as it stands by the newest prices, and its newest analyses',
    params: z.strictObject({
      timeframe: periodParam
        .default('1h')
        .describe('of the analysis; those of holdings have none of 7d and 30d'),
    }),
    result: z.object({
      live: portfolioState.nullable(),
      analysis: z
        .object({ ...portfolioColumns, missing })
        .nullable()
        .describe(stored),
      holdings: z.array(z.object({ ...holdingColumns, missing })).describe(stored),
      missing,
    }),
  }),
  'portfolios.assetAnalysis': method({
    role: 'user',
    summary: 'One of your holdings as it stands by the newest price, and its newest analysis',
    params: z.strictObject({
      id: idParam.describe('of the holding, as portfolios.get has it'),
      timeframe: candleParam.default('1h'),
    }),
    result: z.object({
      live: holdingState.nullable(),
      analysis: z
        .object({ ...holdingColumns, missing })
        .nullable()
        .describe(stored),
      missing,
    }),
    errors: ['not_found'],
  }),
  'watchlists.analysis': method({
    role: 'user',
    summary: 'A watchlist as it stands by the newest prices, and its newest analysis',
    params: z.strictObject({
      watchlist_id: idParam.describe('a default one, or your own'),
      timeframe: candleParam.default('1h'),
    }),
    result: z.object({
      live: watchlistState.nullable(),
      analysis: z
        .object({ ...watchlistColumns, missing })
        .nullable()
        .describe(stored),
      missing,
    }),
    errors: ['not_found'],
  }),
} as const satisfies MethodSpecs;
