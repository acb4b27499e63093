import { DAY_MS, HOUR_MS } from '../../../timeframe.js';
import { ANALYSIS_SET } from '../columns.js';
import { type Frame, isCurrent } from '../frame.js';
import { Gaps } from '../gaps.js';
import type { AnalysisAsset } from '../market.js';
import { closeBefore } from '../metrics/candle-lookup.js';
import { fourDecimals } from '../statistics.js';
import { outlookOf } from './outlook.js';
import { returnPath } from './return-path.js';
import { type AssetScore, COMPONENT_NAMES, COMPONENTS } from './score.js';
import type { MarketScores } from './scores.js';
import { sectorCorrelation } from './sector-correlation.js';
import { type ActiveSignals, agreementOf } from './signal-reader.js';
import { componentsOf } from './watchlist-analysis.js';
import { type Horizon, horizonOf } from './windows.js';

export type RiskGrade = 'low' | 'medium' | 'high' | 'extreme';
export type AssetAdvice = 'strong_buy' | 'buy' | 'hold' | 'sell' | 'strong_sell';

/** What `assets.analysis` answers. */
export interface AssetAnalysis {
  readonly symbol: string;
  readonly current_analysis: Readonly<Record<string, unknown>>;
  readonly performance_metrics: Readonly<Record<string, number | null>>;
  /** Null: the asset has no score. */
  readonly recommendation: AssetAdvice | null;
  /** Why fields are null. */
  readonly missing: Readonly<Record<string, string>>;
}

const YEAR_MS = 365 * DAY_MS;
/** Annualised volatilities from which on a risk is medium, high and extreme. */
const RISK_BOUNDS = [0.4, 0.8, 1.2] as const;

/**
 * Says all that is known of one asset at a moment, of the frame's timeframe; takes some ten thousand steps, so for who
 * asks and not for every tick. Null: it is not served.
 *
 * @throws RangeError if the scores are not of 1h, 4h or 1d
 */
export function assetAnalysis(
  market: MarketScores,
  asset: number,
  signals: ActiveSignals,
): AssetAnalysis | null {
  const { frame } = market;
  const score = market.of(asset);
  const served = frame.market.asset(asset);
  if (score === undefined || served === undefined) return null;
  const horizon = horizonOf(frame.timeframe);
  const gaps = new Gaps();
  const late = score.missing.score ?? `it has no candles of ${horizon.words}`;
  const figures = performanceOf(frame, asset, horizon, gaps, late);
  return {
    symbol: score.symbol,
    current_analysis: {
      timeframe: horizon.timeframe,
      time: frame.time,
      is_forming: frame.isForming,
      price: gaps.number('price', score.price, late),
      score: gaps.number('score', score.score, late),
      rank: gaps.number('rank', score.rank, late),
      ranked_assets: market.all.filter(({ rank }) => rank !== null).length,
      components: componentsOf(score),
      outlook: gaps.value('outlook', score.direction === null ? null : outlookOf(score.direction), late),
      ai_confidence: gaps.number('ai_confidence', agreementOfComponents(score), late),
      risk_level: gaps.value('risk_level', riskOf(figures.volatility_annual ?? null), late),
      technical_indicators: indicatorsOf(frame, asset, gaps),
      sentiment_score: sentimentOf(frame, gaps),
      sector_correlation: correlationOf(frame, served, horizon, gaps),
      signal_agreement: gaps.number(
        'signal_agreement',
        agreementOf(signals.activeOf(asset)),
        'no signal is active',
      ),
      active_signals: signals.activeOf(asset).flatMap(({ id }) => (id === null ? [] : [id])),
    },
    performance_metrics: figures,
    recommendation: score.score === null ? null : adviceOf(score),
    missing: { ...score.missing, ...gaps.missing },
  };
}

/** Grades by score, and no buying against the direction, or selling with it. */
function adviceOf({ score, direction }: AssetScore): AssetAdvice {
  const [value, up] = [score ?? 0.5, direction ?? 0.5];
  if (value >= 0.75 && up > 0.55) return 'strong_buy';
  if (value >= 0.6 && up > 0.5) return 'buy';
  if (value <= 0.25 && up < 0.45) return 'strong_sell';
  if (value <= 0.4 && up < 0.5) return 'sell';
  return 'hold';
}

/** Share of the directional weights that lie on the side of the direction, times the share of weights that is known. */
function agreementOfComponents({ components, direction, coverage }: AssetScore): number | null {
  if (direction === null) return null;
  let agreeing = 0;
  let total = 0;
  for (const name of COMPONENT_NAMES) {
    const found = components[name];
    if (found === undefined || !COMPONENTS[name].isDirectional) continue;
    total += found.weight;
    if (found.value > 0.5 === direction > 0.5) agreeing += found.weight;
  }
  return total === 0 ? null : fourDecimals(Math.min(1, (agreeing / total) * coverage));
}

function riskOf(volatility: number | null): RiskGrade | null {
  if (volatility === null) return null;
  const [medium, high, extreme] = RISK_BOUNDS;
  if (volatility < medium) return 'low';
  if (volatility < high) return 'medium';
  return volatility < extreme ? 'high' : 'extreme';
}

function indicatorsOf(frame: Frame, asset: number, gaps: Gaps): Readonly<Record<string, number | null>> {
  const current = isCurrent(frame, asset);
  return Object.fromEntries(
    ANALYSIS_SET.columns.map((name, column) => {
      const value = current ? frame.series.value(asset, frame.timeframe, column) : Number.NaN;
      return [name, gaps.number(`technical_indicators.${name}`, value, 'it needs more candles')];
    }),
  );
}

/** Fear & Greed, 0–1: of the market, since no source tells of single coins. */
function sentimentOf({ external, time }: Frame, gaps: Gaps): number | null {
  const value = external.value('fear_greed_index', time);
  return gaps.number(
    'sentiment_score',
    value === null ? null : value / 100,
    external.reason('fear_greed_index', time),
  );
}

function correlationOf(frame: Frame, asset: AnalysisAsset, horizon: Horizon, gaps: Gaps): number | null {
  const value = isCurrent(frame, asset.asset) ? sectorCorrelation(frame, asset, horizon) : Number.NaN;
  const reason =
    asset.sectorId === null
      ? 'its sector is not known'
      : `no other asset of its sector moves and has candles of ${horizon.words}`;
  return gaps.number('sector_correlation', value, reason);
}

/** Returns in percent; the window is the horizon of the frame's timeframe. */
function performanceOf(
  frame: Frame,
  asset: number,
  horizon: Horizon,
  gaps: Gaps,
  late: string,
): Readonly<Record<string, number | null>> {
  const { series, timeframe } = frame;
  const { candleMs, words } = horizon;
  const current = isCurrent(frame, asset);
  const path = current ? returnPath(series, asset, timeframe, horizon) : null;
  const change = (name: string, spanMs: number): number | null => {
    // By the clock and not by candles: while a day forms, the one before it ended less than a day ago.
    const before = current ? closeBefore(frame, asset, spanMs) : Number.NaN;
    const value = (series.close(asset, timeframe, 0) / before - 1) * 100;
    return gaps.number(`performance_metrics.${name}`, value, `${late}, or not far enough back`);
  };
  const yearly = YEAR_MS / candleMs;
  const known = (name: string, value: number | undefined): number | null =>
    gaps.number(
      `performance_metrics.${name}`,
      value ?? null,
      current ? `it has no candles of ${words}, or its price has not moved` : late,
    );
  return {
    return_24h_pct: change('return_24h_pct', DAY_MS),
    return_7d_pct: change('return_7d_pct', 7 * DAY_MS),
    return_30d_pct: change('return_30d_pct', 30 * DAY_MS),
    // Standard deviation of the logarithmic returns × √(candles of a year).
    volatility_annual: known(
      'volatility_annual',
      path === null ? undefined : path.deviation * Math.sqrt(yearly),
    ),
    // Sharpe 1994, without a riskless rate.
    sharpe_ratio: known(
      'sharpe_ratio',
      path === null || path.deviation === 0 ? undefined : (path.mean / path.deviation) * Math.sqrt(yearly),
    ),
    below_high_pct: known('below_high_pct', path === null ? undefined : (1 - Math.exp(-path.fall)) * 100),
    above_low_pct: known('above_low_pct', path === null ? undefined : (Math.exp(path.rise) - 1) * 100),
    window_hours: (horizon.candles * candleMs) / HOUR_MS,
  };
}
