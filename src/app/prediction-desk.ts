import { REGIMES, type Regime } from '../engine/analysis/contexts.js';
import type { Pool } from '../store/pool.js';
import { activeModelId } from '../store/repositories/models.js';
import {
  dueRealizations,
  insertPredictions,
  realizePredictions,
  storedClose,
} from '../store/repositories/predictions.js';
import type { NewPrediction } from '../store/signal-records.js';
import { DAY_MS, HOUR_MS } from '../timeframe.js';
import type { AnalysisView } from '../ws/ports.js';

export interface PredictionDeskOptions {
  /** The server's own work. */
  readonly engine: Pool;
  readonly view: Pick<AnalysisView, 'regimeForecast' | 'metrics'>;
  /** Gives the asset that stands for the market; null: none is served. */
  readonly reference: () => number | null;
  /** Says whether all history is in: what is said before would be of the part that has come. */
  readonly isReady: () => boolean;
  /** The market's time, ms. */
  readonly now: () => number;
}

/** What one turn has done. */
export interface PredictionTurn {
  readonly made: number;
  readonly judged: number;
}

/** Days ahead that the regime is predicted for. */
const HORIZONS = [1, 7] as const;
const MODEL = 'macro_regime';
const LIMIT = 500;
/** More are due after a long pause only; the next turn goes on. */
const MOST_ROUNDS = 20;

/**
 * Says at each close of a day which regime there will be in 1 and 7 days, for everybody to see, and judges all predictions,
 * those of users too, whose time has come. Any number of servers may do so at once: the same is said once, and judged once.
 */
export class PredictionDesk {
  readonly #options: PredictionDeskOptions;
  /** The close that something was said of last, ms. */
  #said = 0;

  constructor(options: PredictionDeskOptions) {
    this.#options = options;
  }

  /** @throws what the database throws; what was done before stays */
  async turn(): Promise<PredictionTurn> {
    const made = this.#options.isReady() ? await this.#say() : 0;
    return { made, judged: await this.#judge() };
  }

  async #say(): Promise<number> {
    const { engine, reference, view, now } = this.#options;
    const forecasts = HORIZONS.flatMap((days) => forecastOf(view.regimeForecast('1d', days), days));
    const [first] = forecasts;
    const assetId = reference();
    if (first === undefined || assetId === null || first.time === this.#said) return 0;
    // Of a close of yesterday today's is awaited, and nothing is said afterwards.
    if (now() < first.time || now() - first.time >= DAY_MS) return 0;
    const inputPrice = await storedClose(engine, assetId, first.time);
    const aiModelId = await activeModelId(engine, MODEL);
    // Its candle is not written yet: the next turn sees it.
    if (inputPrice === null || aiModelId === null) return 0;
    const index = view.metrics('1h')?.fear_greed_index;
    const rows = forecasts.map(
      ({ time, current, chances, days }): NewPrediction => ({
        ...{ assetId, aiModelId, inputPrice, layerSource: 1, predictionType: 'event' },
        predictedValue: {
          ...{ regime: likeliest(chances), probabilities: chances, current_regime: current },
          ...{ timeframe: '1d', steps: days, as_of: time },
        },
        confidenceScore: chances[likeliest(chances)],
        predictionHorizon: (days * DAY_MS) / HOUR_MS,
        targetDatetime: time + days * DAY_MS,
        contextData: {
          macro_context: {
            market_regime: current,
            sentiment: typeof index === 'number' ? index / 100 : null,
          },
        },
      }),
    );
    const made = await insertPredictions(engine, rows);
    this.#said = first.time;
    return made.length;
  }

  async #judge(): Promise<number> {
    const { engine, now } = this.#options;
    let judged = 0;
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const due = await dueRealizations(engine, { now: now(), limit: LIMIT });
      judged += await realizePredictions(engine, due);
      if (due.length < LIMIT) break;
    }
    return judged;
  }
}

interface Forecast {
  /** Close that it is made at, ms. */
  readonly time: number;
  readonly days: number;
  readonly current: Regime;
  /** 0–1, of each regime. */
  readonly chances: Readonly<Record<Regime, number>>;
}

function forecastOf(found: ReturnType<AnalysisView['regimeForecast']>, days: number): readonly Forecast[] {
  if (found === null) return [];
  const { time, current_regime: current, probabilities: chances } = found as unknown as ForecastRow;
  return [{ time, days, current, chances }];
}

/** What `regimeForecast` gives. */
interface ForecastRow {
  readonly time: number;
  readonly current_regime: Regime;
  readonly probabilities: Readonly<Record<Regime, number>>;
}

/** Of equal chances the first. */
function likeliest(chances: Readonly<Record<Regime, number>>): Regime {
  return REGIMES.reduce((best, regime) => (chances[regime] > chances[best] ? regime : best));
}
