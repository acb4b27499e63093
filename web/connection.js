// @ts-check

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
const ANSWER_MS = 10_000;
/** After this long without a message the server is asked for one. */
const SILENCE_MS = 5_000;

/**
 * What the page is told. `message` gets snapshots, updates and notices.
 *
 * @typedef {object} Handlers
 * @property {(welcome: Record<string, any>) => void} open
 * @property {(message: Record<string, any>) => void} message
 * @property {(pauseMs: number | null, reason: string) => void} lost `pauseMs` null: for good
 */

/** A connection in protocol v1, JSON, that comes back by itself. */
export class Connection {
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {Map<number, { resolve: (result: any) => void, reject: (error: Error) => void, timer: number }>} */
  #pending = new Map();
  #lastId = 0;
  #failures = 0;
  /** When the last message came, by `performance.now()`. */
  heardAt = 0;

  /**
   * @param {string} url
   * @param {Handlers} handlers
   */
  constructor(url, handlers) {
    this.url = url;
    this.handlers = handlers;
    this.#connect();
    setInterval(() => this.#checkSilence(), SILENCE_MS);
  }

  /**
   * Sends a request and gives its result; rejects with the server's words, or when the connection is lost.
   *
   * @param {Record<string, unknown>} message
   * @returns {Promise<any>}
   */
  request(message) {
    const socket = this.#socket;
    if (socket === null || socket.readyState !== WebSocket.OPEN) {
      return Promise.reject(new ConnectionLost('not connected'));
    }
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      const timer = window.setTimeout(
        () => this.#end(socket, 'the server does not answer', undefined),
        ANSWER_MS,
      );
      this.#pending.set(id, { resolve, reject, timer });
      socket.send(JSON.stringify({ ...message, id }));
    });
  }

  #connect() {
    const socket = new WebSocket(this.url, ['cryptopredict.v1.json']);
    this.#socket = socket;
    /** @type {number | null | undefined} */
    let retryMs;
    socket.onmessage = ({ data }) => {
      this.heardAt = performance.now();
      const message = JSON.parse(data);
      if (message.type === 'reply') this.#settle(message);
      else if (message.type === 'closing' || message.type === 'draining') retryMs = message.retry_ms;
      else if (message.type === 'welcome') {
        this.#failures = 0;
        this.handlers.open(message);
      } else this.handlers.message(message);
    };
    socket.onclose = ({ code, reason }) => {
      this.#end(socket, reason === '' ? `code ${code}` : reason, retryMs);
    };
  }

  /**
   * @param {WebSocket} socket
   * @param {string} reason
   * @param {number | null | undefined} retryMs window that the server named; null: do not come back
   */
  #end(socket, reason, retryMs) {
    if (this.#socket !== socket) return;
    this.#socket = null;
    socket.onclose = null;
    socket.onmessage = null;
    socket.close();
    for (const { reject, timer } of this.#pending.values()) {
      clearTimeout(timer);
      reject(new ConnectionLost(reason));
    }
    this.#pending.clear();
    this.#failures += 1;
    const backoff = Math.min(FIRST_PAUSE_MS * 2 ** (this.#failures - 1), LONGEST_PAUSE_MS);
    const window = retryMs === undefined ? backoff : retryMs;
    const pause = window === null ? null : window * (0.5 + Math.random() / 2);
    this.handlers.lost(pause, reason);
    if (pause !== null) setTimeout(() => this.#connect(), pause);
  }

  /** @param {Record<string, any>} reply */
  #settle(reply) {
    const pending = this.#pending.get(reply.id);
    if (pending === undefined) return;
    this.#pending.delete(reply.id);
    clearTimeout(pending.timer);
    if (reply.ok) pending.resolve(reply.result);
    else pending.reject(new Error(reply.error.message));
  }

  #checkSilence() {
    if (this.#socket?.readyState !== WebSocket.OPEN || performance.now() - this.heardAt < SILENCE_MS) return;
    this.request({ op: 'ping' }).catch((error) => {
      if (!(error instanceof ConnectionLost)) throw error;
    });
  }
}

/** The connection went away before an answer came; the page shows that already. */
export class ConnectionLost extends Error {}
