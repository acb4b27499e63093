import type { Engine } from '../engine/engine.js';
import type { RecordedCounts } from '../feeds/file/recorded-events.js';
import { momentText, TIMEFRAME_COUNT, TIMEFRAMES } from '../timeframe.js';
import { type AnalysesOutcome, analysesLines } from './replay-analyses.js';

/** So many indicators of the newest 1m candle are shown. */
const SHOWN_INDICATORS = 4;

/** One symbol of a replay, when it is over. */
export interface ReplayedSymbol {
  readonly symbol: string;
  /** The engine's number. */
  readonly asset: number;
  readonly counts: Readonly<RecordedCounts>;
}

/** What a replay came to. */
export interface ReplayOutcome {
  readonly symbols: readonly ReplayedSymbol[];
  /** Closed candles, by series. */
  readonly closed: Float64Array;
  readonly events: number;
  readonly seconds: number;
  readonly skipped: number;
  readonly digest: string;
  /** Null: none were asked for. */
  readonly analyses: AnalysesOutcome | null;
}

/** Gives what a replay came to as text for a terminal, a block per symbol. */
export function replaySummary(engine: Engine, outcome: ReplayOutcome): string {
  const { symbols, events, seconds, skipped, digest } = outcome;
  const rate = Math.round(events / Math.max(seconds, 0.001));
  const lines = symbols.flatMap((replayed) => symbolLines(engine, replayed, outcome.closed));
  if (outcome.analyses !== null) lines.push(...analysesLines(outcome.analyses));
  lines.push(`${events} events in ${seconds.toFixed(1)} s, ${rate} a second; ${skipped} rows skipped`);
  lines.push(`digest sha256:${digest}`);
  return `${lines.join('\n')}\n`;
}

function symbolLines(
  engine: Engine,
  { symbol, asset, counts }: ReplayedSymbol,
  closed: Float64Array,
): readonly string[] {
  if (Number.isNaN(counts.first)) return [symbol, '  no rows'];
  const { trades, late, invalid, flat } = engine.stats(asset);
  const perTimeframe = TIMEFRAMES.map(
    (timeframe, index) => `${timeframe} ${closed[asset * TIMEFRAME_COUNT + index]}`,
  );
  return [
    symbol,
    `  from       ${momentText(counts.first)} to ${momentText(counts.last)}`,
    `  rows       ${counts.rows}, of which ${trades} trades; ${late} late, ${invalid} invalid`,
    `  gaps       ${counts.gaps}; ${flat} minutes without a trade or candle are flat`,
    `  closed     ${perTimeframe.join(', ')}`,
    `  last close ${lastClose(engine, asset)}`,
  ];
}

function lastClose(engine: Engine, asset: number): string {
  const series = asset * TIMEFRAME_COUNT;
  const view = engine.lastClosed(series);
  if (view === null) return 'none yet';
  const seen = new Set<string>();
  const shown: string[] = [];
  for (const [column, name] of engine.indicatorColumns.entries()) {
    const value = engine.closedValue(series, column);
    const kind = name.replace(/_.*/, '');
    if (Number.isNaN(value) || seen.has(kind) || shown.length === SHOWN_INDICATORS) continue;
    seen.add(kind);
    shown.push(`${name} ${value}`);
  }
  return [`${view.close} of 1m ${momentText(view.time)}`, ...shown].join('; ');
}
