/**
 * The candle that a kernel computes with, and what is known of the one before. Fields that no configured kernel reads
 * cost nothing.
 */
export interface KernelCandle {
  /** Start of the bucket, ms since the epoch. */
  readonly time: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  /** Closed candles before this one. */
  readonly count: number;
  /** Meaningless while `count` is 0, as the two that follow and `trueRange`. */
  readonly previousHigh: number;
  readonly previousLow: number;
  readonly previousClose: number;
  /** Typical price, (high + low + close) / 3, added in this order. */
  readonly typical: number;
  /** max(high, previous close) − min(low, previous close): Wilder's true range. */
  readonly trueRange: number;
}

/** Where a kernel's own state and outputs lie, counted from the start of the series, and its constants. */
export type Constants = Readonly<Record<string, number>>;

/** Writes the kernel's outputs as if the candle closed now. */
export type PeekBody<K extends Constants> = (
  slab: Float64Array,
  base: number,
  candle: KernelCandle,
  k: K,
) => void;

/**
 * Takes a closed candle into the kernel's state, for the next candle to build on. The outputs of this candle are
 * there already. `past` holds what no peek reads: rings of earlier candles, long windows.
 */
export type AdvanceBody<K extends Constants> = (
  slab: Float64Array,
  base: number,
  past: Float64Array,
  from: number,
  candle: KernelCandle,
  k: K,
) => void;

/**
 * One step of the computation of an indicator: three functions over a series' slab, and their constants.
 *
 * The functions are not called: `fuse` pastes their bodies into one function with the constants in place, because a
 * call per indicator, timeframe and tick costs more than what the call computes. So a body
 * - is a function declaration with the parameter names of `PeekBody` or `AdvanceBody`;
 * - has no `return`, and names nothing from outside but `Math` and `Number`;
 * - reads the candle and the constants only as `candle.x` and `k.x`, and an output only as `slab[base + k.x]` or
 *   `slab[base + k.x + 1]`: it becomes a local variable, NaN until a kernel of this very peek has written it;
 * - allocates nothing.
 * `fuse` refuses what it can see to break this; otherwise they are ordinary functions.
 */
export interface Kernel<K extends Constants = Constants> {
  /** Index of the first candle that has a value: 19 for an average of 20. Before, its outputs are NaN. */
  readonly first: number;
  readonly constants: K;
  readonly peek: PeekBody<K>;
  /** Takes the place of `peek` at candle `first`, where an average is seeded in another way than it goes on. */
  readonly seed?: PeekBody<K>;
  readonly advance?: AdvanceBody<K>;
}

/** Binds a kernel's functions to the type of its constants. */
export function kernel<const K extends Constants>(parts: Kernel<K>): Kernel {
  return parts as unknown as Kernel;
}
