import { z } from 'zod';
import {
  document,
  idParam,
  missing,
  numberOrNull,
  page,
  pageParams,
  state,
  textOrNull,
  time,
  timeOrNull,
} from './fields.js';
import { type MethodSpecs, method } from './method.js';

/** What every answer about a watchlist has. */
export const watchlistHead = {
  id: z.int(),
  name: z.string(),
  description: textOrNull,
  type: z.enum(['default', 'personal']),
  current_items: z.int().describe("of this server's assets"),
  max_items: z.int(),
  sort_order: z.int(),
  last_updated: time,
};

/** An asset in a watchlist, with its newest scores. */
export const watchlistItem = z.object({
  asset_id: z.int(),
  symbol: z.string(),
  name: z.string(),
  position_type: z.enum(['long', 'short']),
  sort_order: z.int(),
  notes: textOrNull,
  current_price: numberOrNull.describe('quote currency'),
  performance_24h: numberOrNull.describe('percent'),
  ai_confidence: numberOrNull.describe('0–1'),
  risk_level: z.enum(['low', 'medium', 'high', 'extreme']).nullable(),
  score: numberOrNull.describe('0–1'),
  rank: numberOrNull.describe('1: the best of the list'),
  components: document.nullable().describe('value, weight and contribution of each part of the score'),
  active_signals: z.array(z.int()).nullable().describe('ids'),
  last_analysis: timeOrNull,
  simulated: z.boolean().nullable(),
  missing,
});

/** A watchlist with its assets. */
export const fullWatchlist = z.object({
  ...watchlistHead,
  outlook: z.enum(['Bullish', 'Bearish', 'Neutral']).nullable(),
  direction: numberOrNull.describe('0–1, 0.5: neither up nor down'),
  last_analysis: timeOrNull,
  state: state.nullable(),
  missing,
  items: z.array(watchlistItem),
});

export const WATCHLISTS_METHODS = {
  'watchlists.list': method({
    role: 'guest',
    summary: 'The default watchlists, which everybody reads, and your own',
    params: z.strictObject(pageParams),
    result: page(z.object({ ...watchlistHead, missing })),
  }),
  'watchlists.get': method({
    role: 'guest',
    summary: 'One watchlist, with the newest scores of its assets',
    params: z.strictObject({ id: idParam }),
    result: fullWatchlist,
    errors: ['not_found'],
  }),
} as const satisfies MethodSpecs;
