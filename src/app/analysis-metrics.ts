import type { Metrics } from '../metrics.js';
import type { Analyses } from './analyses.js';

/** Shows how the four layers stand. */
export function bindAnalyses(
  metrics: Metrics,
  { analysis, host }: Pick<Analyses, 'analysis' | 'host'>,
): void {
  const gauge = (name: string, help: string, read: () => number): void =>
    metrics.gauge({ name: `cryptopredict_analysis_${name}`, help, read });
  const counter = (name: string, help: string, read: () => number): void =>
    metrics.counter({ name: `cryptopredict_analysis_${name}`, help, read });
  gauge('assets_ready', 'Assets that are analysed', () => host.stats.ready);
  gauge('assets_failed', 'Assets whose history could not be read so far', () => host.stats.failed);
  gauge(
    'longest_turn_milliseconds',
    'Longest time that looks at the market held the event loop up in one turn',
    () => host.stats.longestTurnMs,
  );
  counter(
    'looks_total',
    'Closes of a timeframe at which the market was looked at',
    () => analysis.stats.looks,
  );
  counter(
    'late_candles_total',
    'Candles that closed after their timeframe was looked at',
    () => analysis.stats.lateCandles,
  );
  gauge('signals', 'Signals that are live', () => analysis.signals.live().length);
  gauge('portfolios', 'Portfolios that are valued', () => analysis.portfolios.portfolioIds.length);
}
