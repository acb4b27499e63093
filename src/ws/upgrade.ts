import { SUBPROTOCOLS } from '../protocol.js';
import { bearerToken } from './bearer-token.js';
import type { RequestOrigin } from './client-address.js';
import type { Admission, UpgradeAnswer, UpgradeRequest } from './transport.js';

/**
 * Says whether a client may become a WebSocket, and in which subprotocol it speaks: the first that it offers and we
 * know; none offered means the default.
 *
 * Browsers name the page's origin: it has to be our own host or in `allowedOrigins` (`*` allows all). Clients
 * without an origin are no browsers and may come.
 *
 * @param from who asks, and the host that they asked for
 */
export function answerUpgrade(
  request: UpgradeRequest,
  from: RequestOrigin,
  allowedOrigins: readonly string[],
): UpgradeAnswer {
  const { headers, subprotocols } = request;
  const { origin = null } = headers;
  if (origin !== null && !isAllowedOrigin(origin, from.host, allowedOrigins)) {
    return { accept: false, status: 403, reason: 'this origin may not connect; see --allowed-origins\n' };
  }
  const admission = admissionOf(request, from.address);
  if (subprotocols.length === 0) return { accept: true, subprotocol: null, admission };
  const subprotocol = subprotocols.find((name) => (SUBPROTOCOLS as readonly string[]).includes(name));
  if (subprotocol === undefined) {
    return { accept: false, status: 400, reason: `subprotocols are ${SUBPROTOCOLS.join(', ')}\n` };
  }
  return { accept: true, subprotocol, admission };
}

function admissionOf({ path, headers }: UpgradeRequest, address: string): Admission {
  return { path, address, agent: headers['user-agent'] ?? null, token: bearerToken(headers) };
}

/** Says whether a web page of an origin may use the server: our own host, or one of `allowed`, of which `*` is all. */
export function isAllowedOrigin(origin: string, host: string | null, allowed: readonly string[]): boolean {
  if (allowed.includes('*') || allowed.includes(origin)) return true;
  return host !== null && URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}
