import { once } from 'node:events';
import { WebSocket } from 'ws';
import { STREAM_PATH } from '../../src/protocol.js';
import { until } from '../../test/support/until.js';

/** A channel whose every change has an offset of its own. */
const CHANNEL = 'ticker:BTC/USDT';
/** How long anything may take for whoever keeps to the rules. */
const PATIENCE_MS = 10_000;

interface Message {
  readonly type: string;
  readonly id?: number;
  readonly ok?: boolean;
  readonly offset?: number;
  readonly result?: { readonly items?: readonly unknown[] };
}

/** A client that keeps to the rules, and notices whatever goes wrong for it. */
export class GoodClient {
  /** What was not as it should be. */
  readonly faults: string[] = [];
  /** Updates of the channel so far. */
  updates = 0;
  readonly #ws: WebSocket;
  #offset = -1;
  #nextId = 1;
  #isLeaving = false;
  readonly #replies = new Map<number, (message: Message) => void>();

  private constructor(private readonly port: number) {
    this.#ws = new WebSocket(`ws://127.0.0.1:${port}${STREAM_PATH}`, ['cryptopredict.v1.json'], {
      headers: { 'x-forwarded-for': '198.51.100.7' },
    });
    this.#ws.on('message', (data: Buffer) => this.#take(JSON.parse(data.toString()) as Message));
    this.#ws.on('error', (error) => this.faults.push(`the good client: ${error.message}`));
    this.#ws.on('close', (code) => {
      if (!this.#isLeaving) this.faults.push(`the good client was closed with ${code}`);
    });
  }

  /** Connects and subscribes. */
  static async connect(port: number): Promise<GoodClient> {
    const client = new GoodClient(port);
    await once(client.#ws, 'open');
    await client.#ask({ op: 'subscribe', channels: [CHANNEL] });
    return client;
  }

  /** Looks whether all is served: an update comes, a ping and a query are answered, a new client gets in, HTTP answers. */
  async look(): Promise<void> {
    const before = this.updates;
    try {
      const ping = await this.#ask({ op: 'ping' });
      if (ping.ok !== true) this.faults.push(`a ping was answered with ${JSON.stringify(ping)}`);
      const params = { symbol: 'BTC/USDT', timeframe: '1m', limit: 10 };
      const candles = await this.#ask({ op: 'query', method: 'candles.list', params });
      if (candles.result?.items?.length !== 10)
        this.faults.push(`candles: ${JSON.stringify(candles).slice(0, 300)}`);
      const health = await fetch(`http://127.0.0.1:${this.port}/healthz`, {
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      if (!health.ok) this.faults.push(`/healthz says ${health.status}`);
      const other = await GoodClient.connect(this.port);
      await other.close();
      this.faults.push(...other.faults);
      await until('an update comes', () => this.updates > before, PATIENCE_MS);
    } catch (error) {
      this.faults.push(`the good client: ${String(error)}`);
    }
  }

  /** Gives how long a ping takes, ms: what the server's event loop makes everybody wait. */
  async ping(): Promise<number> {
    const begun = performance.now();
    await this.#ask({ op: 'ping' });
    return performance.now() - begun;
  }

  async close(): Promise<void> {
    this.#isLeaving = true;
    this.#ws.close();
    await once(this.#ws, 'close');
  }

  async #ask(message: Record<string, unknown>): Promise<Message> {
    const id = this.#nextId++;
    this.#ws.send(JSON.stringify({ id, ...message }));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`no answer to ${message.op} in ${PATIENCE_MS} ms`)),
        PATIENCE_MS,
      );
      this.#replies.set(id, (reply) => {
        clearTimeout(timer);
        this.#replies.delete(id);
        resolve(reply);
      });
    });
  }

  #take(message: Message): void {
    if (message.id !== undefined) this.#replies.get(message.id)?.(message);
    if (message.type === 'snapshot') this.#offset = message.offset ?? -1;
    if (message.type !== 'update') return;
    this.updates += 1;
    if (message.offset !== this.#offset + 1)
      this.faults.push(`offset ${message.offset} after ${this.#offset}`);
    this.#offset = message.offset ?? -1;
  }
}
