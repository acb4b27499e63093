import type { Kernel } from './kernel.js';
import type { Layout, Lookback } from './layout.js';
import type { IndicatorSpec } from './spec.js';

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

/** Where another indicator finds what this one computes, by name. */
export type Slots = Readonly<Record<string, number>>;

/** A kind at work with one set of parameters. */
export interface Indicator {
  /** In the order in which they run: each may read what those before wrote. */
  readonly kernels: readonly Kernel[];
  /** Places of the columns' values in the slab, in the order of `columns`. */
  readonly outputs: readonly number[];
  /** Places in the slab that indicators which require this one may read. */
  readonly slots?: Slots;
}

/**
 * What a file in `indicators/` exports: how a kind is configured and made.
 *
 * What every kind promises:
 * - A peek changes nothing but the outputs, and costs the same however long the history is.
 * - A value that is not defined yet is NaN; any other is finite, whatever valid candles came (`MIN_PRICE` … `MAX_PRICE`).
 */
export interface IndicatorKind {
  /** In small letters, as in the configuration: `sma`. */
  readonly name: string;
  /** One line for users: what it is, unit, range. */
  readonly summary: string;
  readonly parameters: readonly ParameterSpec[];
  /** Says why parameters do not fit together, or null if they do. */
  check?(parameters: Parameters): string | null;
  /** Other indicators whose slots it reads; they run before it, whether they are configured or not. */
  requires?(parameters: Parameters): readonly IndicatorSpec[];
  /** How many candles before the one at hand its kernels read from the rings when they advance. */
  lookback?(parameters: Parameters): Lookback;
  /** Column names, in the order of the outputs. */
  columns(parameters: Parameters): readonly string[];
  /**
   * Takes its places from the layout and makes its kernels.
   *
   * @param required the slots of what `requires` named, in that order
   */
  create(parameters: Parameters, layout: Layout, required: readonly Slots[]): Indicator;
}

/** Gives a checked parameter. @throws RangeError if the kind does not have it: a programming error */
export function parameter(parameters: Parameters, name: string): number {
  const value = parameters[name];
  if (value === undefined) throw new RangeError(`no parameter "${name}"`);
  return value;
}

/** Gives a slot of a required indicator. @throws RangeError if there is none: a programming error */
export function slot(required: readonly Slots[], index: number, name: string): number {
  const place = required[index]?.[name];
  if (place === undefined) throw new RangeError(`requirement ${index} has no slot "${name}"`);
  return place;
}
