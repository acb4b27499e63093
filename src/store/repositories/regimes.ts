import type { Timeframe } from '../../timeframe.js';
import { type BucketedRange, buckets, Conditions, type TimeRange, timeAt } from '../conditions.js';
import { type KeyedRow, Keyset, type Page, type PageRequest } from '../keyset.js';
import {
  type AnalysisSource,
  type MarketRegime,
  type NewRegime,
  REGIMES,
  type RegimeRecord,
} from '../market-records.js';
import type { Queryable } from '../pool.js';

/** Which analyses: those of snapshots of one data source, and not of a backtest unless it is asked for. */
export interface RegimeSeries {
  /** Of the snapshots, such as `binance`. */
  readonly dataSource: string;
  readonly timeframe: Timeframe;
  /** Default: what the server found as it ran, which of made up prices is a `simulation`. */
  readonly source?: AnalysisSource;
}

/** How often one regime was followed by another, or by itself. */
export interface RegimeTransition {
  readonly from: MarketRegime;
  readonly to: MarketRegime;
  readonly count: number;
}

const NEWEST = new Keyset('regimes', 'DESC', [
  { sql: 'r.analysis_time', type: 'time' },
  { sql: 'r.id', type: 'integer' },
]);

/** The analyses of `$1` data source, `$2` timeframe, `$3` source. */
const SERIES = `ai_regime_analysis r JOIN metrics_snapshot m ON m.id = r.metrics_snapshot_id AND m.data_source = $1
  WHERE r.analysis_timeframe = $2 AND r.data_source = $3`;

/** Writes analyses; one that is there by model, snapshot, timeframe and source is written over. Gives their ids. */
export function upsertRegimes(
  database: Queryable,
  regimes: readonly NewRegime[],
): Promise<readonly number[]> {
  return REGIMES.upsert(database, regimes);
}

/** Gives the newest analysis of a series; null: it has none. */
export async function newestRegime(
  database: Queryable,
  { dataSource, timeframe, source }: RegimeSeries,
): Promise<RegimeRecord | null> {
  const { rows } = await database.query<RegimeRecord>(
    `SELECT ${REGIMES.select('r')} FROM ${SERIES} ORDER BY r.analysis_time DESC, r.id DESC LIMIT 1`,
    [dataSource, timeframe, sourceOf(dataSource, source)],
  );
  return rows[0] ?? null;
}

/** Gives the newest analysis of each timeframe that has one, the shortest timeframe first. */
export async function newestRegimeOfEach(
  database: Queryable,
  dataSource: string,
  source?: AnalysisSource,
): Promise<readonly RegimeRecord[]> {
  const { rows } = await database.query<RegimeRecord>(
    `SELECT ${REGIMES.select('r')} FROM unnest(enum_range(NULL::timeframe)) AS t (timeframe)
     CROSS JOIN LATERAL (
       SELECT a.* FROM ai_regime_analysis a JOIN metrics_snapshot m ON m.id = a.metrics_snapshot_id
       WHERE a.analysis_timeframe = t.timeframe AND a.data_source = $2 AND m.data_source = $1
       ORDER BY a.analysis_time DESC, a.id DESC LIMIT 1
     ) r
     ORDER BY t.timeframe`,
    [dataSource, sourceOf(dataSource, source)],
  );
  return rows;
}

/** Gives the analyses of a range, the newest first. */
export async function listRegimes(
  database: Queryable,
  query: RegimeSeries & TimeRange & PageRequest,
): Promise<Page<RegimeRecord>> {
  const where = new Conditions()
    .add(query.dataSource, (place) => `m.data_source = ${place}`)
    .add(query.timeframe, (place) => `r.analysis_timeframe = ${place}`)
    .add(sourceOf(query.dataSource, query.source), (place) => `r.data_source = ${place}`)
    .add(query.from, (place) => `r.analysis_time >= ${timeAt(place)}`)
    .add(query.to, (place) => `r.analysis_time < ${timeAt(place)}`);
  const { rows } = await database.query<RegimeRecord & KeyedRow>(
    `SELECT ${REGIMES.select('r')}, ${NEWEST.select}
     FROM ai_regime_analysis r JOIN metrics_snapshot m ON m.id = r.metrics_snapshot_id
     WHERE ${where.sql(NEWEST.after(query, where.values))} ${NEWEST.orderAndLimit(query, where.values)}`,
    where.values,
  );
  return NEWEST.page(query, rows, ({ page_key, ...regime }) => regime);
}

/**
 * Gives the last analysis of each bucket of a range that has one, the oldest first.
 *
 * @throws RangeError if the range has none or too many buckets
 */
export async function regimeHistory(
  database: Queryable,
  query: RegimeSeries & BucketedRange,
): Promise<readonly RegimeRecord[]> {
  const parts = buckets(query, 4);
  const { rows } = await database.query<RegimeRecord>(
    `SELECT ${REGIMES.select('h')} FROM ${parts.sql}
     CROSS JOIN LATERAL (
       SELECT r.* FROM ${SERIES}
         AND r.analysis_time >= greatest(bucket.start, ${timeAt('$7')})
         AND r.analysis_time < least(bucket.finish, ${timeAt('$8')})
       ORDER BY r.analysis_time DESC, r.id DESC LIMIT 1
     ) h
     ORDER BY h.analysis_time`,
    [
      query.dataSource,
      query.timeframe,
      sourceOf(query.dataSource, query.source),
      ...parts.values,
      query.from,
      query.to,
    ],
  );
  return rows;
}

/** Counts what followed what in a range, for a forecast. Of several models each is followed for itself. */
export async function regimeTransitions(
  database: Queryable,
  query: RegimeSeries & Required<TimeRange>,
): Promise<readonly RegimeTransition[]> {
  const { rows } = await database.query<RegimeTransition>(
    `SELECT "from", "to", count(*) AS count FROM (
       SELECT r.current_regime AS "from",
         lead(r.current_regime) OVER (PARTITION BY r.ai_model_id ORDER BY r.analysis_time, r.id) AS "to"
       FROM ${SERIES} AND r.analysis_time >= ${timeAt('$4')} AND r.analysis_time < ${timeAt('$5')}
     ) AS step
     WHERE "to" IS NOT NULL GROUP BY "from", "to" ORDER BY "from", "to"`,
    [query.dataSource, query.timeframe, sourceOf(query.dataSource, query.source), query.from, query.to],
  );
  return rows;
}

/** What a server finds as it runs is `live`, and of made up prices a `simulation`. */
function sourceOf(dataSource: string, source?: AnalysisSource): AnalysisSource {
  return source ?? (isMadeUp(dataSource) ? 'simulation' : 'live');
}

function isMadeUp(dataSource: string): boolean {
  return dataSource === 'demo' || dataSource.endsWith('-simulated');
}
