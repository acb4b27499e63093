import { STATUS_CODES } from 'node:http';
import { answerHttp } from './http-answers.js';
import { probeListenError } from './listen-error.js';
import { BODY_TOO_LARGE, NO_BODY, offeredSubprotocols, RequestBody } from './request-body.js';
import type {
  Audience,
  AudienceMembers,
  Frame,
  Headers,
  HttpResponse,
  Transport,
  TransportHandlers,
  TransportOptions,
  UpgradeAnswer,
} from './transport.js';
import { Turn } from './turn.js';
import { UwsAudience } from './uws-audience.js';
import type { NativeApp, NativeModule, NativeRequest, NativeResponse, NativeSocket } from './uws-native.js';
import { UwsSocket, type UwsSocketHost } from './uws-socket.js';

/** The native socket carries ours; uWebSockets.js copies the fields of the upgrade's data onto it. */
interface LinkedSocket extends NativeSocket {
  readonly link: UwsSocket;
}

/**
 * Every socket is subscribed to this from `open` on, and nothing is ever published to it: it keeps sends off the
 * faulty path named above, also those that uWebSockets.js makes itself.
 */
const GUARD_TOPIC = 'guard';
const EXCLUSIVE_PORT = 1;

/** The driver on uWebSockets.js. `native` comes from `loadUws`. */
export async function createUwsTransport(
  native: NativeModule,
  options: TransportOptions,
  handlers: TransportHandlers,
): Promise<Transport> {
  const transport = new UwsTransport(native, options, handlers);
  if (!transport.listen()) {
    transport.abandon();
    throw await probeListenError(options.host, options.port);
  }
  return transport;
}

class UwsTransport implements Transport, UwsSocketHost {
  readonly driver = 'uws';
  port = 0;
  readonly turn = new Turn();
  private readonly app: NativeApp<LinkedSocket>;
  private readonly sockets = new Set<UwsSocket>();
  private audiences = 0;
  private token: object | null = null;
  private onEmpty: (() => void) | null = null;

  constructor(
    private readonly native: NativeModule,
    readonly options: TransportOptions,
    readonly handlers: TransportHandlers,
  ) {
    const { tls = null } = options;
    this.app =
      tls === null
        ? native.App<LinkedSocket>()
        : native.SSLApp<LinkedSocket>({ cert_file_name: tls.certFile, key_file_name: tls.keyFile });
    this.app.ws('/*', {
      maxPayloadLength: options.maxMessageBytes,
      // No limit: over one, messages would be thrown away. The bound is kept by whoever gets `congested`.
      maxBackpressure: 0,
      idleTimeout: Math.min(960, Math.max(8, Math.round(options.idleTimeoutMs / 1_000))),
      sendPingsAutomatically: true,
      compression: 0,
      upgrade: (response, request, context) => this.upgrade(response, request, context),
      open: (ws) => {
        ws.subscribe(GUARD_TOPIC);
        ws.link.opened(ws);
        this.sockets.add(ws.link);
        handlers.open(ws.link, ws.link.admission());
      },
      message: (ws, data, isBinary) => {
        if (ws.link.isOpen) handlers.message(ws.link, new Uint8Array(data), isBinary);
      },
      ping: (ws, data) => ws.link.control(data.byteLength),
      pong: (ws, data) => ws.link.control(data.byteLength),
      drain: (ws) => ws.link.onDrain(),
      close: (ws, code) => {
        ws.link.closed();
        this.sockets.delete(ws.link);
        handlers.close(ws.link, code);
        if (this.sockets.size === 0) this.onEmpty?.();
      },
    });
    this.app.any('/*', (response, request) => this.answer(response, request));
  }

  /** False if the address cannot be listened on; the library does not say why. */
  listen(): boolean {
    let isListening = false;
    this.app.listen(this.options.host, this.options.port, EXCLUSIVE_PORT, (token) => {
      if (token === false) return;
      this.token = token;
      this.port = this.native.us_socket_local_port(token);
      isListening = true;
    });
    return isListening;
  }

  abandon(): void {
    this.app.close();
  }

  frame(payload: Uint8Array, isBinary: boolean): Frame {
    return { bytes: payload, isBinary };
  }

  audience(members: AudienceMembers): Audience {
    this.audiences += 1;
    return new UwsAudience(this, `audience ${this.audiences}`, members);
  }

  publish(topic: string, { bytes, isBinary }: Frame): void {
    this.app.publish(topic, bytes, isBinary, false);
  }

  stopListening(): void {
    if (this.token === null) return;
    this.native.us_listen_socket_close(this.token);
    this.token = null;
  }

  async close(deadlineMs: number): Promise<void> {
    this.stopListening();
    if (this.sockets.size > 0) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.onEmpty = resolve;
        timer = setTimeout(resolve, deadlineMs);
      });
      clearTimeout(timer);
    }
    for (const socket of this.sockets) socket.terminate();
    this.app.close();
  }

  private upgrade(response: NativeResponse, request: NativeRequest, context: unknown): void {
    const path = request.getUrl();
    const answer: UpgradeAnswer = this.options.accepts(path)
      ? this.handlers.upgrade({
          path,
          query: request.getQuery() ?? '',
          headers: headersOf(request),
          subprotocols: offeredSubprotocols(request.getHeader('sec-websocket-protocol')),
          address: addressOf(response),
        })
      : { accept: false, status: 404, reason: '' };
    if (!answer.accept) {
      response.writeStatus(`${answer.status} Refused`).end(answer.reason, true);
      return;
    }
    response.upgrade(
      { link: new UwsSocket(this, answer.admission, answer.subprotocol) },
      request.getHeader('sec-websocket-key'),
      answer.subprotocol ?? '',
      // Without the client's extensions none is agreed on, so there is no compression.
      '',
      context,
    );
  }

  private answer(response: NativeResponse, request: NativeRequest): void {
    let isAborted = false;
    let late: NodeJS.Timeout | undefined;
    response.onAborted(() => {
      isAborted = true;
      clearTimeout(late);
    });
    const method = request.getCaseSensitiveMethod().toUpperCase();
    const asked = {
      method,
      path: request.getUrl(),
      query: request.getQuery() ?? '',
      headers: headersOf(request),
      address: addressOf(response),
    };
    const write = (answer: HttpResponse) => {
      if (isAborted) return;
      // Idle kept-alive connections cannot be found again at shutdown, so each ends with its answer.
      response.cork(() => {
        response.writeStatus(`${answer.status} ${STATUS_CODES[answer.status] ?? 'Answer'}`);
        for (const [name, value] of Object.entries(answer.headers)) response.writeHeader(name, value);
        // A length has to be told: of `undefined` the library makes 2^63, at which proxies refuse the answer.
        if (method === 'HEAD' || answer.status === 304) response.endWithoutBody(answer.body.length, true);
        else response.end(answer.body, true);
      });
    };
    const body = new RequestBody(this.options.maxBodyBytes);
    const { logger } = this.options;
    if (!body.isExpected(asked.headers)) {
      answerHttp(() => this.handlers.http({ ...asked, body: NO_BODY }), write, logger);
      return;
    }
    // The library cuts who sends nothing for 10 s; who sends a byte now and then is cut here.
    late = setTimeout(() => response.close(), this.options.requestTimeoutMs);
    response.onData((chunk, isLast) => {
      if (isAborted || body.isOver) return;
      // The chunk's memory is the library's own again after this call.
      const isSmall = body.add(Buffer.from(new Uint8Array(chunk)));
      if (isLast || !isSmall) clearTimeout(late);
      if (!isSmall) write(BODY_TOO_LARGE);
      else if (isLast) answerHttp(() => this.handlers.http({ ...asked, body: body.take() }), write, logger);
    });
  }
}

function addressOf(response: NativeResponse): string {
  return Buffer.from(response.getRemoteAddressAsText()).toString();
}

function headersOf(request: NativeRequest): Headers {
  const headers: Record<string, string> = Object.create(null);
  request.forEach((name, value) => {
    const before = headers[name];
    headers[name] = before === undefined ? value : `${before}, ${value}`;
  });
  return headers;
}
