import { z } from 'zod';
import {
  document,
  idParam,
  missing,
  numberOrNull,
  page,
  pageParams,
  symbolParam,
  textOrNull,
  time,
} from './fields.js';
import { holdingRow } from './holdings.js';
import { type MethodSpecs, method } from './method.js';
import { amountParam, bigIdParam, objectParam, priceParam, textParam } from './user-fields.js';

export const TRADE_ACTIONS = [
  'buy',
  'sell',
  'partial_sell',
  'entry',
  'partial_exit',
  'full_exit',
  'modify_sl',
  'modify_tp',
] as const;
const SOURCES = ['manual', 'ai_signal', 'copy_trade', 'algorithm'] as const;
const SENTIMENTS = ['bullish', 'bearish', 'sideways'] as const;
const VOLATILITY = ['low', 'medium', 'high', 'extreme'] as const;
const VOLUMES = ['above_average', 'below_average', 'normal'] as const;
const SETUPS = ['breakout', 'pullback', 'reversal', 'trend_follow'] as const;
const TRADE_TIMEFRAMES = ['1m', '5m', '15m', '1h', '4h', '1d'] as const;

/** Of the chart that was looked at. */
export const tradeTimeframeParam = z.enum(TRADE_TIMEFRAMES).describe('of the chart that was looked at');
export const clientIdParam = z
  .string()
  .regex(/^[\x21-\x7e]{1,64}$/, '1 to 64 visible ASCII characters')
  .describe('a name of your own for it: sent again with the same one, it is recorded once');
export const usdPerQuoteParam = priceParam.describe(
  'what one unit of the quote currency was worth in USD; needed where the quote is neither a dollar nor served',
);
/** In the quote currency. */
export const feesParam = z.number().min(-1e12).max(1e12).describe('quote currency; below zero: a rebate');

const tradeRow = z.object({
  id: z.int(),
  portfolio_asset_id: z.int(),
  symbol: z.string(),
  action_type: z.enum(TRADE_ACTIONS),
  asset_price: z.number().describe('quote currency'),
  quantity: z.number().describe('base units'),
  fees_paid: z.number().describe('quote currency'),
  pnl_realized_usd: numberOrNull,
  timeframe: z.enum(TRADE_TIMEFRAMES),
  emotion_state: textOrNull,
  confidence_level: z.int().nullable().describe('1–10'),
  stress_level: z.int().nullable().describe('1–10'),
  market_sentiment: z.enum(SENTIMENTS).nullable(),
  volatility_level: z.enum(VOLATILITY).nullable(),
  volume_profile: z.enum(VOLUMES).nullable(),
  primary_setup: z.enum(SETUPS).nullable(),
  confirmation_signals: document.nullable(),
  chart_pattern: textOrNull,
  analysis_snapshot: document.nullable(),
  stop_loss: numberOrNull.describe('quote currency'),
  take_profit: numberOrNull.describe('quote currency'),
  capital_amount: numberOrNull.describe('USD'),
  risk_percent: numberOrNull.describe('percent of the capital'),
  reason: textOrNull,
  action_source: z.enum(SOURCES),
  ai_signal_id: z.int().nullable(),
  lesson_learned: textOrNull,
  notes: textOrNull,
  client_id: textOrNull,
  created_at: time,
  missing,
});

/** A recorded trade, and its holding after it. */
export const tradeResult = z.object({
  trade: tradeRow,
  holding: holdingRow.describe('as it is now'),
  repeated: z.boolean().describe('true: it was recorded before, under the same client_id'),
});

export const TRADES_METHODS = {
  'trades.list': method({
    role: 'user',
    summary: 'Your trades, the newest first',
    params: z.strictObject({
      portfolio_asset_id: idParam.optional(),
      symbol: symbolParam.optional(),
      ...pageParams,
    }),
    result: page(tradeRow),
  }),
  'trades.record': method({
    role: 'user',
    summary: 'Writes a trade down and moves its holding by it; no order is sent anywhere',
    params: z.strictObject({
      portfolio_asset_id: idParam,
      action_type: z.enum(TRADE_ACTIONS),
      asset_price: priceParam.describe('quote currency'),
      quantity: amountParam.optional().describe('base units; left out of full_exit, modify_sl and modify_tp'),
      fees_paid: feesParam.optional(),
      usd_per_quote: usdPerQuoteParam.optional(),
      client_id: clientIdParam.optional(),
      timeframe: tradeTimeframeParam,
      stop_loss: priceParam.optional().describe('quote currency; needed by modify_sl'),
      take_profit: priceParam.optional().describe('quote currency; needed by modify_tp'),
      emotion_state: textParam(50).optional(),
      confidence_level: z.int().min(1).max(10).optional(),
      stress_level: z.int().min(1).max(10).optional(),
      market_sentiment: z.enum(SENTIMENTS).optional(),
      volatility_level: z.enum(VOLATILITY).optional(),
      volume_profile: z.enum(VOLUMES).optional(),
      primary_setup: z.enum(SETUPS).optional(),
      confirmation_signals: objectParam.optional(),
      chart_pattern: textParam(50).optional(),
      analysis_snapshot: objectParam.optional(),
      capital_amount: z.number().min(0).max(1e15).optional().describe('USD'),
      risk_percent: z.number().min(0).max(100).optional().describe('percent of the capital'),
      reason: textParam(100).optional(),
      action_source: z.enum(SOURCES).default('manual'),
      ai_signal_id: bigIdParam.optional().describe('with action_source ai_signal only'),
      lesson_learned: textParam(10_000).optional(),
      notes: textParam(10_000).optional(),
    }),
    result: tradeResult,
    writes: true,
    errors: ['not_found', 'conflict'],
  }),
} as const satisfies MethodSpecs;
