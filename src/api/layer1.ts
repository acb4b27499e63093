import { z } from 'zod';
import { CHANNEL_KINDS } from '../channels.js';
import { head, headOrNull, metricsRow, regimeName, regimeRow } from './analysis-rows.js';
import {
  cursorParam,
  document,
  limitParam,
  missing,
  numberOrNull,
  page,
  state,
  textOrNull,
  time,
  timeOrNull,
  timeParam,
} from './fields.js';
import { type MethodSpecs, method } from './method.js';

/** Unit of each figure that `layer1.indicators` gives. */
export const INDICATOR_UNITS = {
  sp500: 'points',
  gold: 'USD per ounce',
  dxy: 'points',
  vix_index: 'points',
  us_10y_yield: 'percent',
  btc_sp500_correlation_30d: '-1 to 1',
  btc_eth_correlation_30d: '-1 to 1',
  fear_greed_index: '0 to 100',
  google_trends_score: '0 to 100',
  funding_rate_btc: 'fraction per interval',
  open_interest_btc: 'BTC',
  whale_netflow_24h: 'BTC',
  active_addresses_btc: 'addresses',
  halving_countdown_days: 'days',
  crypto_market_breadth: 'percent',
  liquidity_score: 'ratio',
  momentum_index: '-100 to 100',
} as const;
type IndicatorName = keyof typeof INDICATOR_UNITS;
export const INDICATOR_NAMES = Object.keys(INDICATOR_UNITS) as [IndicatorName, ...IndicatorName[]];

const none = z.strictObject({});
const metricsTimeframe = z.enum(CHANNEL_KINDS.metrics.timeframes);
const regimeTimeframe = z.enum(CHANNEL_KINDS.regime.timeframes);
const interval = z.enum(['1h', '4h', '1d', '1w']);
const updated = { last_updated: timeOrNull, ...headOrNull };

/** A regime by the names of the documents. */
const summary = {
  regime: regimeName.nullable(),
  confidence: numberOrNull.describe('0–1'),
  risk_level: z.enum(['low', 'medium', 'high']).nullable(),
  trend_strength: numberOrNull.describe('0–1'),
};
export const regimeSummary = {
  ...summary,
  recommended_exposure: z.null().describe('no share of capital is recommended'),
  last_updated: timeOrNull,
};

/** Main figures of the market that `layer1.history` shows. */
export const historyFigures = {
  btc_price_usd: numberOrNull.describe('US dollars'),
  rsi_14: numberOrNull.describe('0–100'),
  fear_greed_index: numberOrNull.describe('0–100'),
  btc_dominance: numberOrNull.describe('percent'),
  eth_dominance: numberOrNull.describe('percent'),
  total: numberOrNull.describe('US dollars'),
  crypto_market_breadth: numberOrNull.describe('percent'),
  momentum_index: numberOrNull.describe('-100 to 100'),
};

/** A snapshot of the market, with what is missing. */
export const metricsItem = z.object({ ...metricsRow, missing });

export const LAYER1_METHODS = {
  'layer1.marketRegime': method({
    role: 'guest',
    summary: "The market's regime as it stands now, with all that it was found by",
    params: z.strictObject({ timeframe: regimeTimeframe.default('1d') }),
    result: z.object({ timeframe: regimeTimeframe, ...regimeSummary, ...regimeRow, missing }),
  }),
  'layer1.sentiment': method({
    role: 'guest',
    summary: 'How the market feels: the Fear & Greed index and what is paid to be long',
    params: none,
    result: z.object({
      fear_greed_index: numberOrNull.describe('0–100'),
      sentiment_direction: textOrNull.describe('rising, falling or stable'),
      sentiment_regime: textOrNull,
      composite_sentiment: z.null().describe('there is no source of social media and news'),
      funding_rates: z.object({
        btc: numberOrNull.describe('fraction per interval'),
        eth: numberOrNull.describe('fraction per interval'),
        missing,
      }),
      google_trends_score: numberOrNull.describe('0–100'),
      social_sentiment: numberOrNull,
      news_sentiment: z.null().describe('there is no source of it'),
      ...updated,
      missing,
    }),
  }),
  'layer1.dominance': method({
    role: 'guest',
    summary: "How the whole market's capitalisation is shared",
    params: none,
    result: z.object({
      btc_dominance: numberOrNull.describe('percent'),
      eth_dominance: numberOrNull.describe('percent'),
      alt_dominance: numberOrNull.describe('percent'),
      usdt_dominance: numberOrNull.describe('percent'),
      stablecoin_dominance: z.null().describe('of stablecoins only USDT is known'),
      total_market_cap: numberOrNull.describe('US dollars'),
      total_volume: z.null().describe('a snapshot of the market does not hold it'),
      ...updated,
      missing,
    }),
  }),
  'layer1.indicators': method({
    role: 'guest',
    summary: 'Figures of the economy, of chains and of the market around prices',
    params: z.strictObject({
      names: z
        .array(z.enum(INDICATOR_NAMES))
        .min(1)
        .max(INDICATOR_NAMES.length)
        .optional()
        .describe('which of them; left out: all'),
    }),
    result: z.object({
      ...page(z.object({ name: z.enum(INDICATOR_NAMES), value: numberOrNull, unit: z.string(), missing }))
        .shape,
      ...updated,
    }),
  }),
  'layer1.metrics': method({
    role: 'guest',
    summary: 'Snapshots of the market, the newest first, and on the first page the one that forms',
    params: z.strictObject({
      timeframe: metricsTimeframe,
      from: timeParam.optional().describe('inclusive, ms'),
      to: timeParam.optional().describe('exclusive, ms'),
      limit: limitParam,
      cursor: cursorParam.optional(),
    }),
    result: z.object({
      timeframe: metricsTimeframe,
      current: metricsItem.nullable().describe('the snapshot that forms'),
      missing,
      ...page(metricsItem).shape,
    }),
  }),
  'layer1.history': method({
    role: 'guest',
    summary: 'Regime and main figures of the market over time, the oldest first, 500 points at most',
    params: z.strictObject({
      days: z.int().min(1).max(3_650).default(30).describe('how far back'),
      interval: interval.default('1d').describe('one point of each'),
    }),
    result: z.object({
      days: z.int(),
      interval,
      ...page(z.object({ time, ...summary, ...historyFigures, missing })).shape,
      missing: missing.describe('items: why there are none'),
      simulated: z.boolean(),
    }),
  }),
  'layer1.regimeForecast': method({
    role: 'guest',
    summary: 'The chances of each regime some time ahead, by what followed what in the past',
    params: z.strictObject({
      horizon: z
        .string()
        .regex(/^[1-9]\d{0,2}[hdw]$/, 'has to be a number of hours, days or weeks, such as 12h, 7d or 4w')
        .default('7d')
        .describe('whole hours, days or weeks ahead: as many closed candles of that length, 90 at most'),
    }),
    result: z.object({
      horizon: z.string(),
      timeframe: z.enum(['1h', '1d', '1w']),
      steps: z.int().describe('closed candles ahead'),
      current_regime: regimeName,
      probabilities: z.record(regimeName, z.number()).describe('0–1, by regime'),
      statistics: document.nullable().describe('how long regimes lasted, and what followed them'),
      ...head,
      state,
    }),
  }),
} as const satisfies MethodSpecs;
