import { z } from 'zod';
import { headOrNull, outlook, sectorRow } from './analysis-rows.js';
import { assetItem } from './assets.js';
import {
  cursorParam,
  document,
  idParam,
  limitParam,
  missing,
  numberOrNull,
  page,
  pageParams,
  periodParam,
  state,
  textOrNull,
  time,
  timeframeParam,
  timeOrNull,
} from './fields.js';
import { type MethodSpecs, method } from './method.js';

const sectorParam = idParam.describe('see layer2.sectors');

/** A sector by the names of the documents. */
export const sectorSummary = {
  id: z.int(),
  name: z.string(),
  rank: numberOrNull.describe('1: the best performance'),
  performance_24h: numberOrNull.describe('percent'),
  performance_7d: numberOrNull.describe('percent'),
  performance_30d: numberOrNull.describe('percent'),
  dominance: numberOrNull.describe('percent'),
  relative_strength: numberOrNull.describe("0–1, 0.5: the market's"),
  momentum_score: numberOrNull.describe('-1 to 1'),
  status: z.enum(['leading', 'weakening', 'improving', 'lagging']).nullable(),
  outlook: outlook.nullable(),
  confidence: numberOrNull.describe('0–1'),
  ...headOrNull,
};
export const sectorItem = z.object({ ...sectorSummary, missing });

/** Columns of a stored analysis that a comparison shows: those that a source fills, without what names the sector. */
export const comparedColumns = z.object(sectorRow).omit({
  time: true,
  state: true,
  simulated: true,
  sector: true,
  sector_id: true,
  institutional_inflow: true,
  tvl_total: true,
  active_users: true,
  active_protocols: true,
}).shape;

export const rotationFlow = z.object({
  from_sector_id: z.int(),
  from_sector: textOrNull,
  to_sector_id: z.int(),
  to_sector: textOrNull,
  score: z.number().describe('0–1'),
});

/** The columns of `ai_cross_sector_analysis`. */
export const rotationColumns = {
  timeframe: periodParam.nullable(),
  candle_time: timeOrNull,
  analysis_time: timeOrNull,
  sector_rotation_flows: document.nullable(),
  sector_performance_ranking: z.array(z.unknown()).nullable(),
  liquidity_comparison: document.nullable(),
  volatility_comparison: document.nullable(),
  dominance_distribution: document.nullable(),
  correlation_matrix: document.nullable(),
  narrative_trends: z.array(z.unknown()).nullable(),
  risk_reward_map: z.array(z.unknown()).nullable(),
  ai_market_outlook: outlook.nullable(),
  ai_confidence_score: numberOrNull.describe('0–1'),
  signal_agreement_score: numberOrNull.describe('0–1'),
  outlook_duration_estimate: numberOrNull.describe('hours'),
  analysis_data: document.nullable(),
};

const named = { sector_id: z.int(), name: z.string() };

export const LAYER2_METHODS = {
  'layer2.sectors': method({
    role: 'guest',
    summary: 'All sectors as they stand now, by id',
    params: z.strictObject(pageParams),
    result: page(sectorItem),
  }),
  'layer2.sector': method({
    role: 'guest',
    summary: 'One sector: what it is, and its analysis as it stands now',
    params: z.strictObject({ sector_id: sectorParam }),
    result: z.object({
      ...sectorSummary,
      description: textOrNull,
      asset_count: z.int().nullable(),
      total_market_cap: numberOrNull.describe('US dollars'),
      total_volume: numberOrNull.describe('of 24 h, US dollars'),
      top_performers: z.null().describe('see layer2.sectorAssets'),
      metrics_details: document.nullable(),
      missing,
      performance_metrics: z
        .object({ ...sectorRow, missing })
        .nullable()
        .describe('the fields of the sectors channel; null: it is not analysed yet'),
    }),
  }),
  'layer2.sectorPerformance': method({
    role: 'guest',
    summary: 'How a sector has done: the index of its coins now, and its stored market cap',
    params: z.strictObject({ sector_id: sectorParam }),
    result: z.object({
      ...named,
      performance_24h: numberOrNull.describe('percent'),
      performance_7d: numberOrNull.describe('percent'),
      performance_30d: numberOrNull.describe('percent'),
      time: timeOrNull,
      state: state.nullable(),
      missing,
      capitalisation: z.object({
        market_cap: numberOrNull.describe('US dollars'),
        volume_24h: numberOrNull.describe('US dollars'),
        time: timeOrNull,
        change_24h: numberOrNull.describe('percent'),
        change_7d: numberOrNull.describe('percent'),
        change_30d: numberOrNull.describe('percent'),
        missing,
      }),
      simulated: z.boolean(),
    }),
  }),
  'layer2.sectorAssets': method({
    role: 'guest',
    summary: 'Assets of a sector that are served, by id',
    params: z.strictObject({ sector_id: sectorParam, ...pageParams }),
    result: z.object({ ...named, ...page(assetItem).shape }),
  }),
  'layer2.sectorHistory': method({
    role: 'guest',
    summary: "Candles of a sector's figures, the newest first",
    params: z.strictObject({
      sector_id: sectorParam,
      days: z.int().min(1).max(3_650).default(30).describe('how far back'),
      timeframe: timeframeParam.default('1d'),
      limit: limitParam,
      cursor: cursorParam.optional(),
    }),
    result: z.object({
      ...named,
      timeframe: timeframeParam,
      ...page(
        z.object({
          time: time.describe('start of the candle, ms'),
          state,
          simulated: z.boolean(),
          market_cap: numberOrNull.describe('US dollars'),
          volume_24h: numberOrNull.describe('US dollars'),
          technical_indicators: document.nullable(),
          missing,
        }),
      ).shape,
    }),
  }),
  'layer2.rotation': method({
    role: 'guest',
    summary: 'What flows between the sectors, and who gains and who loses by it',
    params: z.strictObject({
      timeframe: periodParam
        .optional()
        .describe('window; left out: the newest analysis, with the candles that form'),
    }),
    result: z.object({
      rotation_probability: z.null().describe('a flow is a score, and no probability'),
      leading_sectors: z.array(z.string()).describe('those that gain by all flows, the most first'),
      declining_sectors: z.array(z.string()).describe('those that lose, the most first'),
      flow_directions: document.nullable(),
      recommended_allocation: z.null().describe('none is made for everybody'),
      flows: z.array(rotationFlow),
      ...rotationColumns,
      ...headOrNull,
      missing,
    }),
  }),
  'layer2.compare': method({
    role: 'guest',
    summary: 'The newest stored analyses of some sectors side by side, in the order asked for',
    params: z.strictObject({
      sectors: z.array(idParam).min(2).max(50).describe('2–50 ids'),
      timeframe: periodParam.default('7d').describe('window'),
    }),
    result: z.object({
      timeframe: periodParam,
      ...page(
        z.object({
          ...sectorSummary,
          missing,
          performance_metrics: z.object({ ...comparedColumns, missing }),
        }),
      ).shape,
      missing: missing.describe('items: why none of them is analysed'),
    }),
  }),
} as const satisfies MethodSpecs;
