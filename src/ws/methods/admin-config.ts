import type { z } from 'zod';
import type { ADMIN_METHODS } from '../../api/admin.js';
import { fieldsOf, SETTING_KEYS, SETTINGS, type SettingKey } from '../../api/settings.js';
import { RequestError } from '../../errors.js';
import type { Connection } from '../../store/pool.js';
import { recordActivities } from '../../store/repositories/activities.js';
import {
  listSettings,
  lockSettings,
  type SettingRecord,
  setSetting,
} from '../../store/repositories/system-config.js';
import { setTierLimits, type TierLimits, tierLimits } from '../../store/repositories/tier-limits.js';
import type { User } from '../caller.js';
import { validate } from '../schema.js';
import type { MethodContext } from './handler.js';
import { actor } from './user-rows.js';

type Config = z.input<(typeof ADMIN_METHODS)['admin.config']['result']>;
type Params = z.output<(typeof ADMIN_METHODS)['admin.setConfig']['params']>;
type JsonMap = Readonly<Record<string, unknown>>;

/** Gives the settings as they hold, those that were never set by their defaults. */
export async function readConfig(connection: Connection): Promise<Config> {
  return configOf(await listSettings(connection), await tierLimits(connection));
}

/**
 * Sets what is given and gives all as it holds then.
 * @throws RequestError `invalid_params` with the setting's field, `not_found` if the database lacks the setting
 */
export async function changeConfig(
  params: Params,
  connection: Connection,
  user: User,
  context: MethodContext,
): Promise<Config> {
  const changes = changesIn(params);
  const before = configOf(await lockSettings(connection), await tierLimits(connection));
  for (const [key, change] of changes) {
    const old: JsonMap = before[key];
    const value = merged(old, change);
    const description = key === params.key ? params.description : undefined;
    const { outcome, ...rest } = await setSetting(connection, key, value, user.id, description);
    if (outcome === 'not_found') {
      throw new RequestError('not_found', `the database has no setting ${key}`, key);
    }
    if ('problems' in rest) throw new RequestError('invalid_params', rest.problems.join('; '), key);
    if (key === 'watchlist_limits') await setTierLimits(connection, value as TierLimits);
    await recordActivities(connection, [
      {
        ...{ userId: user.id, activityType: 'admin_action', entityType: 'system_config', action: 'set' },
        ...{ details: { key, before: old, after: value }, ...actor(context) },
      },
    ]);
  }
  return readConfig(connection);
}

/** Gives what is to be set, by key. */
function changesIn({ key, value, description, ...named }: Params): ReadonlyMap<SettingKey, JsonMap> {
  const changes = new Map<SettingKey, JsonMap>();
  for (const name of SETTING_KEYS) {
    const change = named[name];
    if (change !== undefined) changes.set(name, change);
  }
  if (key === undefined) {
    for (const [field, given] of Object.entries({ value, description })) {
      if (given !== undefined) {
        throw new RequestError('invalid_params', `key: it says which setting ${field} is for`, 'key');
      }
    }
  } else {
    if (changes.has(key)) throw new RequestError('invalid_params', `key: ${key} is given twice`, 'key');
    if (value === undefined && description === undefined) {
      throw new RequestError('invalid_params', `value: ${key} needs one, or a description`, 'value');
    }
    changes.set(key, checkedValue(key, value ?? {}));
  }
  if (changes.size > 0) return changes;
  throw new RequestError('invalid_params', `key: nothing to set; allowed: ${SETTING_KEYS.join(', ')}`, 'key');
}

/** Checks a value that came beside its key. */
function checkedValue(key: SettingKey, value: JsonMap): JsonMap {
  try {
    return validate<JsonMap>(SETTINGS[key], value, 'invalid_params', Object.keys(SETTINGS[key].shape));
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    const { field, message } = error;
    throw new RequestError(
      'invalid_params',
      `value: ${message}`,
      field === undefined ? 'value' : `value.${field}`,
    );
  }
}

/** Puts fields into a value, those of its parts too. */
function merged(old: JsonMap, change: JsonMap): JsonMap {
  const whole: Record<string, unknown> = { ...old };
  for (const [field, given] of Object.entries(change)) {
    const before = whole[field];
    if (given === undefined) continue;
    whole[field] = isMap(given) && isMap(before) ? merged(before, given) : given;
  }
  return whole;
}

function isMap(value: unknown): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function configOf(records: readonly SettingRecord[], limits: Partial<TierLimits>): Config {
  const values = new Map(records.map(({ key, value }) => [key, value]));
  const holding = (key: SettingKey): JsonMap => {
    const value = values.get(key);
    return merged(defaultsOf(key), isMap(value) ? value : {});
  };
  return {
    // What the lists really take: they may have been changed one by one.
    watchlist_limits: { ...holding('watchlist_limits'), ...limits } as Config['watchlist_limits'],
    ai_thresholds: holding('ai_thresholds') as Config['ai_thresholds'],
    housekeeping: holding('housekeeping') as Config['housekeeping'],
    settings: records.flatMap(({ key, description, updatedBy, updatedAt }) => {
      const known = SETTING_KEYS.find((one) => one === key);
      if (known === undefined) return [];
      const fields = [...fieldsOf(known)];
      return [{ key: known, description, updated_by: updatedBy, updated_at: updatedAt, fields }];
    }),
  };
}

/** Gives what holds of a setting that was never set. */
function defaultsOf(key: SettingKey): JsonMap {
  let defaults: JsonMap = {};
  for (const { field, default: value } of fieldsOf(key)) {
    const nested = field.split('.').reduceRight<unknown>((inner, name) => ({ [name]: inner }), value);
    defaults = merged(defaults, nested as JsonMap);
  }
  return defaults;
}
