import type { SlabLayout } from './slab-layout.js';

/**
 * All indicators of one kind (every SMA, every RSI …) for any number of series. It holds no state of a series: that
 * lies in the slab handed in, at places that the layout gave out at construction. One object per kind, looping over
 * periods and series itself, keeps the number of indirect calls per tick at the number of kinds.
 *
 * What every kind promises:
 * - `peek` and then `commit` of the same candle write bit for bit the same values; both are O(1) in the history.
 * - `peek` changes nothing but the outputs.
 * - A value that is not defined yet is NaN; any other is finite, whatever valid candles came (`MIN_PRICE` … `MAX_PRICE`).
 *
 * The candle is read from the input slots of the series (`OPEN` … `VOLUME`). Closes before it lie in the series' ring
 * of closes: the close of candle `i` at `layout.closes + (i & layout.closesMask)`.
 */
export interface Indicator {
  /**
   * Advances one series by the closed candle in its input slots and writes its outputs.
   *
   * @param base where the series begins in the slab
   * @param count candles closed before this one
   */
  commit(slab: Float64Array, base: number, count: number): void;

  /**
   * Writes the outputs of `counts.length` series, which begin at 0, `stride`, 2 · `stride` … of the slab, as
   * if the candle in their input slots closed now.
   *
   * @param counts closed candles of each series
   */
  peek(slab: Float64Array, stride: number, counts: Int32Array): void;
}

/** One parameter of a kind, as a user configures it. */
export interface ParameterSpec {
  readonly name: string;
  /** Absent: must be given. */
  readonly default?: number;
  readonly min: number;
  readonly max: number;
  readonly integer: boolean;
}

/** Values of a kind's parameters, complete and checked. */
export type Parameters = Readonly<Record<string, number>>;

/** What a file in `indicators/` exports: how a kind is configured and made. */
export interface IndicatorKind {
  /** In small letters, as in the configuration: `sma`. */
  readonly name: string;
  readonly parameters: readonly ParameterSpec[];
  /** Says why parameters do not fit together, or null if they do. */
  check?(parameters: Parameters): string | null;
  /** How many closes before the candle it reads from the ring. */
  closesNeeded(parameters: Parameters): number;
  /** Columns of one parameter set, in the order of its outputs. */
  columns(parameters: Parameters): readonly string[];
  /** Makes one indicator for all parameter sets; takes its slots from the layout, outputs in the order of `columns`. */
  create(all: readonly Parameters[], layout: SlabLayout): Indicator;
}

/** Gives a checked parameter. @throws RangeError if the kind does not have it: a programming error */
export function parameter(parameters: Parameters, name: string): number {
  const value = parameters[name];
  if (value === undefined) throw new RangeError(`no parameter "${name}"`);
  return value;
}
