import { z } from 'zod';
import { REGIME_FIELDS } from '../../analysis-fields.js';
import { CHANNEL_KINDS } from '../../channels.js';
import { RequestError } from '../../errors.js';
import type { AnalysisMap } from '../ports.js';
import { analysesOf, type Item, numberIn, reasonsOf, warm, withMissing } from './analyses.js';
import type { Method } from './registry.js';

const { timeframes } = CHANNEL_KINDS.regime;

const regimeParams = z.strictObject({ timeframe: z.enum(timeframes).default('1d') });

/** The market's regime as it stands now, with all that it was found by. */
export const layer1MarketRegime: Method<typeof regimeParams> = {
  name: 'layer1.marketRegime',
  params: regimeParams,
  handle({ timeframe }, context) {
    const found = warm(context, `the regime of ${timeframe}`, analysesOf(context).regime(timeframe));
    const columns = Object.fromEntries(REGIME_FIELDS.map((field) => [field, found[field] ?? null]));
    return withMissing({ timeframe, ...regimeSummary(found), ...columns }, regimeReasons(found));
  },
};

/** Gives a regime by the names of the documents. */
export function regimeSummary(row: AnalysisMap): Item {
  return {
    regime: row.current_regime ?? null,
    confidence: numberIn(row, 'regime_confidence'),
    risk_level: riskLevel(numberIn(row, 'volatility_regime_score')),
    trend_strength: numberIn(row, 'trend_strength_score'),
    recommended_exposure: null,
    last_updated: numberIn(row, 'time') ?? numberIn(row, 'analysis_time'),
  };
}

/** Gives why fields of `regimeSummary`, and columns, are null. */
export function regimeReasons(row: AnalysisMap): Readonly<Record<string, string>> {
  const reasons = reasonsOf(row);
  return {
    ...reasons,
    risk_level: reasons.volatility_regime_score ?? 'the volatility of the past is not known',
    trend_strength: reasons.trend_strength_score ?? 'the strength of the trend is not known',
    recommended_exposure:
      'no share of capital is recommended; risk_adjustment_factor and position_sizing_guidance are',
  };
}

/** By the rank of the volatility in its past, as other layers call it low and high. */
function riskLevel(volatility: number | null): 'low' | 'medium' | 'high' | null {
  if (volatility === null) return null;
  if (volatility < 0.3) return 'low';
  return volatility > 0.7 ? 'high' : 'medium';
}

const UNITS = { h: '1h', d: '1d', w: '1w' } as const;
const MOST_STEPS = 90;

const forecastParams = z.strictObject({
  /** Whole hours, days or weeks ahead: as many closed candles of that length. */
  horizon: z
    .string()
    .regex(/^[1-9]\d{0,2}[hdw]$/, 'has to be a number of hours, days or weeks, such as 12h, 7d or 4w')
    .default('7d'),
});

/** The chances of each regime some time ahead, by what followed what in the past. */
export const layer1RegimeForecast: Method<typeof forecastParams> = {
  name: 'layer1.regimeForecast',
  params: forecastParams,
  handle({ horizon }, context) {
    const steps = Number(horizon.slice(0, -1));
    if (steps > MOST_STEPS) {
      throw new RequestError('invalid_params', `horizon: at most ${MOST_STEPS} candles ahead`, 'horizon');
    }
    const timeframe = UNITS[horizon.slice(-1) as keyof typeof UNITS];
    const view = analysesOf(context);
    const what = `a forecast of the regime of ${timeframe}`;
    return { horizon, timeframe, steps, ...warm(context, what, view.regimeForecast(timeframe, steps)) };
  },
};
