import { Conditions, type TimeRange, timeAt } from '../conditions.js';
import { type KeyedRow, Keyset, type Page, type PageRequest } from '../keyset.js';
import type { Queryable } from '../pool.js';
import {
  type AnalysisPeriod,
  CROSS_SECTOR_ANALYSES,
  type CrossSectorAnalysis,
  type NewCrossSectorAnalysis,
  type NewRotationFlow,
  type NewSectorAnalysis,
  ROTATION_FLOWS,
  SECTOR_ANALYSES,
  type SectorAnalysis,
} from '../sector-records.js';

/** An analysis of all sectors, and what flows between them. */
export interface SectorRotation {
  readonly analysis: CrossSectorAnalysis;
  /** The strongest first. */
  readonly flows: readonly NamedFlow[];
}

export interface NamedFlow {
  readonly fromSectorId: number;
  readonly fromSector: string;
  readonly toSectorId: number;
  readonly toSector: string;
  /** 0–1. */
  readonly score: number;
}

const NEWEST = new Keyset('sector_analyses', 'DESC', [
  { sql: 'a.analysis_time', type: 'time' },
  { sql: 'a.id', type: 'integer' },
]);

/** Writes analyses; one that is there by model, snapshot, sector and period is written over. Gives their ids. */
export function upsertSectorAnalyses(
  database: Queryable,
  analyses: readonly NewSectorAnalysis[],
): Promise<readonly number[]> {
  return SECTOR_ANALYSES.upsert(database, analyses);
}

/** Writes analyses; one that is there by model, snapshot and period is written over. Gives their ids. */
export function upsertCrossSectorAnalyses(
  database: Queryable,
  analyses: readonly NewCrossSectorAnalysis[],
): Promise<readonly number[]> {
  return CROSS_SECTOR_ANALYSES.upsert(database, analyses);
}

/** Writes flows; one that is there by its analysis and its two sectors is written over. Gives their ids. */
export function upsertRotationFlows(
  database: Queryable,
  flows: readonly NewRotationFlow[],
): Promise<readonly number[]> {
  return ROTATION_FLOWS.upsert(database, flows);
}

/** Gives the analyses of a sector in a range, made of snapshots of a data source, the newest first. */
export async function listSectorAnalyses(
  database: Queryable,
  query: {
    readonly sectorId: number;
    readonly dataSource: string;
    readonly period: AnalysisPeriod;
  } & TimeRange &
    PageRequest,
): Promise<Page<SectorAnalysis>> {
  const where = new Conditions()
    .add(query.sectorId, (place) => `a.sector_id = ${place}`)
    .add(query.dataSource, (place) => `m.data_source = ${place}`)
    .add(query.period, (place) => `a.timeframe = ${place}`)
    .add(query.from, (place) => `a.analysis_time >= ${timeAt(place)}`)
    .add(query.to, (place) => `a.analysis_time < ${timeAt(place)}`);
  const { rows } = await database.query<SectorAnalysis & KeyedRow>(
    `SELECT ${SECTOR_ANALYSES.select('a')}, ${NEWEST.select}
     FROM ai_sector_analysis a JOIN metrics_snapshot m ON m.id = a.metrics_snapshot_id
     WHERE ${where.sql(NEWEST.after(query, where.values))} ${NEWEST.orderAndLimit(query, where.values)}`,
    where.values,
  );
  return NEWEST.page(query, rows, ({ page_key, ...analysis }) => analysis);
}

/** Gives the newest analysis of all sectors with its flows; null: there is none. */
export async function newestRotation(
  database: Queryable,
  dataSource: string,
  period: AnalysisPeriod,
): Promise<SectorRotation | null> {
  const { rows } = await database.query<CrossSectorAnalysis>(
    `SELECT ${CROSS_SECTOR_ANALYSES.select('a')}
     FROM ai_cross_sector_analysis a JOIN metrics_snapshot m ON m.id = a.metrics_snapshot_id
     WHERE a.timeframe = $2 AND m.data_source = $1 ORDER BY a.analysis_time DESC, a.id DESC LIMIT 1`,
    [dataSource, period],
  );
  const [analysis] = rows;
  if (analysis === undefined) return null;
  const { rows: flows } = await database.query<NamedFlow>(
    `SELECT f.from_sector_id AS "fromSectorId", s.name AS "fromSector", f.to_sector_id AS "toSectorId",
       t.name AS "toSector", f.score::float8 AS score
     FROM sector_rotation_flows f
     JOIN sectors s ON s.id = f.from_sector_id JOIN sectors t ON t.id = f.to_sector_id
     WHERE f.ai_cross_sector_analysis_id = $1 ORDER BY f.score DESC, f.id`,
    [analysis.id],
  );
  return { analysis, flows };
}
