import { z } from 'zod';
import { METRICS_FIELDS, REGIME_FIELDS, SECTOR_FIELDS } from '../analysis-fields.js';
import { TIMEFRAMES } from '../timeframe.js';
import { document, numberOrNull, state, textOrNull, time, timeOrNull } from './fields.js';

/*
 * Rows of the analyses as answers and channels have them, field by field. A field that is not named here is a number or
 * null; `docs/analysis/` tells formula, unit and range of each.
 */

type Shape<Field extends string, Named extends Partial<Record<Field, z.ZodType>>> = {
  [F in Field]: Named[F] extends z.ZodType ? Named[F] : typeof numberOrNull;
};

function fields<Field extends string, Named extends Partial<Record<Field, z.ZodType>>>(
  names: readonly Field[],
  named: Named,
): Shape<Field, Named> {
  return Object.fromEntries(names.map((name) => [name, named[name] ?? numberOrNull])) as Shape<Field, Named>;
}

/** What says of when the values are, and how far to be trusted. */
export const head = { time, state, simulated: z.boolean() };
/** The same where nothing may be known. */
export const headOrNull = { time: timeOrNull, state: state.nullable(), simulated: z.boolean().nullable() };

const flagOrNull = z.boolean().nullable();
const documentOrNull = document.nullable();
const listOrNull = z.array(z.unknown()).nullable();
export const regimeName = z.enum(['Bull', 'Bear', 'Sideways', 'Transition', 'Accumulation', 'Distribution']);
export const outlook = z.enum(['Bullish', 'Bearish', 'Neutral']);

/** The columns of `metrics_snapshot`. */
export const metricsRow = fields(METRICS_FIELDS, {
  ...head,
  snapshot_time: time,
  timeframe: z.enum(TIMEFRAMES),
  btc_price_usd: z.number(),
  liquidation_zones: listOrNull,
  extended_metrics: documentOrNull,
  data_quality_flags: documentOrNull.describe('missing_fields: why each field that is null is so'),
  snapshot_version: textOrNull,
  is_validated: flagOrNull,
  has_anomalies: flagOrNull,
  data_source: z.string(),
});

/** The columns of `ai_regime_analysis`. */
export const regimeRow = fields(REGIME_FIELDS, {
  ...head,
  analysis_timeframe: z.enum(TIMEFRAMES),
  data_source: textOrNull,
  current_regime: regimeName,
  predicted_regime: regimeName.nullable(),
  regime_confidence: z.number().describe('0–1'),
  trend_intact: flagOrNull,
  structure_break: flagOrNull,
  structure_change_type: textOrNull,
  breakout_signal: flagOrNull,
  breakout_type: textOrNull,
  volume_confirmation: flagOrNull,
  retest_confirmation: flagOrNull,
  timeframe_alignment: documentOrNull,
  multi_timeframe_agreement: flagOrNull,
  key_levels: listOrNull,
  sentiment_regime: textOrNull,
  sentiment_regime_conflict: flagOrNull,
  liquidity_regime: textOrNull,
  whale_activity_influence: flagOrNull,
  macro_regime_alignment: textOrNull,
  risk_on_off_regime: flagOrNull,
  global_risk_appetite: textOrNull,
  transition_indicators: documentOrNull,
  recommended_strategy: textOrNull,
  position_sizing_guidance: textOrNull,
  sector_regime_impact: documentOrNull,
  model_performance_rating: textOrNull,
  historical_analogue: textOrNull,
  regime_statistics: documentOrNull,
  analysis_validated: flagOrNull,
  validation_flags: documentOrNull.describe('missing_fields: why each field that is null is so'),
  analysis_version: textOrNull,
  analyst_notes: textOrNull,
  analysis_data: documentOrNull,
});

/** The columns of `ai_sector_analysis`. */
export const sectorRow = fields(SECTOR_FIELDS, {
  ...head,
  sector: z.string(),
  sector_id: z.int(),
  timeframe: textOrNull,
  analysis_time: timeOrNull,
  narrative_tag: z.array(z.string()).nullable(),
  key_signals: listOrNull,
  ai_sector_outlook: outlook.nullable(),
  analysis_data: documentOrNull.describe('missing: why each field that is null is so'),
});
