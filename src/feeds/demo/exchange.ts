import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type WebSocket, WebSocketServer } from 'ws';
import { messageOf } from '../../errors.js';
import { Commands } from './commands.js';
import { Connection } from './connection.js';
import { CONTROL_HELP, type ControlCommand, parseControl } from './control.js';
import { createSource, type SourceOptions } from './create-source.js';
import { Faults } from './faults.js';
import { Hub } from './hub.js';
import { MarketStream } from './market-stream.js';
import { Outside } from './outside/outside.js';
import { Playback } from './playback.js';
import { answerRest, weightOf } from './rest.js';
import { answerRequest, streamsOfAddress } from './socket-requests.js';
import type { MarketSource } from './source.js';
import { WeightBudget } from './weight.js';

/** Binance pings every 20 s and cuts who has not answered for a minute. */
const PING_EVERY_MS = 20_000;
const MAX_SILENCE_MS = 60_000;
const MAX_BODY_BYTES = 65_536;

export interface DemoExchangeOptions {
  /** Address to listen on; default 127.0.0.1. */
  readonly host?: string;
  /** Port to listen on; default 0, any free one. */
  readonly port?: number;
  /** Seed of the generated market and of random faults; default 1. */
  readonly seed?: number;
  /** Where the market comes from; default the generator with its named pairs. */
  readonly source?: SourceOptions;
  /** Market ms per real ms; default 1. Very large: as fast as clients read. */
  readonly speed?: number;
  /**
   * Time (ms) at which the market's clock starts, before `shiftMs` is added; what lies before it is history. Default:
   * the present for the generator, the first row for a recording.
   */
  readonly startAt?: number;
  /** Added to all times of a recording, ms, whole minutes; default 0. */
  readonly shiftMs?: number;
  /** Waits for the control command `play`; default false. */
  readonly paused?: boolean;
  /** Weight per minute that REST requests may use; default 0, without limit. */
  readonly weightLimit?: number;
  /** Real time in ms; default `Date.now`. */
  readonly clock?: () => number;
}

/** How things stand. */
export interface DemoStatus {
  /** Market time, ms: everything before it has been published. */
  readonly now: number;
  readonly speed: number;
  readonly paused: boolean;
  /** True when a recording has been played to its end. */
  readonly ended: boolean;
  readonly connections: number;
  /** Streams that someone hears. */
  readonly streams: number;
  /** How often each fault struck since the start. */
  readonly counts: Readonly<Record<keyof Faults['counts'], number>>;
}

/** What a control command answers with: what was done, in words, and how things stand after it. */
export interface ControlReply {
  readonly done: string;
  readonly status: DemoStatus;
}

/** A running demo exchange. */
export interface DemoExchange {
  /** Origin, `http://127.0.0.1:9010`; streams are under the same with `ws:`. */
  readonly url: string;
  /** What is listed and all that was ever traded, the future included: the truth for tests. */
  readonly source: MarketSource;
  /**
   * Carries out a command; the same as `POST /control`.
   *
   * @throws RangeError for a bad one
   */
  control(command: ControlCommand): ControlReply;
  status(): DemoStatus;
  /** Cuts every connection and frees the port. */
  close(): Promise<void>;
}

/**
 * Starts a local exchange that speaks Binance spot's public REST and WebSocket dialect, with simulated prices, and beside
 * it the services that tell what an exchange does not (`outside/`).
 *
 * @throws RangeError for a recording that cannot be played; Error from the system if the port is taken
 */
export async function startDemoExchange(options: DemoExchangeOptions = {}): Promise<DemoExchange> {
  const exchange = new Exchange(options);
  await exchange.listen(options.host ?? '127.0.0.1', options.port ?? 0);
  return exchange;
}

class Exchange implements DemoExchange {
  readonly source: MarketSource;
  url = '';
  readonly #clock: () => number;
  readonly #faults: Faults;
  readonly #hub: Hub;
  readonly #stream: MarketStream;
  readonly #playback: Playback;
  readonly #commands: Commands;
  readonly #weight: WeightBudget;
  readonly #outside: Outside;
  readonly #server: Server;
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_BODY_BYTES,
  });
  #turnTimer: NodeJS.Timeout | undefined;
  #turnImmediate: NodeJS.Immediate | undefined;
  #pingTimer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: DemoExchangeOptions) {
    const seed = options.seed ?? 1;
    const shiftMs = options.shiftMs ?? 0;
    this.#clock = options.clock ?? Date.now;
    this.source = createSource(options.source ?? { type: 'generator' }, seed, shiftMs);
    const isEndless = this.source.end === Number.POSITIVE_INFINITY;
    const realNow = this.#clock();
    const first = isEndless ? realNow : this.source.start;
    this.#faults = new Faults(seed);
    this.#hub = new Hub(this.#faults);
    this.#stream = new MarketStream(this.source, this.#hub, this.#faults);
    this.#outside = new Outside(this.source, seed);
    this.#weight = new WeightBudget(options.weightLimit ?? 0);
    this.#playback = new Playback({
      startAt: options.startAt === undefined ? first : options.startAt + shiftMs,
      end: this.source.end,
      speed: options.speed ?? 1,
      paused: options.paused ?? false,
      realNow,
    });
    this.#commands = new Commands({
      source: this.source,
      faults: this.#faults,
      hub: this.#hub,
      stream: this.#stream,
      playback: this.#playback,
    });
    this.#server = createServer((request, response) => {
      this.#onRequest(request, response).catch((error: unknown) => {
        if (response.headersSent) response.destroy();
        else this.#send(response, 500, { code: -1000, msg: messageOf(error) });
      });
    });
    this.#server.on('upgrade', (request, socket, head) => this.#onUpgrade(request, socket, head));
  }

  async listen(host: string, port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    const address = this.#server.address() as AddressInfo;
    this.url = `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
    this.#webSockets.on('headers', (headers) => headers.push('X-Simulated: true'));
    this.#pingTimer = setInterval(() => this.#pingAll(), PING_EVERY_MS);
    this.#turn();
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#turnTimer);
    clearImmediate(this.#turnImmediate);
    this.#commands.close();
    clearInterval(this.#pingTimer);
    for (const connection of this.#hub.connections) connection.cut();
    const closed = new Promise<void>((resolve, reject) => {
      this.#server.close((error) => (error === undefined ? resolve() : reject(error)));
    });
    this.#server.closeAllConnections();
    await closed;
  }

  control(command: ControlCommand): ControlReply {
    const done = this.#commands.carryOut(parseControl(command), this.#clock());
    // The clock may be due again, and what was published is to go out.
    if (!this.#isClosed) this.#schedule(0);
    return { done, status: this.status() };
  }

  status(): DemoStatus {
    const { now, speed, isPaused, hasEnded } = this.#playback;
    return {
      now,
      speed,
      paused: isPaused,
      ended: hasEnded,
      connections: this.#hub.connections.size,
      streams: [...this.#hub.topics()].length,
      counts: { ...this.#faults.counts },
    };
  }

  #turn(): void {
    const realNow = this.#clock();
    const hasMore = this.#playback.turn(realNow, {
      emit: (from, to) => this.#stream.emit(from, to),
      isBlocked: () => {
        this.#hub.flush();
        return this.#hub.isBlocked(realNow);
      },
      onSlept: () => {
        for (const connection of this.#hub.connections) connection.cut();
      },
    });
    if (!this.#playback.isPaused) this.#stream.emitTickers(this.#playback.now, realNow);
    this.#hub.flush();
    if (this.#playback.isPaused || this.#playback.hasEnded) return;
    if (hasMore) this.#turnImmediate = setImmediate(() => this.#turn());
    else this.#schedule(this.#playback.speed > 10 ? 2 : 20);
  }

  #schedule(delayMs: number): void {
    if (this.#isClosed) return;
    clearTimeout(this.#turnTimer);
    clearImmediate(this.#turnImmediate);
    this.#turnTimer = setTimeout(() => this.#turn(), delayMs);
  }

  async #onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://demo');
    if (pathname === '/control') return this.#onControl(request, response);
    if (request.method !== 'GET')
      return this.#send(response, 405, { code: -1000, msg: 'Only GET is answered.' });
    if (this.#faults.slowMs > 0) {
      // Whoever hangs up, or our own end, ends the wait.
      const hungUp = new AbortController();
      response.once('close', () => hungUp.abort());
      const wait = sleep(this.#faults.slowMs, true, { signal: hungUp.signal });
      if (!(await wait.catch(() => false))) return;
    }
    const realNow = this.#clock();
    const refusal =
      this.#faults.refusal(realNow) ?? this.#weight.spend(weightOf(pathname, searchParams), realNow);
    if (refusal !== null) {
      if (refusal.retryAfter !== null) response.setHeader('Retry-After', refusal.retryAfter);
      const msg =
        refusal.status < 500 ? 'Too much request weight used; please use WebSocket Streams.' : 'Unavailable.';
      return this.#send(response, refusal.status, { code: refusal.status < 500 ? -1003 : -1000, msg });
    }
    const isDelisted = (id: string): boolean => this.#faults.delisted.has(id);
    const context = { source: this.source, now: this.#playback.now, isDelisted };
    const outside = this.#outside.answer(pathname, searchParams, this.#playback.now);
    const { status, body } = outside ?? answerRest(context, pathname, searchParams);
    this.#send(response, status, body);
  }

  async #onControl(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'GET')
      return this.#send(response, 200, { actions: CONTROL_HELP, status: this.status() });
    // A web page that the user happens to visit must not be able to drive the market.
    if (request.headers.origin !== undefined)
      return this.#send(response, 403, { error: 'not from a web page' });
    let text = '';
    for await (const chunk of request) {
      text += String(chunk);
      if (text.length > MAX_BODY_BYTES) return this.#send(response, 413, { error: 'too large' });
    }
    try {
      this.#send(response, 200, this.control(parseControl(JSON.parse(text))));
    } catch (error) {
      if (!(error instanceof RangeError || error instanceof SyntaxError)) throw error;
      this.#send(response, 400, { error: error.message });
    }
  }

  #send(response: ServerResponse, status: number, body: unknown): void {
    const isText = typeof body === 'string';
    response.writeHead(status, {
      'Content-Type': isText ? 'text/csv;charset=UTF-8' : 'application/json;charset=UTF-8',
      'X-Simulated': 'true',
      'X-MBX-USED-WEIGHT-1M': this.#weight.used,
    });
    response.end(isText ? body : JSON.stringify(body));
  }

  #onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://demo');
    const asked = streamsOfAddress(pathname, searchParams);
    if (asked === null || this.#clock() < this.#faults.refusedUntil) {
      socket.destroy();
      return;
    }
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      const connection = new Connection(webSocket, socket, asked.combined, this.#clock());
      this.#hub.connections.add(connection);
      for (const stream of asked.streams) this.#hub.subscribe(connection, stream);
      this.#onOpen(webSocket, connection);
    });
  }

  #onOpen(webSocket: WebSocket, connection: Connection): void {
    const seen = (): void => {
      connection.lastSeen = this.#clock();
    };
    webSocket.on('ping', seen);
    webSocket.on('pong', seen);
    webSocket.on('message', (data) => {
      seen();
      this.#hub.reply(connection, answerRequest(this.#hub, connection, String(data)));
    });
    webSocket.on('close', () => this.#hub.remove(connection));
    // A client's broken frame or reset ends that client's connection only.
    webSocket.on('error', () => connection.cut());
  }

  #pingAll(): void {
    const now = this.#clock();
    for (const connection of this.#hub.connections) {
      if (now - connection.lastSeen > MAX_SILENCE_MS) connection.cut();
      else connection.ping();
    }
  }
}
