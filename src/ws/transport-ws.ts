import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { encodeFrame } from '../web-socket-frame.js';
import { DeflatableFrame } from './deflatable-frame.js';
import { answerHttp } from './http-answers.js';
import { listenError } from './listen-error.js';
import { BODY_TOO_LARGE, NO_BODY, offeredSubprotocols, RequestBody } from './request-body.js';
import { MIN_TLS } from './tls-files.js';
import type {
  Frame,
  Headers,
  HttpResponse,
  Transport,
  TransportHandlers,
  TransportOptions,
} from './transport.js';
import { Turn } from './turn.js';
import { WsSocket, type WsSocketHost } from './ws-socket.js';

/** How often requests are looked at that take too long. */
const TIMEOUT_CHECK_MS = 1_000;
/** Times `requestTimeoutMs` that an HTTP connection may do nothing: neither we answer, nor the client reads. */
const IDLE_TIMEOUTS = 3;
/** A message in more pieces than these is an attack: each costs more memory than it carries. */
const RECEIVER_BOUNDS = {
  maxFragments: 1_024,
  maxBufferedChunks: 4_096,
  // How many pings are too many is for whoever is told of each; what waits of their answers is measured.
  maxPendingAutoPongs: 0,
};

/** Without context each message stands alone: one compressed frame is for all sockets, and none keeps a window. */
const DEFLATE = { serverNoContextTakeover: true, clientNoContextTakeover: true };

/** The driver on node's `http` and the `ws` library. Sockets are `WsSocket`. */
export async function createWsTransport(
  options: TransportOptions,
  handlers: TransportHandlers,
): Promise<Transport> {
  const transport = new WsTransport(options, handlers);
  await transport.listen();
  return transport;
}

class WsTransport implements Transport, WsSocketHost {
  readonly driver = 'ws';
  port = 0;
  readonly turn = new Turn();
  private readonly http: Server;
  private readonly wss: WebSocketServer;
  private readonly sockets = new Set<WsSocket>();
  private readonly pings: NodeJS.Timeout;
  private selected: string | null = null;
  private isListening = false;
  private onEmpty: (() => void) | null = null;

  constructor(
    readonly options: TransportOptions,
    readonly handlers: TransportHandlers,
  ) {
    this.wss = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: options.maxMessageBytes,
      perMessageDeflate: options.compression === true ? DEFLATE : false,
      ...RECEIVER_BOUNDS,
      handleProtocols: () => this.selected ?? false,
    });
    const { tls = null, requestTimeoutMs } = options;
    const bounds: ServerOptions = {
      headersTimeout: requestTimeoutMs,
      requestTimeout: requestTimeoutMs,
      connectionsCheckingInterval: Math.min(TIMEOUT_CHECK_MS, requestTimeoutMs),
      keepAliveTimeout: 5_000,
    };
    const answer = (request: IncomingMessage, response: ServerResponse): void =>
      this.answer(request, response);
    this.http =
      tls === null
        ? createServer(bounds, answer)
        : createTlsServer(
            {
              ...bounds,
              cert: tls.cert,
              key: tls.key,
              minVersion: MIN_TLS,
              handshakeTimeout: requestTimeoutMs,
            },
            answer,
          );
    this.http.setTimeout(IDLE_TIMEOUTS * requestTimeoutMs);
    this.http.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head));
    this.pings = setInterval(() => this.ping(), options.idleTimeoutMs / 2);
  }

  listen(): Promise<void> {
    const { host, port } = this.options;
    return new Promise((resolve, reject) => {
      const refused = (error: NodeJS.ErrnoException) => {
        clearInterval(this.pings);
        reject(listenError(host, port, error.code ?? error.message));
      };
      this.http.once('error', refused);
      this.http.listen({ host, port, exclusive: true, backlog: 4_096 }, () => {
        this.http.off('error', refused);
        this.http.on('error', (error) => this.options.logger.error({ error: error.message }, 'http server'));
        this.port = (this.http.address() as AddressInfo).port;
        this.isListening = true;
        resolve();
      });
    });
  }

  frame(payload: Uint8Array, isBinary: boolean): Frame {
    return this.options.compression === true && DeflatableFrame.isWorthIt(payload.length)
      ? new DeflatableFrame(payload, isBinary)
      : { bytes: encodeFrame(payload, isBinary), isBinary };
  }

  /** The library writes to each socket by itself, what one turn made for it in one piece as it is. */
  audience(): null {
    return null;
  }

  stopListening(): void {
    if (!this.isListening) return;
    this.isListening = false;
    this.http.close();
    this.http.closeIdleConnections();
  }

  async close(deadlineMs: number): Promise<void> {
    this.stopListening();
    const cut = setTimeout(() => {
      for (const socket of this.sockets) socket.terminate();
    }, deadlineMs);
    if (this.sockets.size > 0) {
      await new Promise<void>((resolve) => {
        this.onEmpty = resolve;
      });
    }
    clearTimeout(cut);
    clearInterval(this.pings);
    this.http.closeAllConnections();
  }

  forget(socket: WsSocket): void {
    this.sockets.delete(socket);
    if (this.sockets.size === 0) this.onEmpty?.();
  }

  private ping(): void {
    for (const socket of this.sockets) socket.ping();
  }

  private upgrade(request: IncomingMessage, raw: Duplex, head: Buffer): void {
    // Until the library takes it over, a reset of this socket would be an uncaught error.
    const ignore = (error: Error) => this.options.logger.debug({ error: error.message }, 'upgrade');
    raw.on('error', ignore);
    const { path, query } = splitUrl(request);
    if (!this.options.accepts(path) || !this.isListening) {
      refuse(raw, this.isListening ? 404 : 503);
      return;
    }
    const answer = this.handlers.upgrade({
      path,
      query,
      headers: headersOf(request),
      subprotocols: offeredSubprotocols(request.headers['sec-websocket-protocol'] ?? ''),
      address: request.socket.remoteAddress ?? '',
    });
    if (!answer.accept) {
      refuse(raw, answer.status, answer.reason);
      return;
    }
    this.selected = answer.subprotocol;
    // The library calls back in the same turn, or ends the socket itself if the handshake is wrong.
    this.wss.handleUpgrade(request, raw, head, (ws) => {
      raw.off('error', ignore);
      const { admission, subprotocol } = answer;
      const socket = new WsSocket(this, ws, raw, admission.address, subprotocol);
      this.sockets.add(socket);
      this.handlers.open(socket, admission);
    });
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const { path, query } = splitUrl(request);
    const asked = {
      method: request.method ?? 'GET',
      path,
      query,
      headers: headersOf(request),
      address: request.socket.remoteAddress ?? '',
    };
    const write = (answer: HttpResponse) => {
      if (response.destroyed) return;
      // What nobody reads of a body would block the connection for the next request.
      if (!request.complete) response.setHeader('connection', 'close');
      response.writeHead(answer.status, { ...answer.headers, 'content-length': answer.body.length });
      response.end(asked.method === 'HEAD' || answer.status === 304 ? undefined : answer.body);
    };
    const body = new RequestBody(this.options.maxBodyBytes);
    const { logger } = this.options;
    if (!body.isExpected(asked.headers)) {
      answerHttp(() => this.handlers.http({ ...asked, body: NO_BODY }), write, logger);
      return;
    }
    // A request that ends before its body does is nobody's any more.
    request.on('error', (error) => logger.debug({ error: error.message }, 'request'));
    request.on('data', (chunk: Buffer) => {
      if (!body.isOver && !body.add(chunk)) write(BODY_TOO_LARGE);
    });
    request.on('end', () => {
      if (!body.isOver) answerHttp(() => this.handlers.http({ ...asked, body: body.take() }), write, logger);
    });
  }
}

function headersOf(request: IncomingMessage): Headers {
  const headers: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
}

function splitUrl(request: IncomingMessage): { path: string; query: string } {
  const url = request.url ?? '/';
  const mark = url.indexOf('?');
  return mark === -1 ? { path: url, query: '' } : { path: url.slice(0, mark), query: url.slice(mark + 1) };
}

function refuse(socket: Duplex, status: number, reason = ''): void {
  socket.end(
    `HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(reason)}\r\n\r\n${reason}`,
  );
}
