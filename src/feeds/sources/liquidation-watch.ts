import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { messageOf } from '../../errors.js';
import type { Liquidation } from '../../external-events.js';
import { closeCcxtClient } from '../ccxt-client.js';
import { Backoff } from '../reconnect.js';
import { TapCache } from '../tap-cache.js';
import {
  createDerivativesCcxt,
  type DerivativesCcxt,
  type DerivativesPlace,
  type Perpetual,
} from './derivatives-client.js';
import type { SourceContext } from './source.js';

/**
 * Exchanges of which we know what the side of a liquidation means. On Binance it is the side of the order that closes
 * the position, so a long is sold; elsewhere it may be the side of the position itself.
 * @see https://developers.binance.com/docs/derivatives/usds-margined-futures/websocket-market-streams/Liquidation-Order-Streams
 */
const ORDER_SIDE = ['binance', 'binanceusdm'];
const RECONNECT = { baseMs: 1_000, maxMs: 60_000 };
/** So many are remembered, to tell one that comes twice. */
const REMEMBERED = 256;

const entrySchema = z.object({
  symbol: z.string(),
  contracts: z.number().positive(),
  price: z.number().positive(),
  side: z.enum(['buy', 'sell']),
  timestamp: z.int().positive(),
});

/**
 * Hears of liquidations of BTC and ETH. Says since when it has heard of them without a hole, and that it does not while
 * the connection is down; each time it is made anew, with a new client, since ccxt's does not recover from everything.
 * Binance tells of the last one of each second only, so what is heard is a lower bound.
 */
export class LiquidationWatch {
  readonly #context: SourceContext;
  readonly #place: DerivativesPlace;
  readonly #signal: AbortSignal;
  readonly #perpetuals: ReadonlyMap<string, Perpetual>;
  readonly #recent = new Set<string>();
  #since: number | null = null;
  #client: DerivativesCcxt | null = null;
  /** Resolves when it has ended. */
  readonly done: Promise<void>;

  constructor(
    context: SourceContext,
    place: DerivativesPlace,
    /** Knows the markets already. */
    known: DerivativesCcxt,
    perpetuals: readonly Perpetual[],
    signal: AbortSignal,
  ) {
    this.#context = context;
    this.#place = place;
    this.#signal = signal;
    this.#perpetuals = new Map(perpetuals.map((perpetual) => [perpetual.symbol, perpetual]));
    this.done = this.#run(known).catch((error: unknown) => {
      if (!signal.aborted) context.logger.error({ err: error }, 'liquidations are heard no longer');
    });
  }

  /** Cuts the connection, after the signal; resolves when nothing is left. */
  async close(): Promise<void> {
    if (this.#client !== null) await closeCcxtClient(this.#client);
    await this.done;
  }

  async #run(known: DerivativesCcxt): Promise<void> {
    const reason = unheardReason(known, this.#place.exchange);
    if (reason !== null) {
      this.#context.sink({ type: 'watching', since: null, reason });
      return;
    }
    const backoff = new Backoff({ ...RECONNECT, random: this.#context.random });
    while (!this.#signal.aborted) {
      const started = performance.now();
      try {
        await this.#watch(known, backoff);
      } catch (error) {
        if (this.#signal.aborted) return;
        if (this.#since === null) this.#log(null, started);
        this.#since = null;
        const told = `is interrupted: ${messageOf(error).slice(0, 200)}`;
        this.#context.sink({ type: 'watching', since: null, reason: told });
      } finally {
        const client = this.#client;
        this.#client = null;
        if (client !== null) await closeCcxtClient(client);
      }
      await sleep(backoff.next() * this.#context.pace, undefined, { signal: this.#signal });
    }
  }

  async #watch(known: DerivativesCcxt, backoff: Backoff): Promise<void> {
    const client = await createDerivativesCcxt(this.#place, this.#context, this.#signal, () => undefined);
    this.#client = client;
    this.#signal.throwIfAborted();
    client.setMarketsFromExchange(known);
    client.liquidations = new TapCache((entry) => this.#hear(entry));
    const started = performance.now();
    const onConnected = client.onConnected;
    client.onConnected = (socket, message) => {
      backoff.reset();
      this.#log(101, started);
      this.#since = this.#context.now();
      this.#context.sink({ type: 'watching', since: this.#since, reason: null });
      onConnected.call(client, socket, message);
    };
    const symbols = [...this.#perpetuals.keys()];
    // What comes is heard by the tap: ccxt's promises lose wake-ups in a burst.
    while (!this.#signal.aborted) await client.watchLiquidationsForSymbols(symbols);
  }

  #hear(entry: unknown): void {
    const parsed = entrySchema.safeParse(entry);
    const perpetual = parsed.success ? this.#perpetuals.get(parsed.data.symbol) : undefined;
    if (!parsed.success || perpetual === undefined) {
      this.#context.logger.debug({ entry }, 'a liquidation that cannot be read');
      return;
    }
    const { contracts, price, side, timestamp } = parsed.data;
    const key = `${perpetual.base} ${side} ${price} ${contracts} ${timestamp}`;
    if (this.#recent.has(key)) return;
    this.#recent.add(key);
    if (this.#recent.size > REMEMBERED)
      for (const first of [...this.#recent].slice(0, 1)) this.#recent.delete(first);
    const liquidation: Liquidation = {
      base: perpetual.base,
      side: side === 'sell' ? 'long' : 'short',
      price,
      amount: contracts * perpetual.contractSize,
      time: timestamp,
    };
    this.#context.sink({ type: 'liquidation', liquidation, simulated: this.#context.isSimulated });
  }

  #log(status: 101 | null, started: number): void {
    this.#context.onCall({
      apiProvider: this.#place.provider,
      endpoint: `liquidations of ${[...this.#perpetuals.keys()].join(', ')}`,
      httpMethod: 'WS',
      responseStatus: status,
      responseTimeMs: Math.round((performance.now() - started) * 100) / 100,
    });
  }
}

function unheardReason(client: DerivativesCcxt, exchange: string): string | null {
  if (client.has.watchLiquidationsForSymbols !== true) return `is not given by ${exchange}`;
  if (ORDER_SIDE.includes(exchange)) return null;
  return `of ${exchange} is not read: whose side it tells is not known to us`;
}
