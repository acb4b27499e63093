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

  route('GET /predictions/{id}', 'predictions.get'),

  route('POST /auth/register', 'auth.register', { success: 201 }),
  route('POST /auth/login', 'auth.login'),
  route('POST /auth/refresh', 'auth.refresh'),
  route('POST /auth/logout', 'auth.logout'),
  route('GET /auth/sessions', 'auth.sessions'),
  route('POST /auth/revoke', 'auth.revoke'),
  route('POST /users/password', 'users.changePassword'),
  route('GET /users', 'users.list'),
  route('PUT /users/{id}', 'users.update'),
];

/** Every address under `API_PATH`. Of two that fit, the one that has words where the other has a name is taken. */
export const ROUTES: readonly Route[] = [...DOCUMENT_ROUTES, ...OTHER_ROUTES];
