import { z } from 'zod';
import { idParam, symbolParam, textOrNull, time } from './fields.js';
import { type MethodSpecs, method } from './method.js';
import { clearableText, sortOrderParam, textParam } from './user-fields.js';

export const POSITION_TYPES = ['long', 'short'] as const;
/** What `watchlists.bulk` does to the default lists Tier 1 and Tier 2. */
export const BULK_ACTIONS = ['promote_to_tier1', 'demote_to_tier2', 'remove_from_tiers'] as const;

const nameParam = textParam(100).regex(/^\S(.*\S)?$/s, 'begins or ends with white space');
const descriptionParam = clearableText(2_000);
const maxItemsParam = z
  .int()
  .min(1)
  .max(10_000)
  .describe('most assets of each data source; for admins to set, 25 unless told');

/** A watchlist as it is written. */
const watchlistRow = z.object({
  id: z.int(),
  name: z.string(),
  description: textOrNull,
  type: z.enum(['default', 'personal']),
  is_public: z.boolean(),
  max_items: z.int().describe('most assets of each data source'),
  sort_order: z.int(),
  created_at: time,
  last_updated: time,
});

/** An asset in a watchlist as it is written. */
const watchlistAssetRow = z.object({
  id: z.int(),
  watchlist_id: z.int(),
  asset_id: z.int(),
  symbol: z.string(),
  name: z.string(),
  position_type: z.enum(POSITION_TYPES),
  sort_order: z.int(),
  notes: textOrNull,
  created_at: time,
  updated_at: time,
});

const inList = { watchlist_id: idParam, symbol: symbolParam };

/** What users change of their watchlists, and admins of the default ones. */
export const WATCHLIST_EDIT_METHODS = {
  'watchlists.create': method({
    role: 'user',
    summary: 'Makes a watchlist of your own; admins make default ones too',
    params: z.strictObject({
      name: nameParam,
      description: descriptionParam.optional(),
      type: z.enum(['personal', 'default']).default('personal').describe('default: for admins'),
      is_public: z.boolean().optional(),
      sort_order: sortOrderParam.optional(),
      max_items: maxItemsParam.optional(),
    }),
    result: watchlistRow,
    writes: true,
    errors: ['conflict'],
  }),
  'watchlists.update': method({
    role: 'user',
    summary: 'Changes a watchlist; what is left out stays as it is',
    params: z.strictObject({
      id: idParam,
      name: nameParam.optional(),
      description: descriptionParam.optional(),
      is_public: z.boolean().optional(),
      sort_order: sortOrderParam.optional(),
      max_items: maxItemsParam.optional(),
    }),
    result: watchlistRow,
    writes: true,
    errors: ['not_found', 'conflict'],
  }),
  'watchlists.delete': method({
    role: 'user',
    summary: 'Deletes a watchlist with its assets',
    params: z.strictObject({ id: idParam }),
    result: z.object({ id: z.int(), deleted: z.literal(true) }),
    writes: true,
    errors: ['not_found'],
  }),
  'watchlists.addAsset': method({
    role: 'user',
    summary: 'Puts an asset into a watchlist',
    params: z.strictObject({
      ...inList,
      position_type: z.enum(POSITION_TYPES).default('long'),
      sort_order: sortOrderParam.optional().describe('behind all others unless told'),
      notes: clearableText(2_000).optional(),
    }),
    result: watchlistAssetRow,
    writes: true,
    errors: ['not_found', 'conflict'],
  }),
  'watchlists.updateAsset': method({
    role: 'user',
    summary: 'Changes how an asset stands in a watchlist; what is left out stays as it is',
    params: z.strictObject({
      ...inList,
      position_type: z.enum(POSITION_TYPES).optional(),
      sort_order: sortOrderParam.optional(),
      notes: clearableText(2_000).optional(),
    }),
    result: watchlistAssetRow,
    writes: true,
    errors: ['not_found'],
  }),
  'watchlists.removeAsset': method({
    role: 'user',
    summary: 'Takes an asset out of a watchlist',
    params: z.strictObject(inList),
    result: z.object({ watchlist_id: z.int(), symbol: z.string(), removed: z.literal(true) }),
    writes: true,
    errors: ['not_found'],
  }),
  'watchlists.bulk': method({
    role: 'admin',
    summary: 'Moves many assets between the default lists Tier 1 and Tier 2, all or none',
    params: z.strictObject({
      action: z.enum(BULK_ACTIONS),
      symbols: z.array(symbolParam).min(1).max(500),
      review_notes: textParam(2_000),
    }),
    result: z.object({
      action: z.enum(BULK_ACTIONS),
      symbols: z.array(z.string()),
      added: z.int().describe('assets that the list did not have'),
      removed: z.int().describe('places that were given up'),
    }),
    writes: true,
    errors: ['conflict', 'not_found'],
  }),
} as const satisfies MethodSpecs;
