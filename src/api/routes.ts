import { DOCUMENT_ROUTES } from './document-routes.js';
import { type Route, route } from './route.js';

export type { Route };

/** Where the addresses begin. */
export const API_PATH = '/api/v1';
/** Where the OpenAPI document is, below `API_PATH`. */
export const OPENAPI_PATH = '/openapi.json';

/** Addresses of methods for which the documents have none. */
const OTHER_ROUTES: readonly Route[] = [
  route('GET /assets', 'assets.list'),
  route('GET /assets/{symbol}', 'assets.get'),
  route('GET /assets/{symbol}/analysis', 'assets.analysis'),
  route('GET /assets/{symbol}/candles', 'candles.list'),
  route('GET /candles', 'candles.list'),
  route('GET /assets/{symbol}/indicators', 'indicators.get'),
  route('GET /indicators', 'indicators.get'),

  route('GET /layer1/indicators', 'layer1.indicators'),
  route('GET /layer1/metrics', 'layer1.metrics'),
  route('GET /layer2/sectors/{sector_id}/performance', 'layer2.sectorPerformance'),
  route('GET /layer2/sectors/{sector_id}/assets', 'layer2.sectorAssets'),

  route('GET /watchlists/{id}', 'watchlists.get'),
  route('POST /layer3/watchlists', 'watchlists.create', { success: 201 }),
  route('PUT /layer3/watchlists/{id}', 'watchlists.update'),
  route('DELETE /layer3/watchlists/{id}', 'watchlists.delete'),
  route('GET /layer3/watchlists/{watchlist_id}/analysis', 'watchlists.analysis'),
  route('GET /recommendations', 'recommendations.list'),
  route('POST /recommendations/{id}/review', 'recommendations.review'),
  route('POST /recommendations/{id}/feedback', 'recommendations.feedback'),
  route('GET /recommendations/queue', 'recommendations.queue'),

  route('GET /portfolios', 'portfolios.get'),
  route('GET /portfolios/analysis', 'portfolios.analysis'),
  route('POST /portfolios/assets', 'portfolios.addAsset', { success: 201 }),
  route('PUT /portfolios/assets/{id}', 'portfolios.updateAsset'),
  route('POST /portfolios/assets/{id}/close', 'portfolios.closeAsset'),
  route('GET /portfolios/assets/{id}/analysis', 'portfolios.assetAnalysis'),
  route('GET /trades', 'trades.list'),
  route('POST /trades', 'trades.record', { success: 201 }),
  route('GET /risk', 'risk.get'),
  route('PUT /risk', 'risk.update'),
  route('PUT /user/{user_id}/risk-profile', 'risk.update', { own: 'user_id' }),
  route('GET /alerts', 'alerts.list'),
  route('POST /alerts', 'alerts.create', { success: 201 }),
  route('PUT /alerts/{id}', 'alerts.update'),
  route('DELETE /alerts/{id}', 'alerts.delete'),

  route('GET /predictions/{id}', 'predictions.get'),
  route('GET /admin/ai-models/{model_id}', 'models.get'),
  route('GET /admin/ai-models/{model_id}/performance', 'models.performance'),
  route('GET /admin/model-jobs', 'models.jobs'),
  route('DELETE /admin/model-jobs/{id}', 'models.cancelJob'),

  route('POST /auth/register', 'auth.register', { success: 201 }),
  route('POST /auth/login', 'auth.login'),
  route('POST /auth/refresh', 'auth.refresh'),
  route('POST /auth/logout', 'auth.logout'),
  route('GET /auth/sessions', 'auth.sessions'),
  route('POST /auth/revoke', 'auth.revoke'),
  route('POST /auth/verify-email', 'auth.verifyEmail'),
  route('POST /auth/resend-verification', 'auth.resendVerification'),
  route('POST /auth/request-password-reset', 'auth.requestPasswordReset'),
  route('POST /auth/reset-password', 'auth.resetPassword'),
  route('POST /auth/claim-admin', 'auth.claimAdmin'),
  route('POST /users/password', 'users.changePassword'),
  route('GET /users', 'users.list'),
  route('PUT /users/{id}', 'users.update'),
  route('GET /notifications', 'notifications.list'),
  route('DELETE /notifications/{id}', 'notifications.dismiss'),
  route('GET /feedback', 'feedback.list'),
  route('POST /feedback', 'feedback.create', { success: 201 }),
  route('POST /feedback/{id}/response', 'feedback.respond'),

  route('GET /admin/tasks', 'admin.tasks'),
  route('GET /admin/analytics', 'admin.analytics'),
  route('GET /admin/api-logs', 'admin.apiLogs'),
];

/** Every address under `API_PATH`. Of two that fit, the one that has words where the other has a name is taken. */
export const ROUTES: readonly Route[] = [...DOCUMENT_ROUTES, ...OTHER_ROUTES];
