import ccxt from 'ccxt';
import { OperatorError } from '../errors.js';
import type { Logger } from '../logger.js';
import { nearestNames } from '../nearest.js';
import type { CcxtMarket } from './normalize.js';

/** What is used of a connection inside ccxt. */
export interface CcxtSocket {
  readonly url: string;
  readonly connection?: { terminate?(): void } | undefined;
}

/** What is used of a ccxt.pro exchange; its own types do not know half of it. */
export interface CcxtClient {
  readonly id: string;
  readonly has: Record<string, unknown>;
  readonly options: Record<string, unknown>;
  readonly urls: { api: unknown };
  readonly timeframes: Readonly<Record<string, unknown>>;
  readonly features: unknown;
  readonly precisionMode: unknown;
  readonly markets: Readonly<Record<string, CcxtMarket>> | undefined;
  readonly symbols: readonly string[] | undefined;
  readonly clients: Readonly<Record<string, CcxtSocket>> | undefined;
  readonly trades: Record<string, unknown>;
  readonly ohlcvs: Record<string, Record<string, unknown>>;
  enableRateLimit: boolean;
  timeout: number;
  log: (...parts: unknown[]) => void;
  handleErrors: (
    code: number,
    reason: string,
    url: string,
    method: string,
    headers: unknown,
    ...rest: unknown[]
  ) => unknown;
  handleMessage: (socket: CcxtSocket, message: unknown) => void;
  onError: (socket: CcxtSocket, error: unknown) => void;
  onClose: (socket: CcxtSocket, event: unknown) => void;
  onConnected: (socket: CcxtSocket, message?: unknown) => void;
  isSpotUrl?: (socket: CcxtSocket) => boolean;
  undiciRequest?: (url: string, params: { signal?: AbortSignal }) => Promise<unknown>;
  loadHttpProxyAgent(): Promise<unknown>;
  loadMarkets(reload: boolean): Promise<unknown>;
  setMarketsFromExchange(source: CcxtClient): unknown;
  fetchTime(): Promise<number | undefined>;
  fetchOHLCV(symbol: string, timeframe: string, since: number, limit: number): Promise<readonly unknown[]>;
  watchTrades(symbol: string): Promise<unknown>;
  watchTradesForSymbols(symbols: readonly string[]): Promise<unknown>;
  watchOHLCV(symbol: string, timeframe: string): Promise<unknown>;
  watchOHLCVForSymbols(pairs: readonly (readonly [string, string])[]): Promise<unknown>;
  close(): Promise<void>;
}

/** What a REST answer said besides its body. */
export interface ResponseNote {
  readonly status: number;
  /** Names capitalised: `Retry-After`. */
  readonly headers: Readonly<Record<string, unknown>>;
}

export interface ClientOptions {
  readonly exchange: string;
  readonly url: string | undefined;
  readonly derivatives: boolean;
  readonly logger: Logger;
  readonly onResponse: (note: ResponseNote) => void;
  /** Ends requests in flight. */
  readonly signal: AbortSignal;
}

const ORIGIN = /^(https?|wss?):\/\/[^/]+/;

/** Gives `api` with the origin of every address in it replaced: REST by `origin`, streams by its `ws` form. */
export function replaceOrigins(api: unknown, origin: string): unknown {
  if (typeof api === 'string') {
    const streamOrigin = origin.replace(/^http/, 'ws');
    return api.replace(ORIGIN, (_match, scheme: string) => (scheme.startsWith('ws') ? streamOrigin : origin));
  }
  if (typeof api !== 'object' || api === null) return api;
  return Object.fromEntries(Object.entries(api).map(([key, value]) => [key, replaceOrigins(value, origin)]));
}

/** Gives the ccxt id that serves a configured exchange: `demo` speaks binance. */
export function ccxtId(exchange: string): string {
  return exchange === 'demo' ? 'binance' : exchange;
}

/**
 * Makes a ccxt.pro exchange that is fit for us: addresses replaced, only the markets that are asked for, quiet, no
 * waiting of its own before a reconnect, answers' headers shown to `onResponse`.
 *
 * @throws OperatorError if ccxt does not know the exchange
 */
export async function createCcxtClient(options: ClientOptions): Promise<CcxtClient> {
  const id = ccxtId(options.exchange);
  const classes = ccxt.pro as unknown as Readonly<Record<string, new (config: object) => CcxtClient>>;
  const Exchange = Object.hasOwn(classes, id) ? classes[id] : undefined;
  if (Exchange === undefined) {
    const near = nearestNames(id, Object.keys(classes)).join(', ');
    throw new OperatorError(
      `--exchange ${options.exchange} is not an exchange that ccxt can stream${near === '' ? '' : `; did you mean ${near}?`}`,
    );
  }
  const client = new Exchange({ enableRateLimit: true, newUpdates: true });
  if (options.url !== undefined) client.urls.api = replaceOrigins(client.urls.api, options.url);
  client.log = (...parts) => options.logger.trace({ parts: parts.map(String) }, 'ccxt');
  client.has.fetchCurrencies = false;
  setOptions(client, options);
  watchResponses(client, options);
  // Plain ws:// and http:// addresses need the agent in place before the first connection.
  await client.loadHttpProxyAgent();
  return client;
}

function setOptions(client: CcxtClient, options: ClientOptions): void {
  const ws = typeof client.options.ws === 'object' ? client.options.ws : {};
  // Reconnects are paced by us, one attempt per connection at a time.
  client.options.ws = { ...ws, backoff: { base: 0 } };
  if (ccxtId(options.exchange).startsWith('binance') && 'fetchMarkets' in client.options) {
    const known = client.options.fetchMarkets;
    const types = options.derivatives ? ['spot', 'linear', 'inverse'] : ['spot'];
    const isSpotExchange = client.id === 'binance';
    if (isSpotExchange) client.options.fetchMarkets = { ...(typeof known === 'object' ? known : {}), types };
  }
  // Binance allows 1,024 streams on a socket; ccxt would open one per call.
  if ('streamLimits' in client.options && 'subscriptionLimitByStream' in client.options) {
    client.options.streamLimits = mapValues(client.options.streamLimits, 1);
    client.options.subscriptionLimitByStream = mapValues(client.options.subscriptionLimitByStream, 1_000);
  }
}

function mapValues(limits: unknown, value: number): Record<string, number> {
  return Object.fromEntries(Object.keys(limits ?? {}).map((key) => [key, value]));
}

function watchResponses(client: CcxtClient, options: ClientOptions): void {
  const handleErrors = client.handleErrors;
  client.handleErrors = (code, reason, url, method, headers, ...rest) => {
    const named = typeof headers === 'object' && headers !== null ? (headers as Record<string, unknown>) : {};
    options.onResponse({ status: code, headers: named });
    return handleErrors.call(client, code, reason, url, method, headers, ...rest);
  };
  const request = client.undiciRequest;
  if (request === undefined) return;
  client.undiciRequest = (url, params) => {
    const signals = params.signal === undefined ? [options.signal] : [params.signal, options.signal];
    return request.call(client, url, { ...params, signal: AbortSignal.any(signals) });
  };
}

/** Gives the candles of a history page at most, as ccxt knows it; 500 where it does not. */
export function pageLimit(client: CcxtClient, type: string): number {
  const features = client.features as Record<string, unknown> | undefined;
  const group = (features?.[type === 'spot' ? 'spot' : 'swap'] ?? {}) as Record<string, unknown>;
  const linear = (group.linear ?? group) as Record<string, unknown>;
  const limit = (linear.fetchOHLCV as { limit?: unknown } | undefined)?.limit;
  return typeof limit === 'number' && limit > 1 ? Math.min(limit, 1_000) : 500;
}

/** Says whether trying again may help: the far side or the way to it failed, not the question. */
export function isRetryable(error: unknown): boolean {
  return error instanceof ccxt.OperationFailed || !(error instanceof ccxt.BaseError);
}

/** Ends a client's sockets without waiting for the far side, which may not answer. Never rejects. */
export async function closeCcxtClient(client: CcxtClient): Promise<void> {
  const sockets = Object.values(client.clients ?? {});
  const closing = client.close().catch(() => undefined);
  // `close` begins in the next turn; what it has not ended by then is cut.
  await new Promise((resolve) => setTimeout(resolve, 20));
  for (const socket of sockets) socket.connection?.terminate?.();
  await Promise.race([closing, new Promise((resolve) => setTimeout(resolve, 300))]);
}
