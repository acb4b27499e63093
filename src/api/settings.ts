import { z } from 'zod';

/** Days that old rows of a table are kept. */
const days = (table: string, standard: number) =>
  z
    .int()
    .min(0)
    .max(36_500)
    .nullable()
    .optional()
    .meta({ default: standard, description: `days that rows of ${table} are kept; null: for good` });

const tierMax = (name: string, standard: number) =>
  z
    .int()
    .min(1)
    .max(10_000)
    .optional()
    .meta({ default: standard, description: `most assets of ${name}, of one data source` });

const confidenceMin = (of: string, standard: number) =>
  z
    .number()
    .min(0)
    .max(1)
    .optional()
    .meta({ default: standard, description: `least confidence of ${of}, 0–1` });

/**
 * What an admin may set while the server runs, by key: all fields may be left out, and stay as they are then. A key that is
 * not here is the server's own.
 */
export const SETTINGS = {
  watchlist_limits: z
    .strictObject({ tier1_max: tierMax('Tier 1', 20), tier2_max: tierMax('Tier 2', 100) })
    .describe('how long the default watchlists may be'),
  ai_thresholds: z
    .strictObject({
      suggestion_confidence_min: confidenceMin('a recommendation', 0.7),
      signal_confidence_min: confidenceMin('a signal', 0.8),
    })
    .describe('what the models keep to themselves'),
  housekeeping: z
    .strictObject({
      archive_after_months: z
        .int()
        .min(0)
        .max(1_200)
        .refine((months) => months === 0 || months >= 3, 'must be 0 or at least 3')
        .optional()
        .meta({
          default: 24,
          description: 'whole months until candles are archived; 0: never, else 3 at least',
        }),
      keep_days: z
        .strictObject({
          api_request_logs: days('api_request_logs', 30),
          external_api_logs: days('external_api_logs', 30),
          system_health: days('system_health', 30),
          analytics_data: days('analytics_data', 730),
          user_activities: days('user_activities', 365),
          user_sessions: days('user_sessions, after their end', 30),
          notifications: days('notifications, after they have expired', 0),
          background_tasks: days('background_tasks, after their end', 90),
          metrics_snapshot: days('metrics_snapshot of less than an hour', 90),
          sector_history: days('sector_history of less than an hour', 30),
        })
        .optional(),
    })
    .describe('how long old rows are kept'),
} as const;

export type SettingKey = keyof typeof SETTINGS;
export const SETTING_KEYS = Object.keys(SETTINGS) as [SettingKey, ...SettingKey[]];

/** One field that may be set. */
export const settingField = z.object({
  field: z.string().describe('such as signal_confidence_min, or keep_days.system_health'),
  type: z.enum(['integer', 'number']),
  minimum: z.number(),
  maximum: z.number(),
  nullable: z.boolean(),
  default: z.number(),
  description: z.string(),
});

/** Gives the fields of a setting, those of its parts as `part.field`. */
export function fieldsOf(key: SettingKey): readonly z.output<typeof settingField>[] {
  return fields(SETTINGS[key], '');
}

function fields(schema: z.ZodObject, prefix: string): readonly z.output<typeof settingField>[] {
  return Object.entries<z.ZodType>(schema.shape).flatMap(([name, optional]) => {
    const inner = optional instanceof z.ZodOptional ? (optional.unwrap() as z.ZodType) : optional;
    if (inner instanceof z.ZodObject) return fields(inner, `${prefix}${name}.`);
    const isNullable = inner instanceof z.ZodNullable;
    const number = isNullable ? inner.unwrap() : inner;
    if (!(number instanceof z.ZodNumber)) throw new Error(`${prefix}${name} is no number`);
    const meta = optional.meta();
    return [
      {
        field: `${prefix}${name}`,
        type: number.isInt ? ('integer' as const) : ('number' as const),
        minimum: number.minValue ?? Number.NEGATIVE_INFINITY,
        maximum: number.maxValue ?? Number.POSITIVE_INFINITY,
        nullable: isNullable,
        default: Number(meta?.default),
        description: meta?.description ?? '',
      },
    ];
  });
}
