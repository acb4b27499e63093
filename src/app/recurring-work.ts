import type { Logger } from '../logger.js';
import { type Pool, transaction } from '../store/pool.js';
import type { AssetRepository } from '../store/repositories/assets.js';
import { readPriceHistory } from '../store/repositories/price-history.js';
import { expireForgottenSignals } from '../store/repositories/signal-ends.js';
import { MINUTE_MS } from '../timeframe.js';
import type { AnalysisView, Readiness } from '../ws/ports.js';
import type { Analyses } from './analyses.js';
import { startDesks } from './desks.js';
import { assetFigures } from './figures.js';
import { Periodic } from './periodic.js';
import type { Pipeline } from './pipeline.js';

/** How often prices and changes of `assets` are brought up to date. */
const FIGURES_MS = 60_000;
/** How often it is written how far prices have gone of live signals. */
const EXCURSIONS_MS = 60_000;
/** How often signals of assets that are not served any more are looked for. */
const FORGOTTEN_MS = 600_000;
/** How often it is looked what admins have decided. */
const RECOMMENDATIONS_MS = 10_000;

/** What the work is done on. */
export interface RecurringParts {
  readonly pipeline: Pipeline;
  readonly analyses: Analyses;
  readonly view: AnalysisView;
  readonly readiness: Readiness;
  readonly assets: AssetRepository;
  readonly pool: Pool;
  readonly formingWriteMs: number;
  readonly checkpoint: { readonly minutes: number; readonly write: () => Promise<void> };
  /** The market's own time, ms. */
  readonly marketNow: () => number;
  readonly logger: Logger;
}

/** Does what has to be done again and again; its `stop` ends it. */
export function startRecurringWork(parts: RecurringParts): Periodic {
  const { pipeline, analyses, view, readiness, assets, pool, checkpoint, marketNow, logger } = parts;
  const { engine, served, persistence } = pipeline;
  const periodic = new Periodic(logger);
  periodic.every(parts.formingWriteMs, 'forming candles', () => persistence.writeForming());
  const ids = served.map((asset) => asset.assetId);
  periodic.every(FIGURES_MS, 'asset figures', async () => {
    const moment = marketNow();
    const past = await readPriceHistory(pool, ids, moment);
    const coinOf = (base: string) => analyses.analysis.external.coin(base, moment);
    await assets.updateFigures(assetFigures(engine, served, past, coinOf));
  });
  periodic.every(EXCURSIONS_MS, 'excursions of signals', () => analyses.noteExcursions());
  periodic.every(FORGOTTEN_MS, 'forgotten signals', () =>
    transaction(pool, (connection) => expireForgottenSignals(connection, ids)),
  );
  periodic.every(RECOMMENDATIONS_MS, 'recommendations', () => analyses.recommendations());
  startDesks(periodic, { pool, analyses, view, readiness, served: served.length, now: marketNow, logger });
  if (checkpoint.minutes > 0) {
    periodic.every(checkpoint.minutes * MINUTE_MS, 'checkpoint', () => checkpoint.write());
  }
  return periodic;
}
