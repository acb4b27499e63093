import { DAY_MS, timeframeIndex } from '../../../timeframe.js';
import { EXTERNAL_FIGURES, type ExternalSeriesName } from '../external-book.js';
import type { Frame } from '../frame.js';
import { newestKnown } from '../metrics/candle-lookup.js';
import { clamp, correlation, meanKnown, unit } from '../statistics.js';
import type { RegimeAnalysis } from './analysis.js';
import { deviationOf } from './candle-window.js';
import type { Scene } from './scene.js';

const DAILY = timeframeIndex('1d');
/** Trading days of a change, and by which an earlier view is told from the present one. */
const SPAN = 20;
/** Closes that a change and its scale need. */
const LEAST_CLOSES = SPAN + 11;
/** Of the VIX; its mean since 1990 is about 20. */
const USUAL_VIX = 20;
const VIX_STEP = 8;
/** Returns of each of the two correlations that are compared. */
const CORRELATED = 30;

/** Whether the world's markets favour risk. */
export interface MacroView {
  /** −1…1; null: fewer than two of the four are known. */
  readonly score: number | null;
  /** As it was 20 trading days earlier. */
  readonly before: number | null;
  /** What each adds, −1…1; NaN: not known. */
  readonly parts: Readonly<Record<'sp500' | 'dxy' | 'vix' | 'us_10y', number>>;
}

/**
 * Reads the macro environment: the S&P 500 rising, and dollar and yields falling over 20 trading days (each against its
 * own random walk), and the VIX below 20, speak for risk.
 */
export function macroView(frame: Frame): MacroView {
  const view = (skip: number) => {
    const closes = (name: ExternalSeriesName) => freshCloses(frame, name, skip);
    const vix = closes('vix');
    return {
      sp500: change(closes('sp500')),
      dxy: -change(closes('dxy')),
      vix:
        vix.length === 0 ? Number.NaN : Math.tanh((USUAL_VIX - (vix[vix.length - 1] as number)) / VIX_STEP),
      us_10y: -change(closes('us_10y')),
    };
  };
  const parts = view(0);
  return { score: scoreOfParts(parts), before: scoreOfParts(view(SPAN)), parts };
}

function scoreOfParts(parts: MacroView['parts']): number | null {
  const known = Object.values(parts).filter((part) => Number.isFinite(part));
  return known.length < 2 ? null : clamp(meanKnown(known), -1, 1);
}

/** Closes that were known, without the newest `skip`; none if the newest is stale. */
function freshCloses({ external, time }: Frame, name: ExternalSeriesName, skip: number): readonly number[] {
  const closes = external.closes(name, time);
  const newest = closes.at(-1);
  if (newest === undefined || time - (newest.day + DAY_MS) > EXTERNAL_FIGURES[name].maxAgeMs) return [];
  return closes.slice(0, closes.length - skip).map(({ close }) => close);
}

/** Change over 20 closes against the deviation of the newest daily ones, −1…1; NaN: too few closes. */
function change(closes: readonly number[]): number {
  if (closes.length < LEAST_CLOSES) return Number.NaN;
  const used = closes.slice(-3 * SPAN - 1);
  const steps = used.slice(1).map((close, i) => close - (used[i] as number));
  const deviation = deviationOf(steps, 0, steps.length);
  const moved = (used.at(-1) as number) - (used[used.length - 1 - SPAN] as number);
  return deviation > 0 ? Math.tanh(moved / (deviation * Math.sqrt(SPAN))) : 0;
}

/**
 * How much the correlation of daily returns with the S&P 500 (common trading days, Pearson) has kept: 1 minus half the
 * difference of that of the newest 30 and that of the 30 before. Null: fewer than 61 common days.
 */
export function correlationStability(frame: Frame, asset: number): number | null {
  const { series, external, time } = frame;
  const known = newestKnown(frame, asset, DAILY);
  if (known === -1) return null;
  const coin = new Map<number, number>();
  const count = series.count(asset, DAILY);
  for (let back = known; back < count; back++) {
    coin.set(series.time(asset, DAILY, back), series.close(asset, DAILY, back));
  }
  const common = external
    .closes('sp500', time)
    .filter(({ day }) => coin.has(day))
    .slice(-2 * CORRELATED - 1);
  const newest = common.at(-1);
  if (common.length < 2 * CORRELATED + 1 || newest === undefined) return null;
  if (time - (newest.day + DAY_MS) > EXTERNAL_FIGURES.sp500.maxAgeMs) return null;
  const coins = common.map(({ day }) => coin.get(day) as number);
  const returns = (values: readonly number[]) =>
    values.slice(1).map((value, i) => Math.log(value / (values[i] as number)));
  const [a, b] = [returns(coins), returns(common.map(({ close }) => close))];
  const former = correlation(a.slice(0, CORRELATED), b.slice(0, CORRELATED));
  const latter = correlation(a.slice(CORRELATED), b.slice(CORRELATED));
  const stability = 1 - Math.abs(latter - former) / 2;
  return Number.isFinite(stability) ? unit(stability) : null;
}

/** Fields of the macro section. */
export function macroFields(
  { frame, asset, gaps }: Scene,
  { score, before }: MacroView,
): Pick<
  RegimeAnalysis,
  'macroRegimeAlignment' | 'correlationStability' | 'riskOnOffRegime' | 'globalRiskAppetite'
> {
  const reason = `fewer than two of S&P 500, DXY, VIX and 10-year yield have ${LEAST_CLOSES} daily closes: ${frame.external.reason('sp500', frame.time)}`;
  if (score === null) gaps.source('macro');
  const stability = correlationStability(frame, asset.asset);
  return {
    macroRegimeAlignment: gaps.value(
      'macro_regime_alignment',
      score === null ? null : score >= 0.25 ? 'supportive' : score <= -0.25 ? 'headwind' : 'neutral',
      reason,
    ),
    correlationStability: gaps.number(
      'correlation_stability',
      stability,
      `fewer than ${2 * CORRELATED + 1} common trading days of fresh S&P 500 closes and the coin’s`,
    ),
    riskOnOffRegime: gaps.value('risk_on_off_regime', score === null ? null : Math.abs(score) >= 0.5, reason),
    globalRiskAppetite: gaps.value(
      'global_risk_appetite',
      score === null ? null : appetite(score, before),
      reason,
    ),
  };
}

function appetite(score: number, before: number | null): RegimeAnalysis['globalRiskAppetite'] {
  if (before !== null && score * before < 0 && Math.abs(score - before) >= 0.5) return 'transitioning';
  if (score >= 1 / 3) return 'risk_on';
  return score <= -1 / 3 ? 'risk_off' : 'mixed';
}
