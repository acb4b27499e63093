import { z } from 'zod';
import { missing, numberOrNull, page, textOrNull, time, timeOrNull } from './fields.js';
import { type MethodSpecs, method } from './method.js';
import { signalItem } from './signals.js';
import { partState, partStatus } from './system-status.js';
import { dashboardState, portfolioState } from './user-view-shapes.js';

/** What a card shows of a layer. */
export const layerCard = z.object({
  layer: z.int().describe('1–4'),
  name: z.enum(['Macro', 'Sectors', 'Assets', 'Timing']),
  status: textOrNull.describe('in a word, such as bullish, rotating, active, signals_ready'),
  confidence: numberOrNull.describe('0–1'),
  key_metric: textOrNull.describe('in a few words, such as Bull 87%'),
  indicator_dots: z.int().nullable().describe('0–5, by the confidence'),
  missing,
});

/** What a card shows of a signal. */
export const signalCard = signalItem
  .pick({
    id: true,
    asset_id: true,
    symbol: true,
    timeframe: true,
    signal_type: true,
    status: true,
    entry_price: true,
    target_price: true,
    stop_loss: true,
    confidence_score: true,
    risk_level: true,
    risk_reward_ratio: true,
    time_horizon_hours: true,
    generated_at: true,
    expires_at: true,
    simulated: true,
    missing: true,
  })
  .extend({ current_price: numberOrNull.describe('quote currency'), price_time: timeOrNull });

const cardLimit = (most: number) => z.int().min(1).max(most).default(most).describe('cards at most');

export const UI_METHODS = {
  'ui.dashboard': method({
    role: 'user',
    summary: 'What your dashboard shows: portfolio, layers, market, signals and notifications',
    params: z.strictObject({
      view: z
        .enum(['professional', 'casual'])
        .optional()
        .describe('professional: with every holding; left out: of admins professional, else casual'),
    }),
    result: z.object({
      view: z.enum(['professional', 'casual']),
      ...dashboardState,
      portfolio: portfolioState.nullable(),
      time: time.describe('our clock, ms'),
    }),
  }),
  'ui.adminDashboard': method({
    role: 'admin',
    summary:
      'What an admin looks after: parts of the server that are not well, users, models, reviews, tasks',
    params: z.strictObject({}),
    result: z.object({
      system: z
        .object({
          state: partState,
          health_score: z.number().describe('0–100'),
          reason: textOrNull.describe('null: nothing is wrong'),
          uptime_seconds: z.number(),
          unwell: z.array(partStatus).describe('parts that are not ok'),
        })
        .nullable(),
      users: z.object({
        total: z.int(),
        active: z.int(),
        admins: z.int(),
        new_7d: z.int(),
      }),
      ml_models_status: z.object({
        active_models: z.int(),
        training_models: z.int(),
        error_models: z.int(),
      }),
      pending_recommendations: z.int(),
      active_signals: z.int(),
      open_feedback: z.int(),
      failed_tasks_24h: z.int(),
      layers: z.array(layerCard),
      time: time.describe('our clock, ms'),
      missing,
    }),
  }),
  'ui.layerOverview': method({
    role: 'guest',
    summary: 'How each of the four layers stands, as a card',
    params: z.strictObject({}),
    result: page(layerCard),
  }),
  'ui.quickStats': method({
    role: 'guest',
    summary: 'A handful of figures of the market',
    params: z.strictObject({}),
    result: z.object({
      btc_price_usd: numberOrNull,
      btc_change_24h_percent: numberOrNull.describe('percent'),
      btc_dominance: numberOrNull.describe('percent'),
      total_market_cap: numberOrNull.describe('US dollars'),
      fear_greed_index: numberOrNull.describe('0–100'),
      regime: textOrNull.describe('of the day'),
      regime_confidence: numberOrNull.describe('0–1'),
      top_sector: z
        .object({ id: z.int(), name: z.string(), performance_24h: z.number().describe('percent') })
        .nullable(),
      active_signals: z.int().nullable(),
      time: timeOrNull,
      simulated: z.boolean(),
      missing,
    }),
  }),
  'ui.signalCards': method({
    role: 'guest',
    summary: 'The newest active signals, as cards',
    params: z.strictObject({ limit: z.int().min(1).max(100).default(10).describe('cards at most') }),
    result: page(signalCard),
  }),
  'ui.layerCards': method({
    role: 'guest',
    summary: 'The cards of ui.layerOverview, the first of them',
    params: z.strictObject({ limit: cardLimit(4) }),
    result: page(layerCard),
  }),
} as const satisfies MethodSpecs;
