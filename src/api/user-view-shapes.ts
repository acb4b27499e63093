import { z } from 'zod';
import { TIMEFRAMES } from '../timeframe.js';
import { outlook } from './analysis-rows.js';
import { missing, numberOrNull, textOrNull, timeOrNull } from './fields.js';

/* What live channels of users carry, and methods answer of them; `user-view-fields.ts` says more of each value. */

const quote = numberOrNull.describe('quote currency');
const usd = numberOrNull.describe('US dollars');
const percent = numberOrNull.describe('percent');
const shares = z.record(z.string(), z.number()).describe('percent of what is left of all holdings, by name');

const covered = z
  .object({
    holdings: z.int(),
    valued: z.int(),
    with_pnl: z.int(),
    with_daily_pnl: z.int(),
    is_complete: z.boolean().describe('value and profit are known of all'),
  })
  .describe('how many holdings the sums cover');

/** A holding as it stands by the newest price. */
export const holdingState = z.object({
  portfolio_asset_id: z.int(),
  asset_id: z.int(),
  symbol: z.string(),
  asset_type: z.enum(['Crypto Asset', 'Stablecoin', 'Long Position', 'Short Position']),
  quantity: z.number().describe('base units'),
  leverage: z.number(),
  entry_price: quote,
  price: quote,
  price_time: timeOrNull.describe("the exchange's time of the price, ms"),
  price_basis: z
    .enum(['market', 'converted', 'peg'])
    .nullable()
    .describe('market: in dollars; converted: through a market of the quote; peg: 1 by its documented peg'),
  usd_per_quote: numberOrNull,
  value_usd: usd,
  cost_usd: usd,
  exposure_usd: usd.describe('US dollars, below 0 for shorts'),
  pnl_usd: usd.describe('US dollars, not realized yet'),
  pnl_pct: percent.describe('percent of what was put in'),
  daily_pnl_usd: usd.describe(
    'US dollars: by its price in 24 hours, or since it was opened if that is later',
  ),
  share_pct: percent,
  stop_loss_price: quote,
  take_profit_price: quote,
  stop_reached: z.boolean().nullable().describe("the price is at the user's stop or beyond"),
  target_reached: z.boolean().nullable(),
  analysed_at: timeOrNull.describe('of the hourly analysis that the next four are of, ms'),
  position_status: z.enum(['healthy', 'at_risk', 'critical', 'take_profit_zone']).nullable(),
  recommended_action: textOrNull,
  suggested_sl_price: quote,
  suggested_tp_price: quote,
  simulated: z.boolean(),
  missing,
});

/** A portfolio as it stands by the newest prices. */
export const portfolioState = z.object({
  portfolio_id: z.int().nullable().describe('null: there is none yet'),
  time: timeOrNull.describe("the exchange's time of the newest of its prices, ms"),
  simulated: z.boolean(),
  total_value_usd: usd,
  total_cost_usd: usd,
  total_pnl_usd: usd.describe('US dollars, not realized yet'),
  total_pnl_pct: percent,
  daily_pnl_usd: usd.describe('US dollars, of what is held now'),
  daily_pnl_pct: percent,
  gross_exposure_usd: usd,
  net_exposure_usd: usd,
  covered,
  allocation: z.object({ by_sector: shares, by_risk: shares, by_asset_type: shares }).nullable(),
  analysed_at: timeOrNull.describe('of the hourly analysis that the figures of risk are of, ms'),
  portfolio_risk_score: numberOrNull.describe('0–1'),
  diversification_score: numberOrNull.describe('0–1'),
  concentration_risk: numberOrNull.describe('0–1'),
  portfolio_beta: numberOrNull.describe('to BTC'),
  portfolio_volatility: numberOrNull.describe('0–1: the higher, the more its value varies'),
  sharpe_ratio: numberOrNull,
  max_drawdown_pct: percent,
  rebalance_needed: z.boolean().nullable(),
  overall_action: textOrNull,
  holdings: z.array(holdingState),
  missing,
});

/** A list as it stands by the newest prices. */
export const watchlistState = z.object({
  watchlist_id: z.int(),
  name: textOrNull,
  time: timeOrNull.describe("the exchange's time of the newest of its prices, ms"),
  simulated: z.boolean(),
  scored_at: timeOrNull.describe('the moment that the scores are of, ms'),
  timeframe: z.enum(TIMEFRAMES).nullable(),
  outlook: outlook.nullable(),
  direction: numberOrNull.describe('0–1, 0.5: neither up nor down'),
  assets: z.array(
    z.object({
      asset_id: z.int(),
      symbol: z.string(),
      position_type: z.enum(['long', 'short']),
      price: quote,
      price_time: timeOrNull,
      change_24h_percent: percent,
      score: numberOrNull.describe('0–1'),
      rank: numberOrNull.describe('1: the best of the list'),
      simulated: z.boolean(),
      missing,
    }),
  ),
  missing,
});

/** What a dashboard shows. */
export const dashboardState = {
  user_profile: z
    .object({
      id: z.int(),
      first_name: textOrNull,
      last_name: textOrNull,
      role: z.enum(['admin', 'public', 'guest']),
      is_verified: z.boolean(),
      subscription_plan: z.string(),
      timezone: z.string(),
      language: z.string(),
    })
    .nullable(),
  portfolio_summary: z.object({
    total_value: usd,
    daily_pnl: usd,
    daily_pnl_percentage: percent,
    total_pnl: usd,
    total_pnl_percentage: percent,
    covered,
    missing,
  }),
  ai_status: z.object({
    all_online: z.boolean(),
    offline_reason: textOrNull.describe('null: all are online'),
    active_models: numberOrNull,
    processing_rate: numberOrNull.describe('trades taken in per minute'),
    missing,
  }),
  market_overview: z.object({
    regime: textOrNull.describe('of the day'),
    regime_confidence: numberOrNull.describe('0–1'),
    sentiment: numberOrNull,
    fear_greed_index: numberOrNull.describe('0–100'),
    missing,
  }),
  active_signals: z.int(),
  notifications: numberOrNull.describe('unread ones'),
  simulated: z.boolean(),
  missing,
};
