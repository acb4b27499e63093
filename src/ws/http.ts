import { STREAM_PATH } from '../protocol.js';
import { jsonAnswer, textAnswer } from './http-answers.js';
import type { GatewayPorts } from './ports.js';
import type { StaticFiles } from './static-files.js';
import type { HttpRequest, HttpResponse } from './transport.js';

/** What the addresses need. */
export interface HttpContext {
  readonly ports: Pick<GatewayPorts, 'readiness' | 'metricsText'>;
  readonly files: StaticFiles;
  isDraining(): boolean;
}

/** Answers HTTP: health, readiness, metrics, and the dashboard's files; GET and HEAD only. */
export function answerHttp(
  { ports, files, isDraining }: HttpContext,
  request: HttpRequest,
): HttpResponse | Promise<HttpResponse> {
  const { method, path } = request;
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
      return files.answer(path, request.headers['if-none-match'] ?? null) ?? textAnswer(404, 'not found\n');
  }
}
