import { z } from 'zod';
import { SOURCES, STATES } from '../market.js';
import { TIMEFRAMES } from '../timeframe.js';
import {
  cursorParam,
  limitParam,
  missing,
  numberOrNull,
  page,
  symbolParam,
  textOrNull,
  time,
  timeframeParam,
  timeOrNull,
  timeParam,
} from './fields.js';
import { type MethodSpecs, method } from './method.js';

const ASSET_TYPES = ['crypto', 'stablecoin', 'macro', 'index'] as const;

/** An asset with its live price. */
export const assetItem = z.object({
  id: z.int(),
  symbol: z.string(),
  name: z.string(),
  asset_type: z.enum(ASSET_TYPES),
  quote_currency: textOrNull,
  data_source: z.string().describe('exchange; demo or …-simulated for made-up prices'),
  is_active: z.boolean(),
  current_price: numberOrNull.describe('quote currency'),
  price_change_24h: numberOrNull.describe('percent'),
  price_change_7d: numberOrNull.describe('percent'),
  price_change_30d: numberOrNull.describe('percent'),
  ath: numberOrNull.describe('highest price known, quote currency'),
  ath_date: timeOrNull,
  atl: numberOrNull.describe('lowest price known, quote currency'),
  atl_date: timeOrNull,
  market_cap: numberOrNull.describe('US dollars'),
  market_cap_rank: numberOrNull,
  total_volume: numberOrNull.describe('of all markets in 24 h, US dollars'),
  last_price_update: timeOrNull,
  simulated: z.boolean(),
  missing,
});

/** How far a value can be trusted, as every candle and indicator set has it. */
const quality = {
  state: z.enum(STATES),
  source: z.enum(SOURCES),
  coverage: z.number().describe('share of the candle during which its feed was known to be up, 0–1'),
  simulated: z.boolean(),
  exchange_time: timeOrNull,
  received_time: timeOrNull,
};

const price = z.union([z.number(), z.string()]);

/** A candle; with `exact` prices and volume are decimal text. */
export const candleItem = z.object({
  time: time.describe('start of the candle, ms'),
  open: price.describe('quote currency'),
  high: price,
  low: price,
  close: price,
  volume: price.describe('base units'),
  trade_count: z.int().nullable(),
  vwap: numberOrNull,
  closed: z.boolean(),
  ...quality,
  depth: z.int().nullable().describe('closed candles behind it; null: stored without it'),
  indicators: z
    .record(z.string(), z.number())
    .nullable()
    .optional()
    .describe('only with indicators: those out of warm-up; null: not computed, or not stored yet'),
});

const ofSymbol = z.strictObject({ symbol: symbolParam });

export const ASSETS_METHODS = {
  'assets.list': method({
    role: 'guest',
    summary: 'Assets that this server serves, by id, with their live price',
    params: z.strictObject({
      type: z.enum(ASSET_TYPES).optional(),
      q: z.string().min(1).max(80).optional().describe('part of symbol or name'),
      sector: z.string().min(1).max(100).optional().describe('its name, in any case, or its id'),
      limit: limitParam,
      cursor: cursorParam.optional(),
    }),
    result: page(assetItem),
  }),
  'assets.get': method({
    role: 'guest',
    summary: 'One asset with its live price',
    params: ofSymbol,
    result: assetItem,
    errors: ['not_found'],
  }),
  'assets.analysis': method({
    role: 'guest',
    summary: 'What is known of one asset: how it stands, how it did, what is advised',
    params: ofSymbol,
    result: z.object({
      symbol: z.string(),
      current_analysis: z
        .object({
          timeframe: z.enum(TIMEFRAMES),
          time,
          is_forming: z.boolean(),
          price: numberOrNull.describe('quote currency'),
          score: numberOrNull.describe('0–1'),
          rank: numberOrNull.describe('1: the best'),
          ranked_assets: z.int(),
          components: z.record(
            z.string(),
            z.object({ value: z.number(), weight: z.number(), contribution: z.number() }),
          ),
          outlook: z.enum(['Bullish', 'Bearish', 'Neutral']).nullable(),
          ai_confidence: numberOrNull.describe('0–1'),
          risk_level: z.enum(['low', 'medium', 'high', 'extreme']).nullable(),
          technical_indicators: z.record(z.string(), numberOrNull),
          sentiment_score: numberOrNull.describe('0–1, of the whole market'),
          sector_correlation: numberOrNull.describe('-1 to 1'),
          signal_agreement: numberOrNull.describe('0–1'),
          active_signals: z.array(z.int()).describe('ids'),
        })
        .nullable(),
      performance_metrics: z
        .object({
          return_24h_pct: numberOrNull,
          return_7d_pct: numberOrNull,
          return_30d_pct: numberOrNull,
          volatility_annual: numberOrNull.describe('fraction'),
          sharpe_ratio: numberOrNull,
          below_high_pct: numberOrNull,
          above_low_pct: numberOrNull,
          window_hours: z.number(),
        })
        .nullable(),
      recommendation: z.enum(['strong_buy', 'buy', 'hold', 'sell', 'strong_sell']).nullable(),
      missing,
      simulated: z.boolean(),
    }),
  }),
  'candles.list': method({
    role: 'guest',
    summary: 'The newest candles of a range, oldest first, the forming one included',
    params: z.strictObject({
      symbol: symbolParam,
      timeframe: timeframeParam,
      from: timeParam.optional().describe('inclusive, ms'),
      to: timeParam.optional().describe('exclusive, ms'),
      limit: limitParam,
      cursor: cursorParam.optional(),
      indicators: z.boolean().default(false).describe('with the indicators of each candle'),
      exact: z.boolean().default(false).describe('prices and volume as decimal text with every digit'),
    }),
    result: z.object({
      symbol: z.string(),
      timeframe: timeframeParam,
      ...page(candleItem).shape,
    }),
  }),
  'indicators.get': method({
    role: 'guest',
    summary: 'All current indicator values of a series, and the patterns of its newest closed candle',
    params: z.strictObject({ symbol: symbolParam, timeframe: timeframeParam }),
    result: z.object({
      symbol: z.string(),
      timeframe: timeframeParam,
      time: time.describe('start of the candle, ms'),
      closed: z.boolean(),
      ...quality,
      depth: z.int().describe('closed candles behind the values'),
      forming: z.boolean().describe('the opposite of closed'),
      computed_at: time,
      values: z.record(z.string(), numberOrNull).describe('by output, null in warm-up'),
      patterns: z.array(z.object({ name: z.string(), direction: z.enum(['bullish', 'bearish', 'neutral']) })),
      patterns_time: timeOrNull.describe('start of the newest closed candle, ms; null: none has closed'),
    }),
  }),
} as const satisfies MethodSpecs;
