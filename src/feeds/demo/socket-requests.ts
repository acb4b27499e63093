import type { Connection } from './connection.js';
import type { Hub } from './hub.js';
import { isInterval } from './klines.js';

/** Streams that one connection may hear, as on Binance. */
export const MAX_STREAMS = 1_024;

const KINDS = ['trade', 'aggTrade', 'ticker', 'miniTicker', 'forceOrder'];
/** Streams of futures stand below it, sorted by who may hear them. */
const FUTURES = /^\/usdm(\/(public|market))?(?=\/)/;

/** Says whether text names a stream of this exchange, such as `btcusdt@kline_1m`; the pair need not exist. */
export function isStreamName(text: string): boolean {
  const [id = '', kind = '', ...rest] = text.split('@');
  if (rest.length > 0 || !/^[a-z0-9]+$/.test(id)) return false;
  return KINDS.includes(kind) || (kind.startsWith('kline_') && isInterval(kind.slice(6)));
}

/**
 * Gives the streams that a request's address asks for, and whether messages are to be wrapped; null for another
 * path. `/ws/a/b` and `/stream?streams=a/b`; other names in the path (clients number their sockets `/ws/0`) are
 * passed over, as Binance does.
 */
export function streamsOfAddress(
  address: string,
  query: URLSearchParams,
): { combined: boolean; streams: string[] } | null {
  const path = address.replace(FUTURES, '');
  const isWs = path === '/ws' || path.startsWith('/ws/');
  const isCombined = path === '/stream' || path.startsWith('/stream/');
  if (!isWs && !isCombined) return null;
  const named = isWs ? path.slice(4) : (query.get('streams') ?? '');
  const streams = [...new Set(named.split('/'))].filter(isStreamName).slice(0, MAX_STREAMS);
  return { combined: isCombined, streams };
}

/**
 * Carries out what a client asks for over its socket (SUBSCRIBE, UNSUBSCRIBE, LIST_SUBSCRIPTIONS, SET_PROPERTY,
 * GET_PROPERTY) and gives the reply as JSON.
 * @see https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams#live-subscribingunsubscribing-to-streams
 */
export function answerRequest(hub: Hub, connection: Connection, text: string): string {
  let request: unknown;
  try {
    request = JSON.parse(text);
  } catch (error) {
    return refuse(3, `Invalid JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof request !== 'object' || request === null) return refuse(2, 'Invalid request: not an object');
  const { id, method, params } = request as Record<string, unknown>;
  if (typeof id !== 'number' && typeof id !== 'string' && id !== undefined && id !== null)
    return refuse(2, 'Invalid request: request ID must be an unsigned integer or text');
  const answer = (result: unknown): string => JSON.stringify({ result, id: id ?? null });
  switch (method) {
    case 'LIST_SUBSCRIPTIONS':
      return answer([...connection.topics]);
    case 'GET_PROPERTY':
      return answer(connection.combined);
    case 'SET_PROPERTY': {
      const [name, value] = Array.isArray(params) ? params : [];
      if (name !== 'combined' || typeof value !== 'boolean')
        return refuse(2, 'Invalid request: unknown property', id);
      connection.combined = value;
      return answer(null);
    }
    case 'SUBSCRIBE':
    case 'UNSUBSCRIBE':
      break;
    default:
      return refuse(2, `Invalid request: unknown variant ${JSON.stringify(method ?? null)}`, id);
  }
  if (!Array.isArray(params) || !params.every((name) => typeof name === 'string' && isStreamName(name)))
    return refuse(2, 'Invalid request: params must be stream names such as btcusdt@trade', id);
  const names = params as string[];
  const total = new Set([...connection.topics, ...names]).size;
  if (method === 'SUBSCRIBE' && total > MAX_STREAMS)
    return refuse(2, `Invalid request: at most ${MAX_STREAMS} streams per connection`, id);
  for (const name of names) {
    if (method === 'SUBSCRIBE') hub.subscribe(connection, name);
    else hub.unsubscribe(connection, name);
  }
  return answer(null);
}

function refuse(code: number, msg: string, id?: unknown): string {
  return JSON.stringify({ error: { code, msg }, id: id ?? null });
}
