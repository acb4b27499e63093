import { markdownTable, withTable } from '../../marked-table.js';
import type { IndicatorKind, ParameterSpec } from './indicator.js';
import { IndicatorSeries } from './indicator-series.js';
import { DEFAULT_INDICATORS, KINDS } from './registry.js';
import type { IndicatorSpec } from './spec.js';

const HEAD = ['kind', 'parameters', 'columns', 'first candle', 'what it is', 'in `default`'];

/** Candles after which a column that has no value waits for a turn of the prices, not for candles. */
const PATIENCE = 1_000;
const MINUTE_MS = 60_000;

/**
 * Gives the table of all kinds as Markdown: parameters, columns and first candles of one example, meaning, and what of it
 * is in the built-in set. The example has the default parameters; where there are none, the built-in set's first.
 */
export function indicatorTable(): string {
  const rows = KINDS.map((kind) => {
    const builtIn = DEFAULT_INDICATORS.filter(({ name }) => name === kind.name);
    const hasDefaults = kind.parameters.every((parameter) => parameter.default !== undefined);
    const example = hasDefaults ? { name: kind.name } : (builtIn[0] ?? { name: kind.name });
    const { columns } = new IndicatorSeries([example]);
    return [
      `\`${kind.name}\``,
      kind.parameters.map(parameterText).join(', ') || 'none',
      columns.map((column) => `\`${column}\``).join(', '),
      firstText(columns, firstCandles(example)),
      kind.summary,
      builtInText(kind, builtIn),
    ];
  });
  return markdownTable(HEAD, rows);
}

/**
 * Gives docs/INDICATORS.md with the table of all kinds in its place.
 *
 * @throws Error if the document has no place for it
 */
export function withIndicatorTable(document: string): string {
  return withTable(document, 'indicators', indicatorTable());
}

/**
 * Gives for each column which candle, counted from 1, is the first with a value, found by taking in a steady rise; null
 * if none is, since a steady rise never turns.
 */
export function firstCandles(spec: IndicatorSpec): readonly (number | null)[] {
  const series = new IndicatorSeries([spec]);
  const first: (number | null)[] = series.columns.map(() => null);
  for (let candle = 1; candle <= PATIENCE && first.includes(null); candle++) {
    const open = 100 + candle;
    const prices = { open, high: open + 2, low: open - 1, close: open + 1 };
    series.commit({ ...prices, time: (candle - 1) * MINUTE_MS, volume: 1 });
    for (const column of first.keys()) {
      if (!Number.isNaN(series.closedValue(column))) first[column] ??= candle;
    }
  }
  return first;
}

/** One number if all columns begin together, else each begin with its columns. */
function firstText(columns: readonly string[], first: readonly (number | null)[]): string {
  const groups = new Map<number | null, string[]>();
  for (const [place, column] of columns.entries()) {
    const candle = first[place] ?? null;
    groups.set(candle, [...(groups.get(candle) ?? []), `\`${column}\``]);
  }
  const words = (candle: number | null): string =>
    candle === null ? 'when the first is confirmed' : `${candle}`;
  if (groups.size === 1) return [...groups.keys()].map(words).join();
  return [...groups].map(([candle, names]) => `${words(candle)}: ${names.join(', ')}`).join('; ');
}

function parameterText({ name, default: preset, min, max, integer }: ParameterSpec): string {
  const range = `${integer ? '' : 'decimal, '}${min}–${max}`;
  return preset === undefined ? `\`${name}\` (${range})` : `\`${name}\` ${preset} (${range})`;
}

/** `yes` if the built-in set has the defaults alone, else its parameters as they are configured. */
function builtInText(kind: IndicatorKind, builtIn: readonly IndicatorSpec[]): string {
  if (builtIn.length === 0) return 'no';
  const isPlain = builtIn.every((spec) =>
    kind.parameters.every((parameter) => (spec[parameter.name] ?? parameter.default) === parameter.default),
  );
  if (isPlain) return 'yes';
  const items = builtIn.map((spec) => kind.parameters.map(({ name }) => spec[name]).join('/'));
  return items.map((item) => `\`${kind.name}:${item}\``).join(', ');
}
