import { type IndicatorInput, IndicatorSeries } from '../src/engine/indicators/indicator-series.js';
import { DEFAULT_INDICATORS } from '../src/engine/indicators/registry.js';
import type { IndicatorSpec } from '../src/engine/indicators/spec.js';
import { batchOf, ExactObv, floorOf, WINDOW } from './batch.js';
import type { Market } from './markets.js';

export const TOLERANCE = 1e-9;

/** The largest error of a column in a market. */
export interface WorstError {
  readonly column: string;
  readonly by: 'formula' | 'restart';
  readonly error: number;
  /** Which candle, the value there, and what the batch gives. */
  readonly at: number;
  readonly actual: number;
  readonly wanted: number;
}

/** What a soak of one market found. */
export interface SoakReport {
  readonly market: string;
  readonly candles: number;
  /** How often all columns were computed anew. */
  readonly checks: number;
  /** One per column. */
  readonly worst: readonly WorstError[];
  /** Values that were NaN or infinite although they had been defined, or infinite at first; at most ten are told. */
  readonly unsound: readonly string[];
}

export interface SoakOptions {
  /** At least `WINDOW`; fewer are never compared. */
  readonly candles: number;
  /** Candles between two checks. Not a divisor of a market's turns, so that every part of them is met. */
  readonly checkEvery: number;
  /** Default: `DEFAULT_INDICATORS`. */
  readonly indicators?: readonly IndicatorSpec[];
  /** Called at each check. */
  readonly onCheck?: (candles: number) => void;
}

/** Runs one market through the indicators, and compares all values with their batch computation now and then. */
export function soak(market: Market, options: SoakOptions): SoakReport {
  const specs = options.indicators ?? DEFAULT_INDICATORS;
  const series = new IndicatorSeries(specs);
  const next = market.create();
  const recent = new Array<IndicatorInput>(WINDOW);
  const obv = new ExactObv();
  const wasDefined = new Uint8Array(series.columns.length);
  const unsound: string[] = [];
  const worst = new Map<string, WorstError>();
  let checks = 0;
  for (let index = 0; index < options.candles; index++) {
    const candle = next(index);
    series.commit(candle);
    obv.add(candle);
    recent[index % WINDOW] = candle;
    for (let column = 0; column < wasDefined.length; column++) {
      const value = series.closedValue(column);
      if (Number.isFinite(value)) wasDefined[column] = 1;
      else if (wasDefined[column] === 1 || !Number.isNaN(value)) {
        if (unsound.length < 10) unsound.push(`candle ${index}: ${series.columns[column]} is ${value}`);
      }
    }
    const isLast = index === options.candles - 1;
    if (index + 1 < WINDOW || ((index + 1) % options.checkEvery !== 0 && !isLast)) continue;
    const begin = (index + 1) % WINDOW;
    const window = [...recent.slice(begin), ...recent.slice(0, begin)];
    const batch = batchOf(specs, window, obv);
    for (const [place, column] of series.columns.entries()) {
      const actual = series.closedValue(place);
      const { value: wanted, by } = batch[place] as (typeof batch)[number];
      const error = errorOf(actual, wanted, floorOf(column, window));
      if (error > (worst.get(column)?.error ?? -1)) {
        worst.set(column, { column, by, error, at: index, actual, wanted });
      }
    }
    checks += 1;
    options.onCheck?.(index + 1);
  }
  return { market: market.name, candles: options.candles, checks, worst: [...worst.values()], unsound };
}

function errorOf(actual: number, wanted: number, floor: number): number {
  if (Object.is(actual, wanted) || actual === wanted) return 0;
  const error = Math.abs(actual - wanted) / Math.max(Math.abs(wanted), floor);
  return Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
}

/** Gives a line for each fault of a report; empty if all is well. */
export function faultsOf({ market, checks, worst, unsound }: SoakReport): readonly string[] {
  const drifted = worst
    .filter(({ error }) => !(error <= TOLERANCE))
    .map(({ column, by, error, at, actual, wanted }) => {
      const what = `candle ${at}: ${column} is ${actual}, ${by} gives ${wanted}, error ${error.toExponential(1)}`;
      return `${market}: ${what}`;
    });
  const nothing = checks === 0 ? [`${market}: nothing was compared`] : [];
  return [...nothing, ...drifted, ...unsound.map((line) => `${market}: ${line}`)];
}
