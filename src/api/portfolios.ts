import { z } from 'zod';
import { idParam, missing, symbolParam, timeOrNull } from './fields.js';
import {
  holdingRow,
  INVESTMENT_TIMEFRAMES,
  PORTFOLIO_ASSET_TYPES,
  RISK_CATEGORIES,
  TRADE_STATUSES,
} from './holdings.js';
import { type MethodSpecs, method } from './method.js';
import { clientIdParam, feesParam, tradeResult, tradeTimeframeParam, usdPerQuoteParam } from './trades.js';
import { amountParam, clearableText, priceParam, sortOrderParam } from './user-fields.js';

const percentParam = z.number().min(0).max(100).describe('percent of the portfolio');
const settings = {
  leverage_ratio: z.number().min(1).max(1_000).optional(),
  allocation_target_percent: percentParam.nullable().optional(),
  max_allocation_percent: z
    .number()
    .min(0.000_001)
    .max(100)
    .optional()
    .describe('percent of the portfolio; 10 unless told'),
  investment_thesis: clearableText(10_000).optional(),
  investment_timeframe: z.enum(INVESTMENT_TIMEFRAMES).nullable().optional(),
  risk_category: z.enum(RISK_CATEGORIES).optional(),
  stop_loss_price: priceParam.nullable().optional().describe('quote currency; before take_profit_price'),
  take_profit_price: priceParam.nullable().optional().describe('quote currency'),
  notes: clearableText(10_000).optional(),
  sort_order: sortOrderParam.optional(),
  trade_status: z
    .enum(TRADE_STATUSES)
    .exclude(['closed'])
    .optional()
    .describe('portfolios.closeAsset closes one'),
};

export const PORTFOLIOS_METHODS = {
  'portfolios.get': method({
    role: 'user',
    summary: 'Your portfolio with all that is in it, closed positions too',
    params: z.strictObject({}),
    result: z.object({
      id: z.int().nullable().describe('null: nothing was ever in it'),
      is_public: z.boolean(),
      created_at: timeOrNull,
      updated_at: timeOrNull,
      assets: z.array(holdingRow),
      missing,
    }),
  }),
  'portfolios.addAsset': method({
    role: 'user',
    summary: 'Puts a holding or a position into your portfolio, with what you hold of it already',
    params: z.strictObject({
      symbol: symbolParam,
      asset_type: z.enum(PORTFOLIO_ASSET_TYPES),
      quantity: amountParam.optional().describe('base units that are held already; none unless told'),
      entry_price: priceParam.optional().describe('mean price of those, quote currency'),
      ...settings,
    }),
    result: holdingRow,
    writes: true,
    errors: ['conflict'],
  }),
  'portfolios.updateAsset': method({
    role: 'user',
    summary: 'Changes a holding; its quantity moves by trades.record',
    params: z.strictObject({ id: idParam, ...settings }),
    result: holdingRow,
    writes: true,
    errors: ['not_found', 'conflict'],
  }),
  'portfolios.closeAsset': method({
    role: 'user',
    summary: 'Closes a position: records a trade of all that is left of it; no order is sent anywhere',
    params: z.strictObject({
      id: idParam,
      exit_price: priceParam.describe('quote currency'),
      fees_paid: feesParam.optional(),
      usd_per_quote: usdPerQuoteParam.optional(),
      client_id: clientIdParam.optional(),
      timeframe: tradeTimeframeParam.default('1d'),
      notes: clearableText(10_000).optional(),
    }),
    result: tradeResult,
    writes: true,
    errors: ['not_found', 'conflict'],
  }),
} as const satisfies MethodSpecs;
