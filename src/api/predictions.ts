import { z } from 'zod';
import { regimeName } from './analysis-rows.js';
import {
  cursorParam,
  document,
  limitParam,
  missing,
  numberOrNull,
  page,
  symbolParam,
  textOrNull,
  time,
  timeOrNull,
} from './fields.js';
import { type MethodSpecs, method } from './method.js';
import { bigIdParam, priceParam, textParam } from './user-fields.js';

/** The four layers of the analyses, as the documents call them. */
export const LAYERS = ['layer1', 'layer2', 'layer3', 'layer4'] as const;
const layer = z.enum(LAYERS);
const horizonParam = z.int().min(1).max(8_760).describe('hours');
const idOf = z.strictObject({ id: bigIdParam });

/** What was said of an asset, and what became of it. */
export const predictionItem = z.object({
  id: z.int(),
  asset_id: z.int(),
  symbol: z.string(),
  is_own: z.boolean().describe("true: the caller's own forecast; false: the server's"),
  layer_source: layer,
  model_name: textOrNull,
  model_version: textOrNull,
  prediction_type: z
    .enum(['price', 'trend', 'event'])
    .describe('a price, a direction, or which regime there will be'),
  predicted_price: numberOrNull.describe('quote currency'),
  predicted_value: document
    .nullable()
    .describe('direction (up, down), or regime with probabilities (0–1) of each regime'),
  confidence_score: z.number().describe('0–1'),
  prediction_horizon: z.int().describe('hours'),
  target_datetime: time.describe('what it speaks of, ms'),
  input_price: z.number().describe('price when it was made, quote currency'),
  macro_context: z
    .object({ market_regime: regimeName.nullable(), sentiment: numberOrNull.describe('0–1'), missing })
    .describe('the market when it was made'),
  notes: textOrNull,
  is_realized: z.boolean().describe('its time has come, and what was so then is written'),
  is_accurate: z.boolean().nullable(),
  created_at: time,
  simulated: z.boolean(),
  missing,
});

const figures = {
  predictions: z.int(),
  realized: z.int().describe('of which the time has come, and what was so then is known'),
  judged: z.int().describe('of which it is known whether they were right'),
  accurate: z.int(),
  accuracy: numberOrNull.describe('share of those judged that were right, 0–1'),
  mean_accuracy_percentage: numberOrNull.describe('of those of a price, percent'),
  mean_confidence: numberOrNull.describe('0–1'),
};
const figuresByName = z.record(z.string(), z.object({ ...figures, missing }));

export const PREDICTIONS_METHODS = {
  'predictions.list': method({
    role: 'guest',
    summary: "The server's predictions and the caller's own, the newest first",
    params: z.strictObject({
      layer: layer.optional(),
      symbol: symbolParam.optional(),
      horizon: horizonParam.optional(),
      limit: limitParam,
      cursor: cursorParam.optional(),
    }),
    result: page(predictionItem),
  }),
  'predictions.get': method({
    role: 'guest',
    summary: 'One prediction',
    params: idOf,
    result: predictionItem,
    errors: ['not_found'],
  }),
  'predictions.create': method({
    role: 'user',
    summary: "The caller's own forecast of a price or a direction, which nobody else sees",
    params: z.strictObject({
      symbol: symbolParam,
      horizon: horizonParam.describe('hours ahead, at most a year'),
      predicted_price: priceParam.optional().describe('quote currency; this or direction'),
      direction: z.enum(['up', 'down']).optional().describe('this or predicted_price'),
      confidence: z.number().min(0).max(1).default(0.5).describe('0–1'),
      accuracy_threshold: z
        .number()
        .min(0)
        .max(100)
        .default(5)
        .describe('error in percent up to which a price counts as right'),
      layer: layer.default('layer3'),
      notes: textParam(2_000).optional(),
    }),
    result: predictionItem,
    writes: true,
    errors: ['conflict'],
  }),
  'predictions.update': method({
    role: 'user',
    summary: 'Always refused: what was said of a time stays as it was said',
    params: idOf,
    result: predictionItem,
    writes: true,
    errors: ['not_found', 'conflict'],
  }),
  'predictions.accuracy': method({
    role: 'guest',
    summary: 'What became of one prediction',
    params: idOf,
    result: z.object({
      id: z.int(),
      prediction_type: predictionItem.shape.prediction_type,
      target_datetime: time,
      is_realized: z.boolean(),
      evaluated_at: timeOrNull,
      predicted_price: numberOrNull.describe('quote currency'),
      predicted_value: document.nullable(),
      input_price: z.number().describe('quote currency'),
      actual_price: numberOrNull.describe('close of the minute that ended then, quote currency'),
      actual_regime: regimeName.nullable(),
      absolute_error: numberOrNull.describe('quote currency'),
      squared_error: numberOrNull,
      accuracy_percentage: numberOrNull.describe('100 less the error in percent of the actual price'),
      accuracy_threshold: z.number().describe('error in percent up to which a price counts as right'),
      is_accurate: z.boolean().nullable(),
      brier_score: numberOrNull.describe('of the probabilities of a regime, 0 (right) to 2'),
      missing,
    }),
    errors: ['not_found'],
  }),
  'predictions.analytics': method({
    role: 'guest',
    summary: "How the server's predictions did, or the caller's own",
    params: z.strictObject({
      days: z.int().min(1).max(3_650).default(30).describe('those made since'),
      layer: layer.optional(),
      own: z.boolean().default(false).describe("true: the caller's own instead; needs a login"),
    }),
    result: z.object({
      days: z.int(),
      overall_accuracy: numberOrNull.describe('share of those judged that were right, 0–1'),
      ...figures,
      missing,
      accuracy_by_layer: figuresByName,
      accuracy_by_horizon: figuresByName.describe('by hours'),
      best_performing_models: z
        .array(z.object({ model: z.string().describe('name and version'), ...figures, missing }))
        .describe('those of which something was judged, the best first'),
      simulated: z.boolean(),
    }),
    errors: ['unauthenticated'],
  }),
} as const satisfies MethodSpecs;
