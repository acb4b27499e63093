import { OperatorError } from '../../errors.js';
import { type CcxtClient, createCcxtClient, type ResponseNote } from '../ccxt-client.js';
import type { CcxtMarket } from '../normalize.js';
import { BadAnswer, Refused, type SourceContext } from './source.js';
import { mixed, retryAfterMs } from './web-client.js';

/** What is used of a ccxt.pro exchange for derivatives. */
export interface DerivativesCcxt extends CcxtClient {
  readonly last_request_url?: string | undefined;
  liquidations: unknown;
  fetchMarkets(params?: object): Promise<readonly (CcxtMarket | undefined)[]>;
  parseMarket?: (raw: Readonly<Record<string, unknown>>) => CcxtMarket | undefined;
  fetchFundingRate(symbol: string): Promise<unknown>;
  fetchOpenInterest(symbol: string): Promise<unknown>;
  watchLiquidationsForSymbols(symbols: readonly string[]): Promise<unknown>;
}

/** What is read of a market beside what all feeds read. */
interface SwapMarket extends CcxtMarket {
  readonly linear?: boolean | undefined;
}

/** A perpetual contract whose amounts are stated in coins. */
export interface Perpetual {
  readonly base: 'BTC' | 'ETH';
  /** Unified: `BTC/USDT:USDT`. */
  readonly symbol: string;
  /** Coins of one contract. */
  readonly contractSize: number;
}

export interface DerivativesPlace {
  /** ccxt id. */
  readonly exchange: string;
  /** In place of scheme and host of every address; undefined: the exchange's own. */
  readonly url: string | undefined;
  /** As in `external_api_logs`. */
  readonly provider: string;
}

const BASES = ['BTC', 'ETH'] as const;
/** Quotes in which a contract is looked for, the first that there is. */
const QUOTES = ['USDT', 'USDC', 'USD'];
const BUSY = [418, 429, 503];
const MAX_ENDPOINT_LENGTH = 500;

/** Makes the ccxt client of a derivatives exchange. @throws OperatorError if ccxt does not know the exchange */
async function createDerivativesCcxt(
  { exchange, url }: DerivativesPlace,
  { logger, isSimulated }: SourceContext,
  signal: AbortSignal,
  onResponse: (note: ResponseNote) => void,
): Promise<DerivativesCcxt> {
  const options = { exchange, url, derivatives: true, logger, onResponse, signal };
  const client = (await createCcxtClient(options).catch((error: unknown) => {
    if (!(error instanceof OperatorError)) throw error;
    throw new OperatorError(error.message.replace('--exchange', '--derivatives-exchange'));
  })) as DerivativesCcxt;
  client.enableRateLimit = !isSimulated;
  keepFewMarkets(client);
  return client;
}

/** What a market of BTC or ETH has somewhere in its description. */
const KEPT_TEXT = /BTC|XBT|ETH/;

/**
 * Leaves the markets of other coins out: to read all six hundred of Binance would hold up the ticks for some 100 ms, and
 * three are of use.
 */
function keepFewMarkets(client: DerivativesCcxt): void {
  const { fetchMarkets, parseMarket } = client;
  client.fetchMarkets = async (params) => {
    const markets = await fetchMarkets.call(client, params);
    return markets.filter((market) => market !== undefined && BASES.some((base) => market.base === base));
  };
  // Of other exchanges it is not known that they only hand on what it gives.
  if (parseMarket === undefined || !client.id.startsWith('binance')) return;
  client.parseMarket = (raw) => {
    const isKept = Object.values(raw).some((value) => typeof value === 'string' && KEPT_TEXT.test(value));
    return isKept ? parseMarket.call(client, raw) : undefined;
  };
}

/** Requests to a derivatives exchange, one at a time, each with its row in the log. */
export class DerivativesClient {
  readonly #context: SourceContext;
  readonly #place: DerivativesPlace;
  readonly #signal: AbortSignal;
  #note: ResponseNote | null = null;
  #ccxt: DerivativesCcxt | null = null;
  calls = 0;

  constructor(context: SourceContext, place: DerivativesPlace, signal: AbortSignal) {
    this.#context = context;
    this.#place = place;
    this.#signal = signal;
  }

  /** Makes the client; nothing is asked yet. @throws OperatorError if ccxt does not know the exchange */
  async open(): Promise<DerivativesCcxt> {
    this.#ccxt ??= await createDerivativesCcxt(this.#place, this.#context, this.#signal, (note) => {
      this.#note = note;
    });
    return this.#ccxt;
  }

  /**
   * Asks the exchange.
   *
   * @param what stands in the log if ccxt does not say which address it was
   * @throws Refused if we are asked to wait, BadAnswer for figures of the other kind than prices, else what ccxt throws
   */
  async call<T>(what: string, ask: (ccxt: DerivativesCcxt) => Promise<T>): Promise<T> {
    const ccxt = await this.open();
    const started = performance.now();
    this.#note = null;
    this.calls++;
    try {
      const answer = await ask(ccxt);
      this.#checkKind();
      return answer;
    } catch (error) {
      this.#signal.throwIfAborted();
      const note = this.#noteOf();
      if (note === null || !BUSY.includes(note.status)) throw error;
      const header = note.headers['Retry-After'];
      const waitMs = retryAfterMs(header === undefined ? null : String(header), this.#context);
      throw new Refused(`answered with ${note.status}`, waitMs);
    } finally {
      if (!this.#signal.aborted) {
        this.#context.onCall({
          apiProvider: this.#place.provider,
          endpoint: endpointOf(ccxt.last_request_url, what),
          httpMethod: 'GET',
          responseStatus: this.#noteOf()?.status ?? null,
          responseTimeMs: Math.round((performance.now() - started) * 100) / 100,
        });
      }
    }
  }

  /** Set while something else was awaited, which the compiler cannot know. */
  #noteOf(): ResponseNote | null {
    return this.#note;
  }

  #checkKind(): void {
    const note = this.#noteOf();
    if (note === null) return;
    const isSimulated = note.headers['X-Simulated'] === 'true';
    if (isSimulated !== this.#context.isSimulated) throw new BadAnswer(mixed(isSimulated));
  }
}

/** Finds the perpetuals of BTC and ETH whose contracts are counted in coins. */
export function findPerpetuals({ markets }: DerivativesCcxt): readonly Perpetual[] {
  const swaps = Object.values(markets ?? {}).filter(
    (market: SwapMarket) => market.type === 'swap' && market.linear === true && market.active !== false,
  );
  return BASES.flatMap((base) => {
    const found = QUOTES.flatMap(
      (quote) => swaps.find((market) => market.base === base && market.quote === quote) ?? [],
    )[0];
    return found === undefined ? [] : { base, symbol: found.symbol, contractSize: found.contractSize ?? 1 };
  });
}

function endpointOf(url: string | undefined, what: string): string {
  if (url === undefined || !URL.canParse(url)) return what;
  const { pathname, search } = new URL(url);
  return `${pathname}${search}`.slice(0, MAX_ENDPOINT_LENGTH);
}
