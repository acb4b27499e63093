/** What can be traded where, as the exchange describes it. */
export interface Market {
  /** ccxt id of the exchange, or `demo` for the local one. */
  readonly exchange: string;
  /** Unified symbol, `BTC/USDT`; derivatives `BTC/USDT:USDT`. */
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  /** Decimal places of an amount, 0–15; volumes are summed in units of 10^−amountDecimals, so without rounding. */
  readonly amountDecimals: number;
  /** True if the prices are made up by the demo exchange or replayed from a recording. */
  readonly simulated: boolean;
}

/** One execution. */
export interface Trade {
  /** The exchange's id; consecutive integers on some exchanges, opaque text on others; never empty. */
  readonly id: string;
  /** Time of execution by the exchange's clock, ms since the epoch. */
  readonly time: number;
  /** Quote per one base, > 0. */
  readonly price: number;
  /** Base units, > 0. */
  readonly amount: number;
  /** The taker's side; null where the exchange does not say. */
  readonly side: 'buy' | 'sell' | null;
  /** Our clock when the message arrived, ms since the epoch. */
  readonly receivedAt: number;
}

/** Open, high, low, close and volume of one bucket of time. */
export interface Candle {
  /** Start of the bucket, ms since the epoch, UTC. */
  readonly time: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  /** Base units, ≥ 0. */
  readonly volume: number;
  /** Number of trades; null where only the exchange's candle is known, or trades do not give it. */
  readonly tradeCount: number | null;
  /** Volume-weighted average price; null without volume or where trades are not known. */
  readonly vwap: number | null;
}

/** Where a candle comes from: pushed by the exchange, fetched from its history, built from trades, or made up. */
export const SOURCES = ['stream', 'history', 'built', 'simulated'] as const;
export type Source = (typeof SOURCES)[number];

/** May still change; will not change again; was changed after it had been called closed. */
export const STATES = ['forming', 'closed', 'revised'] as const;
export type State = (typeof STATES)[number];

/** How far a value can be trusted; travels with every candle and indicator set. */
export interface Quality {
  readonly state: State;
  /** `simulated` for every value of the demo exchange or a recording, however it was obtained. */
  readonly source: Source;
  /**
   * Share of the elapsed part of the candle during which its feed was known to be up, 0–1.
   * 1 for the exchange's own finished candle: nothing is missing in it.
   */
  readonly coverage: number;
  /** Closed candles behind the value, this one not counted. */
  readonly depth: number;
}
