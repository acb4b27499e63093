import type { Broker } from '../../broker/broker.js';
import type { Publication } from '../../events.js';
import type { Logger } from '../../logger.js';
import type { Pool } from '../../store/pool.js';
import type { Readiness } from '../../ws/ports.js';
import type { Analyses } from '../analyses.js';
import { AnalysisPublisher } from '../analysis-publisher.js';
import { LiveAnalysisView } from '../analysis-view.js';
import type { LiveTables } from '../live-tables.js';
import type { Pipeline } from '../pipeline.js';
import type { Stopper } from '../stopper.js';
import { LiveScores } from './live-scores.js';
import type { LiveUserViews } from './live-user-views.js';
import { serveUserViews } from './serve-user-views.js';

export interface OpenViewsOptions {
  readonly pipeline: Pipeline;
  readonly analyses: Analyses;
  readonly broker: Broker<Publication>;
  readonly tables: LiveTables;
  /** Of the engine's role. */
  readonly pool: Pool;
  readonly ready: Readiness;
  readonly logger: Logger;
  /** Our clock, ms since the epoch. */
  readonly now: () => number;
}

/** What the gateway sees of the analyses. */
export interface Views {
  readonly view: LiveAnalysisView;
  readonly userViews: LiveUserViews;
}

/** How long a stop waits for what is being computed, ms. */
const STOP_MS = 300;

/** Begins to compute and to publish what somebody watches of the analyses, the market's and the users'. */
export async function openViews(options: OpenViewsOptions, stopper: Stopper): Promise<Views> {
  const { pipeline, analyses, broker, tables, pool, ready, logger, now } = options;
  const { analysis, dataSource } = analyses;
  const numbers = new Map(pipeline.served.map(({ asset, market: { symbol } }) => [symbol, asset]));
  const isSimulated = ready.simulated;
  const scores = new LiveScores(analysis);
  const view = new LiveAnalysisView({ analysis, scores, dataSource, isSimulated, numbers, now });
  const publisher = new AnalysisPublisher(view, broker, now);
  publisher.start();
  await stopper.add('channels of the analyses', () => publisher.stop(), STOP_MS);
  const userViews = await serveUserViews(
    {
      ...{ pipeline, analyses, view, scores, broker, tables, pool, logger, now },
      notReady: () => ready.notReady(),
    },
    stopper,
  );
  analyses.onLooked = (result) => {
    publisher.looked(result);
    userViews.looked(result);
  };
  return { view, userViews };
}
