import type { Logger } from '../logger.js';
import type { Pool } from '../store/pool.js';
import type { AnalysisView, Readiness } from '../ws/ports.js';
import type { Analyses } from './analyses.js';
import { ModelDesk } from './model-desk.js';
import type { Periodic } from './periodic.js';
import { PredictionDesk } from './prediction-desk.js';

export interface DesksOptions {
  /** Of the engine's role. */
  readonly pool: Pool;
  readonly analyses: Pick<Analyses, 'analysis' | 'host' | 'dataSource'>;
  readonly view: AnalysisView;
  readonly readiness: Readiness;
  /** How many symbols are served. */
  readonly served: number;
  /** The market's time, ms. */
  readonly now: () => number;
  readonly logger: Logger;
}

/** How often it is looked what is to be predicted and judged. */
const PREDICTIONS_MS = 30_000;
/** How often it is looked what admins ask of models. */
const MODELS_MS = 5_000;

/** Has predictions made and judged, and jobs of models done, as long as `periodic` runs. */
export function startDesks(periodic: Periodic, options: DesksOptions): void {
  const { pool, analyses, view, readiness, served, now, logger } = options;
  const { analysis, host, dataSource } = analyses;
  const predictions = new PredictionDesk({
    ...{ engine: pool, view, now },
    reference: () => analysis.market.reference('BTC')?.assetId ?? null,
    isReady: () => readiness.notReady() === null && host.stats.ready === served && !host.isBusy,
  });
  periodic.every(PREDICTIONS_MS, 'predictions', () => predictions.turn());
  const models = new ModelDesk({ engine: pool, dataSource, now, logger });
  periodic.every(MODELS_MS, 'jobs of models', () => models.turn());
}
