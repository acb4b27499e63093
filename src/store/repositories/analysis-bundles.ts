import type {
  NewHoldingAnalysis,
  NewPortfolioAnalysis,
  NewWatchlistAnalysis,
} from '../asset-analysis-records.js';
import { errorCode } from '../error-code.js';
import type { NewMetrics, NewRegime } from '../market-records.js';
import type { Queryable } from '../pool.js';
import type {
  NewCrossSectorAnalysis,
  NewRotationFlow,
  NewSectorAnalysis,
  NewSectorCandle,
} from '../sector-records.js';
import { upsertHoldingAnalyses, upsertPortfolioAnalyses, upsertWatchlistAnalyses } from './asset-analyses.js';
import { findSnapshot, upsertMetrics } from './metrics.js';
import { upsertRegimes } from './regimes.js';
import { upsertCrossSectorAnalyses, upsertRotationFlows, upsertSectorAnalyses } from './sector-analyses.js';
import { type SectorFigures, updateSectorFigures, upsertSectorHistory } from './sectors.js';

/** SQLSTATE. */
const FOREIGN_KEY_VIOLATION = '23503';
/** Deletions that may come in between. */
const TRIES = 5;

/** An analysis without what only the database knows: the snapshot's id. */
type Loose<Row> = Omit<Row, 'metricsSnapshotId'>;

/** All that one look at the market gave. Written again, it is the same rows. */
export interface AnalysisBundle {
  /** Null: there is none, such as without Bitcoin; then nothing that refers to a snapshot is written either. */
  readonly metrics: NewMetrics | null;
  /** Snapshot that the others refer to in place of `metrics`, as of a month, which has none of its own. */
  readonly borrowed?: Pick<NewMetrics, 'dataSource' | 'timeframe' | 'snapshotTime'> | null;
  readonly regime: Loose<NewRegime> | null;
  readonly sectors: readonly Loose<NewSectorAnalysis>[];
  /** One of each period, with what flows between its sectors. */
  readonly crosses: readonly {
    readonly cross: Loose<NewCrossSectorAnalysis>;
    readonly flows: readonly Omit<NewRotationFlow, 'aiCrossSectorAnalysisId'>[];
  }[];
  readonly sectorCandles: readonly NewSectorCandle[];
  readonly sectorFigures: readonly SectorFigures[];
  readonly watchlists: readonly Loose<NewWatchlistAnalysis>[];
  readonly portfolios: readonly Loose<NewPortfolioAnalysis>[];
  readonly holdings: readonly Loose<NewHoldingAnalysis>[];
}

/**
 * Writes bundles, the oldest first, in the caller's transaction. What is about a list, portfolio or holding that is gone
 * meanwhile is left out. Gives how many bundles were written.
 */
export async function writeBundles(
  connection: Queryable,
  bundles: readonly AnalysisBundle[],
): Promise<number> {
  for (const bundle of bundles) await writeBundle(connection, bundle);
  return bundles.length;
}

async function writeBundle(connection: Queryable, bundle: AnalysisBundle): Promise<void> {
  await upsertSectorHistory(connection, bundle.sectorCandles);
  await updateSectorFigures(connection, bundle.sectorFigures);
  const metricsSnapshotId = await snapshotOf(connection, bundle);
  if (metricsSnapshotId === null) return;
  const bound: Bound = (rows) => rows.map((row) => ({ ...row, metricsSnapshotId }));
  if (bundle.regime !== null) await upsertRegimes(connection, bound([bundle.regime]));
  await upsertSectorAnalyses(connection, bound(bundle.sectors));
  const ids = await upsertCrossSectorAnalyses(connection, bound(bundle.crosses.map(({ cross }) => cross)));
  const flows = bundle.crosses.flatMap((each, place) => {
    const aiCrossSectorAnalysisId = ids[place];
    if (aiCrossSectorAnalysisId === undefined) throw new Error('an analysis of the sectors has no id');
    return each.flows.map((flow) => ({ ...flow, aiCrossSectorAnalysisId }));
  });
  await upsertRotationFlows(connection, flows);
  await writeOwned(connection, bundle, bound);
}

/** Writes the bundle's snapshot, or finds the one that it borrows; null: there is none. */
async function snapshotOf(
  connection: Queryable,
  { metrics, borrowed }: AnalysisBundle,
): Promise<number | null> {
  if (metrics !== null) {
    const [id] = await upsertMetrics(connection, [metrics]);
    if (id === undefined) throw new Error('the snapshot has no id');
    return id;
  }
  return borrowed == null ? null : findSnapshot(connection, borrowed);
}

/** Adds the snapshot's id to rows. */
type Bound = <Row>(rows: readonly Row[]) => readonly (Row & { readonly metricsSnapshotId: number })[];

/**
 * Writes what is about users' own rows. One that is deleted between the look and the write is the transaction's fault,
 * not the bundle's: looked at again, it is not there.
 */
async function writeOwned(connection: Queryable, bundle: AnalysisBundle, bound: Bound): Promise<void> {
  const { watchlists, portfolios, holdings } = bundle;
  if (watchlists.length + portfolios.length + holdings.length === 0) return;
  for (let attempt = 1; ; attempt++) {
    await connection.query('SAVEPOINT owned');
    try {
      const lists = await present(connection, 'watchlists', watchlists, (row) => row.watchlistId);
      await upsertWatchlistAnalyses(connection, bound(lists));
      const held = await present(connection, 'portfolios', portfolios, (row) => row.portfolioId);
      await upsertPortfolioAnalyses(connection, bound(held));
      const open = await present(connection, 'portfolio_assets', holdings, (row) => row.portfolioAssetId);
      await upsertHoldingAnalyses(connection, bound(open));
      await connection.query('RELEASE SAVEPOINT owned');
      return;
    } catch (error) {
      if (errorCode(error) !== FOREIGN_KEY_VIOLATION || attempt === TRIES) throw error;
      await connection.query('ROLLBACK TO SAVEPOINT owned');
    }
  }
}

/** Gives the rows whose subject is still there. */
async function present<Row>(
  connection: Queryable,
  table: 'watchlists' | 'portfolios' | 'portfolio_assets',
  rows: readonly Row[],
  subject: (row: Row) => number,
): Promise<readonly Row[]> {
  if (rows.length === 0) return rows;
  const { rows: found } = await connection.query<{ id: number }>(
    `SELECT id FROM ${table} WHERE id = ANY ($1::integer[])`,
    [[...new Set(rows.map(subject))]],
  );
  const ids = new Set(found.map(({ id }) => id));
  return rows.filter((row) => ids.has(subject(row)));
}
