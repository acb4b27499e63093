import { type AnalysisBundle, writeBundles } from '../repositories/analysis-bundles.js';
import { writeInTransactions } from '../retry.js';
import type { Lane } from './lane.js';

/** A snapshot with the analyses of an hour's close: some sixty sectors, lists and positions of a kilobyte each. */
const ROW_BYTES = 60_000;

/** What each look at the market gave, on its way to the tables of metrics and analyses. */
export const analysesLane: Lane<AnalysisBundle> = {
  name: 'analyses',
  kind: 'lossless',
  priority: 4,
  isUrgent: false,
  maxBatchRows: 10,
  maxAgeMs: 200,
  maxMemoryRows: 2_000,
  maxStuckRows: 4_000,
  rowBytes: () => ROW_BYTES,
  write: (pool, batch) => writeInTransactions(pool, batch, writeBundles),
  revive: (value) => {
    const bundle = value as AnalysisBundle | null;
    const isBundle =
      typeof bundle === 'object' &&
      bundle !== null &&
      [bundle.sectors, bundle.crosses, bundle.sectorCandles, bundle.sectorFigures].every(Array.isArray) &&
      [bundle.watchlists, bundle.portfolios, bundle.holdings].every(Array.isArray);
    if (!isBundle) throw new TypeError('not a bundle of analyses');
    return bundle;
  },
};
