import { camelName } from '../../analysis-fields.js';
import { RequestError } from '../../errors.js';
import type { AnalysisMap, AnalysisView, StoredAnalyses } from '../ports.js';
import type { MethodContext } from './handler.js';

/** What methods answer. */
export type Item = Record<string, unknown>;

/** Gives the analyses. @throws RequestError `unavailable` if nothing is analysed */
export function analysesOf({ analysis }: MethodContext): AnalysisView {
  if (analysis !== null) return analysis;
  throw new RequestError('unavailable', 'nothing is analysed on this server');
}

/** Gives what the database has. @throws RequestError `unavailable` if there is none */
export function storedOf({ stored }: MethodContext): StoredAnalyses {
  if (stored !== null) return stored;
  throw new RequestError('unavailable', 'what is asked for is in the database, and this server has none');
}

/** Gives a value that is there. @throws RequestError `unavailable` with what is missing */
export function warm<T>(context: MethodContext, what: string, value: T | null): T {
  if (value !== null) return value;
  throw new RequestError('unavailable', `${what} is not known yet: ${coldReason(context)}`);
}

/** Says what is missing where nothing is known of the market. */
export function coldReason({ readiness }: MethodContext): string {
  return readiness.notReady() ?? 'too few candles have closed, or BTC is not served';
}

/**
 * Answers a query of a repository.
 * @throws RequestError `invalid_params` for a cursor that is not the list's own
 */
export async function ask<T>(query: Promise<T>): Promise<T> {
  try {
    return await query;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // Of what a schema cannot know the repositories refuse the cursor only.
    throw new RequestError('invalid_params', 'cursor: not a next_cursor of this query', 'cursor');
  }
}

/** Gives the market's own time, ms, where it is known: that of a replay, or of the demo exchange, is not ours. */
export function marketTime({ analysis }: MethodContext): number {
  return numberIn(analysis?.metrics('1h') ?? null, 'time') ?? Date.now();
}

/** Columns of type `numeric` that records have as decimal text. */
const DECIMALS: ReadonlySet<string> = new Set([
  'btc_price_usd',
  'sma_200',
  'ema_200',
  'open_interest_btc',
  'whale_netflow_24h',
  'total',
  'sp500',
  'gold',
  'dxy',
  'liquidations_long',
  'liquidations_short',
  'breakout_level',
  'sector_market_cap',
  'sector_volume_24h',
  'institutional_inflow',
  'tvl_total',
  'market_cap',
  'volume_24h',
  'entry_price',
  'target_price',
  'stop_loss',
  'actual_entry_price',
  'max_favorable_excursion',
  'max_adverse_excursion',
]);

/**
 * Gives columns of a stored row under their own names, decimals as numbers; what it lacks is null.
 * @typeParam T what the method's schema says of these columns; tests hold every answer against it
 */
export function columnsOf<T extends object = Item>(record: object, columns: readonly string[]): T {
  const given = record as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    columns.map((column) => {
      const value = given[camelName(column)] ?? null;
      return [column, DECIMALS.has(column) && value !== null ? Number(value) : value];
    }),
  ) as T;
}

/**
 * Gives fields of a row under their own names; what it lacks is null.
 * @typeParam T what the method's schema says of these fields; tests hold every answer against it
 */
export function fieldsIn<T extends object>(row: AnalysisMap, fields: readonly string[]): T {
  return Object.fromEntries(fields.map((field) => [field, row[field] ?? null])) as T;
}

/**
 * Gives what a row holds under a name, or null.
 * @typeParam T what the method's schema says of it; tests hold every answer against it
 */
export function valueIn<T>(row: AnalysisMap | null, name: string): T | null {
  return (row?.[name] ?? null) as T | null;
}

/** Gives what a row holds under a name, if that is a map; else an empty one. */
export function mapIn(row: AnalysisMap | null, name: string): AnalysisMap {
  const value = row?.[name];
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as AnalysisMap) : {};
}

/** Gives why fields of a row are null, from wherever its table keeps the reasons. */
export function reasonsOf(row: AnalysisMap | null): Readonly<Record<string, string>> {
  const flags = { ...mapIn(row, 'data_quality_flags'), ...mapIn(row, 'validation_flags') };
  return {
    ...(mapIn(flags, 'missing_fields') as Record<string, string>),
    ...(mapIn(mapIn(row, 'analysis_data'), 'missing') as Record<string, string>),
    ...(mapIn(row, 'missing') as Record<string, string>),
  };
}

/** Says of what moment a row is, and how far to be trusted. */
export function headIn(row: AnalysisMap | null): {
  time: number | null;
  state: 'forming' | 'closed' | null;
  simulated: boolean | null;
} {
  return { time: numberIn(row, 'time'), state: valueIn(row, 'state'), simulated: valueIn(row, 'simulated') };
}

/** Why a value is null where nobody has written down why. */
export const NO_REASON = 'the analysis gives none';

/**
 * Gives an answer with `missing`: why each of its fields that is null is so.
 * @param reasons by field; what is not there has `fallback`
 */
export function withMissing<T extends object>(
  item: T,
  reasons: Readonly<Record<string, string>>,
  fallback: string = NO_REASON,
): T & { missing: Record<string, string> } {
  const missing: Record<string, string> = {};
  for (const [field, value] of Object.entries(item)) {
    if (value === null || value === undefined) missing[field] = reasons[field] ?? fallback;
  }
  return { ...item, missing };
}

/** Gives a number of a row, or null. */
export function numberIn(row: AnalysisMap | null, name: string): number | null {
  const value = row?.[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
