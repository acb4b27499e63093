import type { FeedSink, GapCause } from '../events.js';
import type { Logger } from '../logger.js';
import type { Candle, Market } from '../market.js';
import type { Timeframe } from '../timeframe.js';

/** How a feed is built; one feed serves one exchange. */
export interface FeedConfig {
  /** ccxt id, or `demo`: ccxt's binance pointed at `url`, market made up. */
  readonly exchange: string;
  /** Origin in place of scheme and host of every address of the exchange (streams take `ws`), paths kept. */
  readonly url?: string;
  /** What is streamed; `auto`: trades where the exchange has them, else its 1m candles. */
  readonly mode: 'auto' | 'trades' | 'ohlcv';
  /** Silence, in seconds, of a usually busy connection after which it is made anew. */
  readonly stallSeconds: number;
  /** ms after the end of a minute until history is asked about it, if no later trade has vouched for it. */
  readonly closeGraceMs: number;
  /** Requests to the exchange in flight at most; default 6. */
  readonly maxConcurrentRequests?: number;
  /** Loads derivative markets too (`BTC/USDT:USDT`); default false: spot only, where the exchange can tell them apart. */
  readonly derivatives?: boolean;
  readonly logger: Logger;
  /** 0 ≤ x < 1, for jitter; default `Math.random`. */
  readonly random?: () => number;
  /** Our clock, ms since the epoch; default `Date.now`. */
  readonly clock?: () => number;
  /**
   * Takes what the sink threw: a programming error that ccxt would swallow. Default: thrown on a fresh stack, which
   * ends the process.
   */
  readonly onFatal?: (error: unknown) => void;
}

/** A symbol to stream and the engine's number for it. */
export interface WatchedAsset {
  readonly symbol: string;
  readonly asset: number;
}

/** A symbol that the exchange does not list, with up to three listed ones that look like it. */
export interface UnknownSymbol {
  readonly symbol: string;
  readonly nearest: readonly string[];
}

/** What happened since the feed was made; every member only grows. */
export interface FeedCounters {
  messages: number;
  trades: number;
  /** Lost connections that were made anew, stalls included. */
  reconnects: number;
  /** Connections given up because they were open but silent, or deaf to a symbol that traded. */
  stalls: number;
  /** Trades or closed candles that had been seen before. */
  duplicates: number;
  /** Trades that came after a later one, or forming candles older than the newest. */
  reordered: number;
  /** New trades whose minute had been closed already. */
  late: number;
  /** Trade ids that were never received; their minutes came from history. */
  missingTrades: number;
  /** Frames and entries that were no valid data. */
  malformed: number;
  gapsOpened: number;
  gapsRepaired: number;
  /** Minutes with trades seen about which history had nothing. */
  gapsUnrepaired: number;
  /** Questions to history about minutes that could not be vouched for from the stream. */
  confirms: number;
  /** Minutes closed by the exchange's own candle from history. */
  confirmedMinutes: number;
  /** Answers that contradicted what the stream had shown and were asked for again. */
  contradicted: number;
  restRequests: number;
  restRetries: number;
  /** ms spent waiting because the exchange asked to. */
  rateLimitWaitMs: number;
}

/** State of one watched symbol. */
export interface SymbolStatus {
  readonly symbol: string;
  readonly asset: number;
  /** Our clock at the newest trade or candle; null before the first. */
  readonly lastMessageAt: number | null;
  /** ms between the exchange's time of the newest message and our receipt of it; null before the first. */
  readonly lagMs: number | null;
  /** Everything before this exchange time is closed; null before `release`. */
  readonly sealedTo: number | null;
  /** Cause of the gap that is open now, if one is. */
  readonly gap: GapCause | null;
}

/** Health of a feed at one moment. */
export interface FeedStatus {
  readonly exchange: string;
  /** Every connection that is needed is up and has spoken. False while nothing is watched and before `connect`. */
  readonly connected: boolean;
  readonly mode: 'trades' | 'ohlcv';
  readonly sockets: number;
  /** Exchange time minus our clock, ms. */
  readonly clockOffsetMs: number;
  /** Our clock when the next reconnect is tried; null if none is waiting. */
  readonly nextRetryAt: number | null;
  readonly counters: Readonly<FeedCounters>;
  /** Failed requests by kind of error, e.g. `DDoSProtection`. */
  readonly restErrors: Readonly<Record<string, number>>;
  readonly symbols: readonly SymbolStatus[];
}

/**
 * Streams one exchange.
 *
 * Promises every driver keeps:
 * - The sink is called synchronously, in order, from one thread; each trade id is passed on once, ever.
 * - A watermark is sent only when everything before it has been delivered, from the stream or from history.
 *   Watermarks of one asset only rise; each minute gets at most one closed candle.
 * - A number is never made up: a minute that cannot be vouched for stays open until history answers.
 */
export interface Feed {
  /** The configured id. */
  readonly exchange: string;
  /** Where the data comes from: the id, `demo`, or `<id>-simulated` if the far side says that it is simulated. Valid after `connect`. */
  readonly dataSource: string;
  /** True if prices are made up. Valid after `connect`. */
  readonly simulated: boolean;
  /** Loads the markets and compares clocks. @throws OperatorError if the exchange cannot be reached after some retries */
  connect(): Promise<void>;
  /** Looks up symbols among the active markets. */
  markets(symbols: readonly string[]): { found: Market[]; unknown: UnknownSymbol[] };
  /** Active symbols, in the exchange's order. */
  listed(): readonly string[];
  /**
   * Opens the streams of these assets at once and keeps what comes, until `release` lets it flow. May be called
   * again with more. @throws RangeError if a symbol is not listed
   */
  watch(assets: readonly WatchedAsset[], sink: FeedSink): void;
  /**
   * Gives finished candles with `from ≤ time < to`, ascending, each once. Timeframes that the exchange lacks are
   * rolled up from shorter ones. Holes stay holes. `onPage` is told of each page as it arrives.
   *
   * @throws if a page cannot be had after the retries, or the feed is closed meanwhile
   */
  history(
    symbol: string,
    timeframe: Timeframe,
    from: number,
    to: number,
    onPage?: (page: readonly Candle[]) => void,
  ): Promise<readonly Candle[]>;
  /**
   * Lets events of an asset flow: what was kept from before `from` is dropped, the rest comes now, synchronously.
   *
   * @param from minute boundary up to which the engine has closed history
   */
  release(asset: number, from: number): void;
  /** Ends the events of an asset at once. */
  unwatch(asset: number): void;
  /** Gives the exchange's time, best estimate in ms; may run faster than our clock while a recording is played. */
  now(): number;
  status(): FeedStatus;
  /** Ends every loop, socket and request, within a second. */
  close(): Promise<void>;
}
