import { z } from 'zod';
import { missing, numberOrNull, textOrNull, time } from './fields.js';

export const PORTFOLIO_ASSET_TYPES = [
  'Crypto Asset',
  'Stablecoin',
  'Long Position',
  'Short Position',
] as const;
export const TRADE_STATUSES = ['open', 'reducing', 'closed', 'accumulating', 'exit_plan'] as const;
export const INVESTMENT_TIMEFRAMES = ['short_term', 'medium_term', 'long_term'] as const;
export const RISK_CATEGORIES = ['conservative', 'moderate', 'aggressive'] as const;

/** A holding or a position. Prices are in its quote currency. */
export const holdingRow = z.object({
  id: z.int(),
  portfolio_id: z.int(),
  asset_id: z.int(),
  symbol: z.string(),
  data_source: z.string(),
  quote_currency: textOrNull,
  asset_type: z.enum(PORTFOLIO_ASSET_TYPES),
  leverage_ratio: z.number(),
  quantity: z.number().describe('what is left of it, base units'),
  entry_price: numberOrNull.describe('mean price of what was bought'),
  exit_price: numberOrNull,
  trade_status: z.enum(TRADE_STATUSES),
  pnl_realized_usd: numberOrNull,
  allocation_target_percent: numberOrNull.describe('percent of the portfolio'),
  max_allocation_percent: z.number().describe('percent of the portfolio'),
  investment_thesis: textOrNull,
  investment_timeframe: z.enum(INVESTMENT_TIMEFRAMES).nullable(),
  risk_category: z.enum(RISK_CATEGORIES),
  stop_loss_price: numberOrNull,
  take_profit_price: numberOrNull,
  notes: textOrNull,
  sort_order: z.int(),
  created_at: time,
  updated_at: time,
  missing,
});
