/** A pair that the demo exchange lists. */
export interface Listing {
  /** As the exchange writes it: `BTCUSDT`. */
  readonly id: string;
  readonly base: string;
  readonly quote: string;
  /** A price is a whole number of ticks of 10^−priceDecimals. */
  readonly priceDecimals: number;
  /** An amount is a whole number of lots of 10^−amountDecimals. */
  readonly amountDecimals: number;
}

/** One execution, in whole ticks and lots. */
export interface DemoTrade {
  /** Counts up by one per listing. */
  readonly id: number;
  /** ms since the epoch. */
  readonly time: number;
  /** When the exchange reported it, ms since the epoch; equals `time` unless a recording says otherwise. */
  readonly eventTime: number;
  readonly ticks: number;
  readonly lots: number;
  /** True if the buyer was the maker, so the taker sold. */
  readonly isBuyerMaker: boolean;
}

/** What was traded in a stretch of time, in whole ticks and lots. Without trades all four prices are the last one. */
export interface Bar {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly lots: number;
  readonly trades: number;
}

/** Lengths in ms of the stretches of which a source knows whole bars. */
export const BAR_UNIT_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;
export type BarUnit = keyof typeof BAR_UNIT_MS;

/**
 * Where the market of the demo exchange comes from. It knows the whole of time and says the same whenever it is
 * asked: bars of a longer unit are the roll-up of those of a shorter one, and a minute's bar that of its trades.
 * Hiding the future is the caller's task.
 */
export interface MarketSource {
  /** Listings are named by their position here. */
  readonly listings: readonly Listing[];
  /** First ms with data. */
  readonly start: number;
  /** First ms after the data; Infinity if it never ends. */
  readonly end: number;
  /** False where only trades are known, so that bids and asks would be made up on top of a recording. */
  readonly hasQuotes: boolean;
  /** Gives the bar with this number since the epoch (time / unit); null where nothing is known. */
  bar(listing: number, unit: BarUnit, index: number): Bar | null;
  /** Gives the trades of a minute (number since the epoch), oldest first; empty if there were none. */
  trades(listing: number, minute: number): readonly DemoTrade[];
  /** Gives the id of the last trade before this minute; 0 or less if there was none. */
  lastIdBefore(listing: number, minute: number): number;
  /** Gives the minute that holds the trade with this id; null if no trade has it. */
  minuteOfTrade(listing: number, id: number): number | null;
}

/** Joins two neighbouring stretches; `null` on one side gives the other. */
export function joinBars(first: Bar | null, second: Bar | null): Bar | null {
  if (first === null) return second;
  if (second === null || second.trades === 0) return first;
  // A stretch without trades shows the last price before it, which is no price of this bucket.
  if (first.trades === 0) return second;
  return {
    open: first.open,
    high: Math.max(first.high, second.high),
    low: Math.min(first.low, second.low),
    close: second.close,
    lots: first.lots + second.lots,
    trades: first.trades + second.trades,
  };
}

/** Rolls up trades that are in order of time; null for none. */
export function barOfTrades(trades: Iterable<DemoTrade>): Bar | null {
  let bar: { -readonly [K in keyof Bar]: Bar[K] } | null = null;
  for (const { ticks, lots } of trades) {
    if (bar === null) {
      bar = { open: ticks, high: ticks, low: ticks, close: ticks, lots, trades: 1 };
      continue;
    }
    if (ticks > bar.high) bar.high = ticks;
    if (ticks < bar.low) bar.low = ticks;
    bar.close = ticks;
    bar.lots += lots;
    bar.trades += 1;
  }
  return bar;
}

/** Gives the bar of a stretch without trades, at the last price. */
export function flatBar(ticks: number): Bar {
  return { open: ticks, high: ticks, low: ticks, close: ticks, lots: 0, trades: 0 };
}
