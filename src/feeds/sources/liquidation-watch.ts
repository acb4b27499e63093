import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { messageOf } from '../../errors.js';
import type { Liquidation } from '../../external-events.js';
import { Backoff } from '../reconnect.js';
import { TapCache } from '../tap-cache.js';
import type { DerivativesCcxt, DerivativesPlace, Perpetual } from './derivatives-client.js';
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
 * the connection is down. Binance tells of the last one of each second only, so what is heard is a lower bound.
 */
export class LiquidationWatch {
  readonly #context: SourceContext;
  readonly #place: DerivativesPlace;
  readonly #signal: AbortSignal;
  readonly #perpetuals: ReadonlyMap<string, Perpetual>;
  readonly #recent = new Set<string>();
  readonly #backoff: Backoff;
  #since: number | null = null;
  #startedAt = 0;
  /** Resolves when it has ended, after the signal and the client's close. */
  readonly done: Promise<void>;

  constructor(
    context: SourceContext,
    place: DerivativesPlace,
    /** Knows the markets already. */
    client: DerivativesCcxt,
    perpetuals: readonly Perpetual[],
    signal: AbortSignal,
  ) {
    this.#context = context;
    this.#place = place;
    this.#signal = signal;
    this.#perpetuals = new Map(perpetuals.map((perpetual) => [perpetual.symbol, perpetual]));
    this.#backoff = new Backoff({ ...RECONNECT, random: context.random });
    this.done = this.#run(client).catch((error: unknown) => {
      if (!signal.aborted) context.logger.error({ err: error }, 'liquidations are heard no longer');
    });
  }

  async #run(client: DerivativesCcxt): Promise<void> {
    const reason = unheardReason(client, this.#place.exchange);
    if (reason !== null) {
      this.#context.sink({ type: 'watching', since: null, reason });
      return;
    }
    this.#hook(client);
    const symbols = [...this.#perpetuals.keys()];
    while (!this.#signal.aborted) {
      this.#startedAt = performance.now();
      try {
        // What comes is heard by the tap: ccxt's promises lose wake-ups in a burst.
        for (;;) await client.watchLiquidationsForSymbols(symbols);
      } catch (error) {
        if (this.#signal.aborted) return;
        if (this.#since === null) this.#log(null);
        this.#since = null;
        const told = `is interrupted: ${messageOf(error).slice(0, 200)}`;
        this.#context.sink({ type: 'watching', since: null, reason: told });
      }
      await sleep(this.#backoff.next() * this.#context.pace, undefined, { signal: this.#signal });
    }
  }

  #hook(client: DerivativesCcxt): void {
    client.liquidations = new TapCache((entry) => this.#hear(entry));
    const onConnected = client.onConnected;
    client.onConnected = (socket, message) => {
      this.#backoff.reset();
      this.#log(101);
      this.#since = this.#context.now();
      this.#context.sink({ type: 'watching', since: this.#since, reason: null });
      onConnected.call(client, socket, message);
    };
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

  #log(status: 101 | null): void {
    this.#context.onCall({
      apiProvider: this.#place.provider,
      endpoint: `liquidations of ${[...this.#perpetuals.keys()].join(', ')}`,
      httpMethod: 'WS',
      responseStatus: status,
      responseTimeMs: Math.round((performance.now() - this.#startedAt) * 100) / 100,
    });
  }
}

function unheardReason(client: DerivativesCcxt, exchange: string): string | null {
  if (client.has.watchLiquidationsForSymbols !== true) return `is not given by ${exchange}`;
  if (ORDER_SIDE.includes(exchange)) return null;
  return `of ${exchange} is not read: whose side it tells is not known to us`;
}
