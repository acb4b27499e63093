import type { z } from 'zod';
import { wrongTerm } from '../../alert-terms.js';
import type { ALERTS_METHODS } from '../../api/alerts.js';
import { RequestError } from '../../errors.js';
import type { AlertRecord, NewAlert } from '../../store/alert-records.js';
import {
  createAlert,
  deleteAlert,
  holdAlert,
  listAlerts,
  updateAlert,
} from '../../store/repositories/alerts.js';
import { marketTime, withMissing } from './analyses.js';
import type { Handlers, MethodContext } from './handler.js';
import { assetIdOf } from './params.js';
import { asCaller, changesOf, given, toNumber } from './user-rows.js';

type Alert = z.input<(typeof ALERTS_METHODS)['alerts.create']['result']>;

/** Of one user, at most: the engine holds all of them in memory. */
const MAX_ALERTS = 500;

export const alertHandlers: Handlers<typeof ALERTS_METHODS> = {
  'alerts.list': ({ symbol, is_active: isActive, limit, cursor }, context) =>
    asCaller(context, async (connection, user) => {
      const assetId = symbol === undefined ? undefined : assetIdOf(context.market, symbol);
      const page = await listAlerts(connection, user.id, { limit, ...given({ assetId, isActive, cursor }) });
      return { items: page.items.map(alertItem), next_cursor: page.nextCursor };
    }),

  'alerts.create': (params, context) =>
    asCaller(context, async (connection, user) => {
      const alert = {
        assetId: assetIdOf(context.market, params.symbol),
        alertType: params.alert_type,
        condition: params.condition,
        triggerValue: String(params.trigger_value),
        ...settingsOf(params),
      };
      checkTerms(alert);
      checkTime(alert.expiresAt, context);
      const made = await createAlert(connection, user.id, alert, MAX_ALERTS);
      if (made.outcome === 'created') return alertItem(made.alert);
      throw new RequestError('conflict', `you have ${MAX_ALERTS} alerts, the most allowed; delete some`);
    }),

  'alerts.update': ({ id, symbol, ...params }, context) =>
    asCaller(context, async (connection, user) => {
      const patch = changesOf({
        assetId: symbol === undefined ? undefined : assetIdOf(context.market, symbol),
        alertType: params.alert_type,
        condition: params.condition,
        triggerValue: params.trigger_value === undefined ? undefined : String(params.trigger_value),
        isActive: params.is_active,
        ...settingsOf(params),
      });
      const before = await holdAlert(connection, user.id, id);
      if (before === null) throw noAlert(id);
      const after = { ...before, ...patch };
      checkTerms(after);
      if (after.isActive && (patch.isActive === true || patch.expiresAt !== undefined)) {
        checkTime(after.expiresAt, context);
      }
      const alert = await updateAlert(connection, user.id, id, patch);
      if (alert === null) throw noAlert(id);
      return alertItem(alert);
    }),

  'alerts.delete': ({ id }, context) =>
    asCaller(context, async (connection, user) => {
      if (!(await deleteAlert(connection, user.id, id))) throw noAlert(id);
      return { id, deleted: true };
    }),
};

type Settings = Pick<
  z.output<(typeof ALERTS_METHODS)['alerts.create']['params']>,
  'timeframe' | 'is_repeating' | 'message' | 'notification_method' | 'expires_at'
>;

function settingsOf(params: Settings): Pick<NewAlert, 'timeframe' | 'expiresAt'> & Partial<NewAlert> {
  return given({
    timeframe: params.timeframe,
    isRepeating: params.is_repeating,
    message: params.message,
    notificationMethod: params.notification_method,
    expiresAt: params.expires_at,
  });
}

/** Params by the names that the engine's rules have for them. */
const PARAMS = { condition: 'condition', value: 'trigger_value', timeframe: 'timeframe' } as const;

/** @throws RequestError for what the engine would not take */
function checkTerms(alert: Pick<NewAlert, 'alertType' | 'condition' | 'triggerValue' | 'timeframe'>): void {
  const { alertType: type, condition, triggerValue, timeframe = null } = alert;
  const wrong = wrongTerm({ type, condition, value: Number(triggerValue), timeframe });
  if (wrong === null) return;
  const field = PARAMS[wrong.field];
  throw new RequestError(
    'invalid_params',
    `${field}: ${String(wrong.value)}; allowed: ${wrong.allowed}`,
    field,
  );
}

/** @throws RequestError for a time that is over */
function checkTime(expiresAt: number | null | undefined, context: MethodContext): void {
  if (expiresAt === null || expiresAt === undefined) return;
  const now = marketTime(context);
  if (expiresAt > now) return;
  const message = `expires_at: ${expiresAt} is over; allowed: null, or later than ${now}`;
  throw new RequestError('invalid_params', message, 'expires_at');
}

function noAlert(id: number): RequestError {
  return new RequestError('not_found', `you have no alert ${id}`, 'id');
}

function alertItem(alert: AlertRecord): Alert {
  const isRelative = alert.alertType === 'price_target' && alert.condition === 'percentage_change';
  return withMissing(
    {
      id: alert.id,
      asset_id: alert.assetId,
      symbol: alert.symbol,
      data_source: alert.dataSource,
      alert_type: alert.alertType,
      condition: alert.condition,
      trigger_value: Number(alert.triggerValue),
      timeframe: alert.timeframe,
      is_repeating: alert.isRepeating,
      is_active: alert.isActive,
      is_triggered: alert.isTriggered,
      fired_count: alert.firedCount,
      reference_price: toNumber(alert.referencePrice),
      message: alert.message,
      notification_method: alert.notificationMethod,
      triggered_at: alert.triggeredAt,
      expires_at: alert.expiresAt,
      created_at: alert.createdAt,
      updated_at: alert.updatedAt,
    },
    {
      timeframe:
        alert.alertType === 'volume_spike' ? '1h, since none was given' : 'only volume_spike has one',
      reference_price: isRelative
        ? 'the price that it counts from is not known yet'
        : 'it counts from no price',
      message: 'none was given',
      notification_method: 'none was given',
      triggered_at: 'it has not fired',
      expires_at: 'it does not expire',
    },
  );
}
