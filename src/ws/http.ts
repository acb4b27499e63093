import { METHODS } from '../api/methods.js';
import { openApiDocument } from '../api/openapi.js';
import { ROUTES } from '../api/routes.js';
import type { Logger } from '../logger.js';
import { STREAM_PATH } from '../protocol.js';
import { VERSION } from '../version.js';
import type { ClientAddresses } from './client-address.js';
import { jsonAnswer, TOO_MANY_REQUESTS, textAnswer } from './http-answers.js';
import type { ConnectionLimiter, GatewayLimits } from './limits.js';
import type { GatewayPorts } from './ports.js';
import type { RequestLog } from './request-log.js';
import { Rest } from './rest.js';
import type { StaticFiles } from './static-files.js';
import type { HttpRequest, HttpResponse, TransportHandlers } from './transport.js';

/** What HTTP needs. */
export interface HttpParts {
  readonly ports: GatewayPorts;
  readonly files: StaticFiles;
  readonly addresses: ClientAddresses;
  readonly limiter: Pick<ConnectionLimiter, 'mayAsk'>;
  readonly limits: Pick<GatewayLimits, 'maxPendingQueries'>;
  /** Origins of web pages that may use this server besides our own; `*` allows all. */
  readonly originAllowList: readonly string[];
  /** Null: nothing is remembered of requests. */
  readonly requestLog: RequestLog | null;
  readonly logger: Logger;
  isDraining(): boolean;
}

/** Gives what answers HTTP: the REST addresses; health, readiness, metrics and the dashboard's files. */
export function httpHandler(parts: HttpParts): TransportHandlers['http'] {
  const { ports, addresses, limiter, limits, originAllowList, requestLog, logger } = parts;
  const { metricsText: _, ...context } = ports;
  let openApi: string | null = null;
  const rest = new Rest({
    ...{ context, originAllowList, requestLog, logger },
    maxPending: limits.maxPendingQueries,
    openApi: () => {
      openApi ??= `${JSON.stringify(openApiDocument(ROUTES, METHODS, VERSION))}\n`;
      return openApi;
    },
    isDraining: () => parts.isDraining(),
  });
  return (request) => {
    const from = addresses.of(request.address, request.headers);
    const mayAsk = limiter.mayAsk(from.address, Date.now());
    if (rest.isOurs(request.path)) return rest.answer(request, from, mayAsk);
    return mayAsk ? answerPlain(parts, request) : TOO_MANY_REQUESTS;
  };
}

/** Answers what is no REST address; GET and HEAD only. */
function answerPlain(
  { ports, files, isDraining }: Pick<HttpParts, 'ports' | 'files' | 'isDraining'>,
  { method, path, headers }: HttpRequest,
): HttpResponse | Promise<HttpResponse> {
  if (method !== 'GET' && method !== 'HEAD') {
    return textAnswer(405, 'only GET and HEAD\n', { allow: 'GET, HEAD' });
  }
  switch (path) {
    case '/healthz':
      return jsonAnswer(200, { status: 'alive' });
    case '/readyz': {
      const reason = isDraining() ? 'shutting down' : ports.readiness.notReady();
      return reason === null
        ? jsonAnswer(200, { status: 'ready' })
        : jsonAnswer(503, { status: 'not ready', reason });
    }
    case '/metrics':
      return ports
        .metricsText()
        .then((text) =>
          textAnswer(200, text, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }),
        );
    case STREAM_PATH:
      return textAnswer(426, 'this is a WebSocket; see PROTOCOL.md\n', { upgrade: 'websocket' });
    default:
      return files.answer(path, headers['if-none-match'] ?? null) ?? textAnswer(404, 'not found\n');
  }
}
