import type { Timeframe } from '../../timeframe.js';
import { Conditions, type TimeRange, timeAt } from '../conditions.js';
import { type KeyedRow, Keyset, type Page, type PageRequest } from '../keyset.js';
import type { Queryable } from '../pool.js';
import {
  type AnalysisPeriod,
  type NewSectorCandle,
  SECTOR_ANALYSES,
  SECTOR_HISTORY,
  type SectorAnalysis,
  type SectorCandle,
} from '../sector-records.js';

/** A row of `sectors`. Sums are decimal text as stored, in USD. */
export interface SectorRecord {
  readonly id: number;
  readonly coingeckoId: string;
  readonly name: string;
  readonly description: string;
  readonly marketCap: string | null;
  readonly marketCapChange24h: string | null;
  readonly volume24h: string | null;
  readonly metricsDetails: Readonly<Record<string, unknown>> | null;
  /** Ids of assets, the largest first; such that are gone may be among them. */
  readonly top3CoinsId: readonly number[] | null;
  readonly assetCount: number;
  /** Newest one of the period; null: there is none. */
  readonly analysis: SectorAnalysis | null;
}

/** What analyses a sector is shown with, and of which data source its assets are counted. */
export interface SectorView {
  readonly dataSource: string;
  readonly period: AnalysisPeriod;
}

/** Which sector an asset belongs to. */
export interface AssetSector {
  readonly assetId: number;
  readonly sectorId: number;
  readonly sectorName: string;
  readonly isPrimary: boolean;
}

/** Market cap of a sector now, and its changes in percent; null: not known then, or now. */
export interface SectorPerformance {
  readonly marketCap: string | null;
  readonly volume24h: string | null;
  /** ms; null: the series has no row. */
  readonly at: number | null;
  readonly change24h: number | null;
  readonly change7d: number | null;
  readonly change30d: number | null;
}

interface SectorSeries {
  readonly sectorId: number;
  readonly dataSource: string;
  readonly timeframe: Timeframe;
}

const PREFIX = 'analysis.';
const ANALYSIS_ID = `${PREFIX}id`;

/** `$1` data source, `$2` period. One descent of the index for each sector's analysis. */
const SECTORS = `s.id, s.coingecko_id AS "coingeckoId", s.name, s.description, s.market_cap AS "marketCap",
  s.market_cap_change_24h AS "marketCapChange24h", s.volume_24h AS "volume24h",
  s.metrics_details AS "metricsDetails", s.top_3_coins_id AS "top3CoinsId",
  (SELECT count(*) FROM sector_mapping sm JOIN assets c ON c.id = sm.asset_id
   WHERE sm.sector_id = s.id AND c.is_active AND c.data_source = $1) AS "assetCount",
  ${SECTOR_ANALYSES.select('newest', PREFIX)}
  FROM sectors s LEFT JOIN LATERAL (
    SELECT a.* FROM ai_sector_analysis a JOIN metrics_snapshot m ON m.id = a.metrics_snapshot_id
    WHERE a.sector_id = s.id AND a.timeframe = $2 AND m.data_source = $1
    ORDER BY a.analysis_time DESC, a.id DESC LIMIT 1
  ) newest ON true`;

const BY_ID = new Keyset('sectors', 'ASC', [{ sql: 's.id', type: 'integer' }]);
const NEWEST = new Keyset('sector_history', 'DESC', [{ sql: 'h.candle_time', type: 'time' }]);

/** Gives the active sectors by ascending id, each with its newest analysis. */
export async function listSectors(
  database: Queryable,
  query: SectorView & PageRequest,
): Promise<Page<SectorRecord>> {
  const values: unknown[] = [query.dataSource, query.period];
  const { rows } = await database.query<KeyedRow>(
    `SELECT ${BY_ID.select}, ${SECTORS}
     WHERE s.is_active AND ${BY_ID.after(query, values)} ${BY_ID.orderAndLimit(query, values)}`,
    values,
  );
  return BY_ID.page(query, rows, ({ page_key, ...row }) => toRecord(row));
}

/** Gives the active sectors as the analyses take them, by ascending id. */
export async function analysedSectors(
  database: Queryable,
): Promise<readonly { readonly id: number; readonly name: string; readonly coingeckoId: string }[]> {
  const { rows } = await database.query<{ id: number; name: string; coingeckoId: string }>(
    'SELECT id, name, coingecko_id AS "coingeckoId" FROM sectors WHERE is_active ORDER BY id',
  );
  return rows;
}

/** Gives those of the sectors that there are, by ascending id, active or not: to be shown, or to be compared. */
export async function getSectors(
  database: Queryable,
  ids: readonly number[],
  { dataSource, period }: SectorView,
): Promise<readonly SectorRecord[]> {
  const { rows } = await database.query<Readonly<Record<string, unknown>>>(
    `SELECT ${SECTORS} WHERE s.id = ANY($3::int[]) ORDER BY s.id`,
    [dataSource, period, ids],
  );
  return rows.map(toRecord);
}

/** Gives the sectors of assets, those of an asset side by side and the primary one first. */
export async function sectorsOfAssets(
  database: Queryable,
  assetIds: readonly number[],
): Promise<readonly AssetSector[]> {
  const { rows } = await database.query<AssetSector>(
    `SELECT sm.asset_id AS "assetId", s.id AS "sectorId", s.name AS "sectorName",
       sm.is_primary_sector AS "isPrimary"
     FROM sector_mapping sm JOIN sectors s ON s.id = sm.sector_id
     WHERE sm.asset_id = ANY($1::int[]) ORDER BY sm.asset_id, sm.is_primary_sector DESC, s.id`,
    [assetIds],
  );
  return rows;
}

/** Figures of a sector as `sectors` holds them, of real prices only; null: not known. */
export interface SectorFigures {
  readonly sectorId: number;
  /** US dollars. */
  readonly marketCap: number | null;
  readonly marketCapChange24h: number | null;
  readonly volume24h: number | null;
  readonly metricsDetails: Readonly<Record<string, unknown>> | null;
  /** Ids of assets, the largest first; at most 3. */
  readonly top3CoinsId: readonly number[] | null;
}

/** Writes the newest figures of sectors. A sector that is gone is passed over. */
export async function updateSectorFigures(
  database: Queryable,
  figures: readonly SectorFigures[],
): Promise<void> {
  if (figures.length === 0) return;
  await database.query(
    `UPDATE sectors s SET market_cap = g."marketCap", market_cap_change_24h = g."marketCapChange24h",
       volume_24h = g."volume24h", metrics_details = g."metricsDetails", top_3_coins_id = g."top3CoinsId"
     FROM jsonb_to_recordset($1::jsonb) AS g ("sectorId" integer, "marketCap" numeric, "marketCapChange24h" numeric,
       "volume24h" numeric, "metricsDetails" jsonb, "top3CoinsId" integer[])
     WHERE s.id = g."sectorId"`,
    [JSON.stringify(figures)],
  );
}

/** Writes figures of sectors over time; a row that is there by its key is written over. Gives their ids. */
export function upsertSectorHistory(
  database: Queryable,
  candles: readonly NewSectorCandle[],
): Promise<readonly number[]> {
  return SECTOR_HISTORY.upsert(database, candles);
}

/** Gives the figures of a sector in a range, the newest first. */
export async function listSectorHistory(
  database: Queryable,
  query: SectorSeries & TimeRange & PageRequest,
): Promise<Page<SectorCandle>> {
  const where = new Conditions()
    .add(query.sectorId, (place) => `h.sector_id = ${place}`)
    .add(query.dataSource, (place) => `h.data_source = ${place}`)
    .add(query.timeframe, (place) => `h.timeframe = ${place}`)
    .add(query.from, (place) => `h.candle_time >= ${timeAt(place)}`)
    .add(query.to, (place) => `h.candle_time < ${timeAt(place)}`);
  const { rows } = await database.query<SectorCandle & KeyedRow>(
    `SELECT ${SECTOR_HISTORY.select('h')}, ${NEWEST.select} FROM sector_history h
     WHERE ${where.sql(NEWEST.after(query, where.values))} ${NEWEST.orderAndLimit(query, where.values)}`,
    where.values,
  );
  return NEWEST.page(query, rows, ({ page_key, ...candle }) => candle);
}

/** Gives how a sector has done until its newest row: against the last row of 24 hours, 7 and 30 days before that. */
export async function sectorPerformance(
  database: Queryable,
  { sectorId, dataSource, timeframe }: SectorSeries,
): Promise<SectorPerformance> {
  const ago = (interval: string): string => `(
    SELECT ((newest.market_cap / nullif(h.market_cap, 0) - 1) * 100)::float8 FROM sector_history h
    WHERE h.sector_id = $1 AND h.data_source = $2 AND h.timeframe = $3
      AND h.candle_time <= newest.candle_time - interval '${interval}'
      -- What is much older says nothing of the time asked for.
      AND h.candle_time > newest.candle_time - interval '${interval}' * 2
    ORDER BY h.candle_time DESC LIMIT 1)`;
  const { rows } = await database.query<SectorPerformance>(
    `SELECT newest.market_cap AS "marketCap", newest.volume_24h AS "volume24h", newest.candle_time AS "at",
       ${ago('24 hours')} AS "change24h", ${ago('7 days')} AS "change7d", ${ago('30 days')} AS "change30d"
     FROM (
       SELECT market_cap, volume_24h, candle_time FROM sector_history
       WHERE sector_id = $1 AND data_source = $2 AND timeframe = $3 ORDER BY candle_time DESC LIMIT 1
     ) newest`,
    [sectorId, dataSource, timeframe],
  );
  return (
    rows[0] ?? {
      marketCap: null,
      volume24h: null,
      at: null,
      change24h: null,
      change7d: null,
      change30d: null,
    }
  );
}

function toRecord(row: Readonly<Record<string, unknown>>): SectorRecord {
  const entries = Object.entries(row);
  const analysis =
    row[ANALYSIS_ID] === null
      ? null
      : Object.fromEntries(
          entries.flatMap(([name, value]) =>
            name.startsWith(PREFIX) ? [[name.slice(PREFIX.length), value]] : [],
          ),
        );
  const sector = Object.fromEntries(entries.filter(([name]) => !name.startsWith(PREFIX)));
  return { ...sector, analysis } as unknown as SectorRecord;
}
