import { messageOf, RequestError } from '../errors.js';
import type { ClientMessage, ServerMessage, WelcomeMessage } from '../protocol.js';
import { ConnectionError } from './connection-error.js';
import type { Encoding } from './encoding.js';
import type { Ending } from './reconnect.js';
import { onRefusedUpgrade, type WebSocketConstructor, type WebSocketLike } from './web-socket.js';

/** A request before the session numbers it. */
export type Request = ClientMessage extends infer M
  ? M extends ClientMessage
    ? Omit<M, 'id'>
    : never
  : never;

export interface SessionOptions {
  readonly url: string;
  readonly webSocket: WebSocketConstructor;
  readonly encoding: Encoding;
  /** How long the welcome, and each answer, may take, ms. */
  readonly timeoutMs: number;
  /** After this long without any message a ping asks for one, ms. */
  readonly pingMs: number;
}

export interface SessionHandlers {
  welcome(message: WelcomeMessage): void;
  /** Everything but welcome and replies. */
  message(message: ServerMessage): void;
  /** A frame that cannot be read. */
  error(error: Error): void;
  /** Called once; pending requests have been rejected by then. */
  ended(ending: Ending): void;
}

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

/** One connection from its opening to its end: numbers requests, matches replies, notices silence. */
export class Session {
  readonly #options: SessionOptions;
  readonly #handlers: SessionHandlers;
  readonly #socket: WebSocketLike;
  readonly #pending = new Map<number, Pending>();
  readonly #welcomeTimer: ReturnType<typeof setTimeout>;
  #pingTimer: ReturnType<typeof setInterval> | undefined;
  #lastId = 0;
  #heard = true;
  #ended = false;
  /** What the server said about coming back. */
  #announced: Ending | undefined;
  #retryMs: number | null | undefined;

  /** @throws SyntaxError if the URL is none */
  constructor(options: SessionOptions, handlers: SessionHandlers) {
    this.#options = options;
    this.#handlers = handlers;
    this.#socket = new options.webSocket(options.url, [options.encoding.subprotocol]);
    this.#socket.binaryType = 'arraybuffer';
    this.#welcomeTimer = setTimeout(() => this.#silent('no welcome'), options.timeoutMs);
    let failure = '';
    this.#socket.onerror = (event: { message?: string }) => {
      failure = event.message ?? 'the connection failed';
    };
    this.#socket.onclose = (event: { code: number; reason: string }) => {
      this.#end({ code: event.code, reason: event.reason === '' ? failure : event.reason });
    };
    this.#socket.onmessage = (event: { data: unknown }) => this.#receive(event.data);
    onRefusedUpgrade(this.#socket, (status, afterMs) => {
      const reason = `the server answered ${status} instead of a WebSocket`;
      this.#end({ code: 1006, reason, ...(afterMs === null ? {} : { afterMs }) });
    });
  }

  /**
   * Sends a request and gives its result.
   *
   * @throws RequestError if the server refuses
   * @throws ConnectionError if the connection ends first, or no answer comes in time: then the connection is given up
   */
  request(request: Request): Promise<unknown> {
    if (this.#ended) return Promise.reject(new ConnectionError('the connection has ended'));
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#silent(`no answer to ${request.op}`), this.#options.timeoutMs);
      this.#pending.set(id, { resolve, reject, timer });
      this.#socket.send(this.#options.encoding.encode({ ...request, id } as ClientMessage));
    });
  }

  /** Ends the connection; `ended` is called before this returns. */
  close(code: number, reason: string): void {
    this.#end({ code, reason });
  }

  #receive(frame: unknown): void {
    if (this.#ended) return;
    this.#heard = true;
    let message: ServerMessage;
    try {
      message = this.#options.encoding.decode(frame);
    } catch (error) {
      this.#handlers.error(new Error(`a message of the server cannot be read: ${messageOf(error)}`));
      return;
    }
    switch (message.type) {
      case 'welcome':
        this.#welcomed(message);
        break;
      case 'reply':
        this.#settle(message);
        break;
      case 'closing':
        this.#announced = { code: message.code, reason: message.reason };
        this.#retryMs = message.retry_ms;
        break;
      case 'draining':
        this.#retryMs = message.retry_ms;
        this.#handlers.message(message);
        break;
      default:
        this.#handlers.message(message);
    }
  }

  #welcomed(message: WelcomeMessage): void {
    clearTimeout(this.#welcomeTimer);
    this.#pingTimer = setInterval(() => this.#checkSilence(), this.#options.pingMs);
    this.#handlers.welcome(message);
  }

  #settle(message: Extract<ServerMessage, { type: 'reply' }>): void {
    const pending = typeof message.id === 'number' ? this.#pending.get(message.id) : undefined;
    if (pending === undefined) {
      if (!message.ok) {
        const { code, message: text, field } = message.error;
        this.#handlers.error(new RequestError(code, text, field));
      }
      return;
    }
    this.#pending.delete(message.id as number);
    clearTimeout(pending.timer);
    if (message.ok) pending.resolve(message.result);
    else pending.reject(new RequestError(message.error.code, message.error.message, message.error.field));
  }

  #checkSilence(): void {
    if (this.#heard) this.#heard = false;
    else this.probe();
  }

  /** Asks whether the server is still there; without an answer the connection is given up. */
  probe(): void {
    this.request({ op: 'ping' }).catch((error: unknown) => {
      // Silence has ended the session by now; a refusal is an answer, and shows that the server lives.
      if (error instanceof RequestError) this.#heard = true;
    });
  }

  #silent(what: string): void {
    this.#end({ code: 1006, reason: `${what} within ${this.#options.timeoutMs} ms` });
  }

  #end(ending: Ending): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#welcomeTimer);
    clearInterval(this.#pingTimer);
    // A dead connection would keep its closing handshake waiting: whatever it still says is not listened to.
    this.#socket.onmessage = null;
    this.#socket.onclose = null;
    this.#socket.close(ending.code === 1006 || ending.code === 1005 ? 1000 : closeCode(ending.code));
    const known = ending.code === 1005 || ending.code === 1006 ? (this.#announced ?? ending) : ending;
    for (const { reject, timer } of this.#pending.values()) {
      clearTimeout(timer);
      reject(new ConnectionError(`the connection ended (${known.code} ${known.reason})`));
    }
    this.#pending.clear();
    this.#handlers.ended(this.#retryMs === undefined ? known : { ...known, retryMs: this.#retryMs });
  }
}

/** Programs may close with 1000 or 3000–4999 only. */
function closeCode(code: number): number {
  return code >= 3000 && code <= 4999 ? code : 1000;
}
