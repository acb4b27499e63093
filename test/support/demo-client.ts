import ccxt from 'ccxt';
import { WebSocket } from 'ws';
import { until } from './until.js';

/** Gives ccxt's own binance client, unmodified, with every origin replaced by that of a demo exchange. */
export async function ccxtAt(url: string): Promise<InstanceType<typeof ccxt.pro.binance>> {
  const client = new ccxt.pro.binance({ options: { fetchMarkets: { types: ['spot'] } } });
  replaceOrigins(client.urls.api as Record<string, unknown>, new URL(url).host);
  await client.loadHttpProxyAgent();
  return client;
}

function replaceOrigins(urls: Record<string, unknown>, host: string): void {
  for (const [key, value] of Object.entries(urls)) {
    if (typeof value === 'string') {
      urls[key] = value.replace(/^(ws|http)s?:\/\/[^/]+/, (_, scheme: string) => `${scheme}://${host}`);
    } else replaceOrigins(value as Record<string, unknown>, host);
  }
}

/** A message of a stream, as parsed from JSON. */
export type StreamMessage = Record<string, unknown>;

/** A plain WebSocket client that keeps everything it hears. */
export class StreamClient {
  /** Messages in order of arrival. */
  readonly messages: StreamMessage[] = [];
  /** Texts that are no JSON. */
  readonly garbage: string[] = [];
  /** Number of socket reads that brought data. */
  reads = 0;
  isClosed = false;
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => {
      const text = String(data);
      try {
        this.messages.push(JSON.parse(text) as StreamMessage);
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        this.garbage.push(text);
      }
    });
    socket.on('close', () => {
      this.isClosed = true;
    });
    socket.on('upgrade', (response) => {
      response.socket.on('data', () => {
        this.reads++;
      });
    });
  }

  /** Connects to a path such as `/ws/btcusdt@trade` of an exchange at `url`. */
  static async connect(url: string, path = '/ws'): Promise<StreamClient> {
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}${path}`);
    const client = new StreamClient(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return client;
  }

  send(message: unknown): void {
    this.#socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** Sends a request and gives its reply. */
  async request(message: Record<string, unknown>): Promise<StreamMessage> {
    this.send(message);
    const isReply = (candidate: StreamMessage): boolean => !('e' in candidate) && candidate.id === message.id;
    await until(`a reply to ${JSON.stringify(message)}`, () => this.messages.some(isReply));
    return this.messages.find(isReply) ?? {};
  }

  /** Gives the messages of one kind, such as `trade`. */
  of(event: string): StreamMessage[] {
    return this.messages.filter(({ e }) => e === event);
  }

  /** Stops reading from the socket. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  async close(): Promise<void> {
    this.#socket.terminate();
    await until('the socket to close', () => this.isClosed);
  }
}
