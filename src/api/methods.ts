import type { z } from 'zod';
import { ADMIN_METHODS } from './admin.js';
import { ALERTS_METHODS } from './alerts.js';
import { ASSETS_METHODS } from './assets.js';
import { AUTH_METHODS } from './auth.js';
import { FEEDBACK_METHODS } from './feedback.js';
import { LAYER1_METHODS } from './layer1.js';
import { LAYER2_METHODS } from './layer2.js';
import type { MethodSpec } from './method.js';
import { MODELS_METHODS } from './models.js';
import { NOTIFICATIONS_METHODS } from './notifications.js';
import { PORTFOLIOS_METHODS } from './portfolios.js';
import { PREDICTIONS_METHODS } from './predictions.js';
import { RECOMMENDATIONS_METHODS } from './recommendations.js';
import { RISK_METHODS } from './risk.js';
import { SIGNAL_ACTION_METHODS } from './signal-actions.js';
import { SIGNALS_METHODS } from './signals.js';
import { TRADES_METHODS } from './trades.js';
import { UI_METHODS } from './ui.js';
import { USER_ANALYSES_METHODS } from './user-analyses.js';
import { USERS_METHODS } from './users.js';
import { WATCHLIST_EDIT_METHODS } from './watchlist-edits.js';
import { WATCHLISTS_METHODS } from './watchlists.js';

/** Every query method, by name. */
export const METHODS = {
  ...ASSETS_METHODS,
  ...LAYER1_METHODS,
  ...LAYER2_METHODS,
  ...WATCHLISTS_METHODS,
  ...WATCHLIST_EDIT_METHODS,
  ...RECOMMENDATIONS_METHODS,
  ...PORTFOLIOS_METHODS,
  ...TRADES_METHODS,
  ...RISK_METHODS,
  ...SIGNALS_METHODS,
  ...SIGNAL_ACTION_METHODS,
  ...ALERTS_METHODS,
  ...PREDICTIONS_METHODS,
  ...MODELS_METHODS,
  ...AUTH_METHODS,
  ...USERS_METHODS,
  ...NOTIFICATIONS_METHODS,
  ...FEEDBACK_METHODS,
  ...USER_ANALYSES_METHODS,
  ...UI_METHODS,
  ...ADMIN_METHODS,
} as const;

export type MethodName = keyof typeof METHODS;

/** What a caller gives: defaults may be left out. */
export type ParamsOf<S> = S extends MethodSpec<infer P, z.ZodType> ? z.input<P> : never;
/** What a caller gets. */
export type ResultOf<S> = S extends MethodSpec<z.ZodObject, infer R> ? z.output<R> : never;
