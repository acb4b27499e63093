/** Indicator values as the documents store them in `price_data.technical_indicators`. */
export interface IndicatorDocument {
  /** When the values were computed, ISO 8601 UTC. */
  readonly computed_at?: string;
  readonly [group: string]: unknown;
}

type Path = readonly [group: string] | readonly [group: string, key: string];

/**
 * Columns whose place in the document is not told by their name. Every other one follows two rules: `rsi_14` goes to
 * `RSI['14']`, a name without number (`obv`) to the top under its name in capitals.
 */
const PLACES: Readonly<Record<string, Path>> = {
  macd: ['MACD', 'value'],
  macd_signal: ['MACD', 'signal'],
  macd_hist: ['MACD', 'histogram'],
  bb_upper: ['BB', 'upper'],
  bb_middle: ['BB', 'middle'],
  bb_lower: ['BB', 'lower'],
  bb_bandwidth: ['BB', 'bandwidth'],
  bb_percent_b: ['BB', 'percent_b'],
  stoch_k: ['STOCH', 'k'],
  stoch_d: ['STOCH', 'd'],
  stochrsi_fastk: ['STOCHRSI', 'fastk'],
  stochrsi_fastd: ['STOCHRSI', 'fastd'],
  ichimoku_tenkan: ['ICHIMOKU', 'tenkan'],
  ichimoku_kijun: ['ICHIMOKU', 'kijun'],
  ichimoku_senkou_a: ['ICHIMOKU', 'senkou_a'],
  ichimoku_senkou_b: ['ICHIMOKU', 'senkou_b'],
  ichimoku_lead_a: ['ICHIMOKU', 'lead_a'],
  ichimoku_lead_b: ['ICHIMOKU', 'lead_b'],
  supertrend: ['SUPERTREND', 'value'],
  supertrend_direction: ['SUPERTREND', 'direction'],
  keltner_upper: ['KELTNER', 'upper'],
  keltner_middle: ['KELTNER', 'middle'],
  keltner_lower: ['KELTNER', 'lower'],
  pivot_high: ['PIVOT', 'high'],
  pivot_low: ['PIVOT', 'low'],
};

/** Groups that the documents write in small letters. */
const SMALL_GROUPS = new Set(['volume_sma']);

const COLUMN_OF_PLACE = new Map(
  Object.entries(PLACES).map(([column, path]) => [path.join('\n'), column] as const),
);

const NUMBERED = /^([a-z][a-z0-9_]*?)_(\d[0-9_.]*)$/;

const placesSeen = new Map<string, Path>();

function placeOf(column: string): Path {
  let path = placesSeen.get(column);
  if (path === undefined) {
    path = findPlace(column);
    placesSeen.set(column, path);
  }
  return path;
}

function findPlace(column: string): Path {
  if (Object.hasOwn(PLACES, column)) return PLACES[column] as Path;
  const numbered = NUMBERED.exec(column);
  if (numbered === null) return [column.toUpperCase()];
  const [, name, number] = numbered as unknown as readonly [string, string, string];
  return [SMALL_GROUPS.has(name) ? name : name.toUpperCase(), number];
}

/**
 * Nests flat columns (`rsi_14`, `macd_signal`) as the documents have them: `{RSI: {'14': …}, MACD: {signal: …}}`.
 * Columns are in small letters, as the registry makes them. Values that are not finite are left out: JSON has none.
 *
 * @param computedAt ms since the epoch
 */
export function toIndicatorDocument(
  values: Readonly<Record<string, number>>,
  computedAt: number,
): IndicatorDocument {
  const document: Record<string, unknown> = {};
  for (const [column, value] of Object.entries(values)) {
    if (!Number.isFinite(value)) continue;
    const [group, key] = placeOf(column);
    if (key === undefined) {
      document[group] = value;
    } else {
      const inner = (document[group] ?? {}) as Record<string, number>;
      inner[key] = value;
      document[group] = inner;
    }
  }
  document.computed_at = new Date(computedAt).toISOString();
  return document;
}

/**
 * Gives back the flat columns of a document; the inverse of `toIndicatorDocument`. What is neither a finite number
 * nor a group of such is left out: the column may hold documents written by others.
 */
export function fromIndicatorDocument(document: unknown): Record<string, number> {
  const values: Record<string, number> = {};
  if (typeof document !== 'object' || document === null) return values;
  for (const [group, content] of Object.entries(document)) {
    if (typeof content === 'number') {
      if (Number.isFinite(content)) values[group.toLowerCase()] = content;
    } else if (typeof content === 'object' && content !== null) {
      for (const [key, value] of Object.entries(content)) {
        if (typeof value !== 'number' || !Number.isFinite(value)) continue;
        values[COLUMN_OF_PLACE.get(`${group}\n${key}`) ?? `${group.toLowerCase()}_${key}`] = value;
      }
    }
  }
  return values;
}
