import type { z } from 'zod';
import { ANALYSIS_HEAD_FIELDS, REGIME_FIELDS } from '../../analysis-fields.js';
import type { LAYER1_METHODS, regimeSummary as summaryFields } from '../../api/layer1.js';
import { RequestError } from '../../errors.js';
import type { AnalysisMap } from '../ports.js';
import { analysesOf, fieldsIn, numberIn, reasonsOf, valueIn, warm, withMissing } from './analyses.js';
import type { Handlers } from './handler.js';

type Methods = typeof LAYER1_METHODS;
type Regime = z.input<Methods['layer1.marketRegime']['result']>;
type Columns = Pick<Regime, (typeof REGIME_FIELDS)[number]>;
type Summary = Pick<Regime, keyof typeof summaryFields>;
type Forecast = z.input<Methods['layer1.regimeForecast']['result']>;

const UNITS = { h: '1h', d: '1d', w: '1w' } as const;
const MOST_STEPS = 90;

export const layer1RegimeHandlers: Pick<
  Handlers<Methods>,
  'layer1.marketRegime' | 'layer1.regimeForecast'
> = {
  'layer1.marketRegime': ({ timeframe }, context) => {
    const found = warm(context, `the regime of ${timeframe}`, analysesOf(context).regime(timeframe));
    const columns = fieldsIn<Columns>(found, REGIME_FIELDS);
    return withMissing({ timeframe, ...regimeSummary(found), ...columns }, regimeReasons(found));
  },

  'layer1.regimeForecast': ({ horizon }, context) => {
    const steps = Number(horizon.slice(0, -1));
    if (steps > MOST_STEPS) {
      throw new RequestError('invalid_params', `horizon: at most ${MOST_STEPS} candles ahead`, 'horizon');
    }
    const timeframe = UNITS[horizon.slice(-1) as keyof typeof UNITS];
    const view = analysesOf(context);
    const what = `a forecast of the regime of ${timeframe}`;
    const found = warm(context, what, view.regimeForecast(timeframe, steps));
    return { horizon, timeframe, steps, ...fieldsIn<ForecastFields>(found, FORECAST_FIELDS) };
  },
};

const FORECAST_FIELDS = ['current_regime', 'probabilities', 'statistics', ...ANALYSIS_HEAD_FIELDS] as const;
type ForecastFields = Pick<Forecast, (typeof FORECAST_FIELDS)[number]>;

/** Gives a regime by the names of the documents. */
export function regimeSummary(row: AnalysisMap): Summary {
  return {
    regime: valueIn<NonNullable<Summary['regime']>>(row, 'current_regime'),
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
