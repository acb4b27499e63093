import type { z } from 'zod';
import { SECTOR_FIELDS } from '../../analysis-fields.js';
import type { LAYER2_METHODS, sectorItem } from '../../api/layer2.js';
import { RequestError } from '../../errors.js';
import { nearestHint } from '../../nearest.js';
import type { AnalysisMap, AnalysisView } from '../ports.js';
import {
  analysesOf,
  fieldsIn,
  headIn,
  mapIn,
  numberIn,
  reasonsOf,
  valueIn,
  withMissing,
} from './analyses.js';
import type { Handlers, MethodContext } from './handler.js';
import { readCursor, writeCursor } from './params.js';

type Methods = typeof LAYER2_METHODS;
type Summary = z.input<typeof sectorItem>;
type Metrics = NonNullable<z.input<Methods['layer2.sector']['result']>['performance_metrics']>;

export const layer2SectorsHandlers: Pick<Handlers<Methods>, 'layer2.sectors' | 'layer2.sector'> = {
  'layer2.sectors': ({ limit, cursor }, context) => {
    const view = analysesOf(context);
    const after = cursor === undefined ? 0 : readCursor('sectors', cursor);
    const rows = rowsOf(view);
    const left = view
      .sectors()
      .filter(({ id }) => id > after)
      .toSorted((a, b) => a.id - b.id);
    const page = left.slice(0, limit);
    const last = page.at(-1);
    return {
      items: page.map((sector) => sectorSummary(sector, rows.get(sector.id) ?? null)),
      next_cursor: left.length > page.length && last !== undefined ? writeCursor('sectors', last.id) : null,
    };
  },

  'layer2.sector': async ({ sector_id: id }, context) => {
    const view = analysesOf(context);
    const sector = sectorOf(context, id);
    const row = rowsOf(view).get(id) ?? null;
    const stored = (await context.stored?.sectors([id], '1d'))?.[0] ?? null;
    const reasons = reasonsOf(row);
    return {
      ...withMissing(
        {
          ...sectorSummary(sector, row),
          description: stored?.description ?? null,
          asset_count: stored?.assetCount ?? null,
          total_market_cap: numberIn(row, 'sector_market_cap'),
          total_volume: numberIn(row, 'sector_volume_24h'),
          top_performers: null,
          metrics_details: stored?.metricsDetails ? { ...stored.metricsDetails } : null,
        },
        {
          ...summaryReasons(row),
          description: 'there is no database',
          asset_count: 'there is no database',
          total_market_cap: reasons.sector_market_cap ?? NOT_ANALYSED,
          total_volume: reasons.sector_volume_24h ?? NOT_ANALYSED,
          top_performers: 'see layer2.sectorAssets, which gives the change of each of its assets',
          metrics_details: 'none are stored yet',
        },
      ),
      performance_metrics: row === null ? null : metricsOf(row),
    };
  },
};

/** Why nothing is known of a sector. */
export const NOT_ANALYSED = 'the sector is not analysed yet';

/** Gives the sector of an id. @throws RequestError `invalid_params` with the nearest names */
export function sectorOf(context: MethodContext, id: number): { readonly id: number; readonly name: string } {
  const sectors = analysesOf(context).sectors();
  const found = sectors.find((sector) => sector.id === id);
  if (found !== undefined) return found;
  const hint = nearestHint(
    String(id),
    sectors.map((sector) => String(sector.id)),
  );
  throw new RequestError('invalid_params', `sector_id: there is no sector ${id}${hint}`, 'sector_id');
}

/** Gives the newest analyses by the sector's id. */
export function rowsOf(view: AnalysisView): ReadonlyMap<number, AnalysisMap> {
  return new Map(view.sectorAnalyses().map((row) => [Number(row.sector_id), row]));
}

/**
 * Gives a sector by the names of the documents.
 * @param absent why there is no row, if there is none
 */
export function sectorSummary(
  sector: { readonly id: number; readonly name: string },
  row: AnalysisMap | null,
  absent: string = NOT_ANALYSED,
): Summary {
  const data = mapIn(row, 'analysis_data');
  const strength = numberIn(row, 'relative_strength_score');
  const momentum = numberIn(data, 'momentum');
  return withMissing(
    {
      id: sector.id,
      name: sector.name,
      rank: numberIn(data, 'rank'),
      performance_24h: numberIn(row, 'performance_24h_pct'),
      performance_7d: numberIn(row, 'performance_7d_pct'),
      performance_30d: numberIn(row, 'performance_30d_pct'),
      dominance: numberIn(row, 'sector_dominance_pct'),
      relative_strength: strength,
      momentum_score: momentum,
      status: statusOf(strength, momentum),
      outlook: valueIn<NonNullable<Summary['outlook']>>(row, 'ai_sector_outlook'),
      confidence: numberIn(row, 'ai_confidence_score'),
      ...headIn(row),
    },
    summaryReasons(row),
    row === null ? absent : 'the history of its index is too short',
  );
}

/** Reasons of a row under the names that the summary has. */
function summaryReasons(row: AnalysisMap | null): Readonly<Record<string, string>> {
  const reasons = reasonsOf(row);
  const names: Readonly<Record<string, string>> = {
    // Both are measured as the strength is, from the index and beside other sectors.
    rank: 'relative_strength_score',
    momentum_score: 'relative_strength_score',
    performance_24h: 'performance_24h_pct',
    performance_7d: 'performance_7d_pct',
    performance_30d: 'performance_30d_pct',
    dominance: 'sector_dominance_pct',
    relative_strength: 'relative_strength_score',
    status: 'relative_strength_score',
    outlook: 'ai_sector_outlook',
    confidence: 'ai_confidence_score',
  };
  return Object.fromEntries(
    Object.entries(names).flatMap(([name, column]) => {
      const reason = reasons[column];
      return reason === undefined ? [] : [[name, reason]];
    }),
  );
}

/** The four quadrants of relative rotation (de Kempenaer 2005): strength against the market, and momentum. */
function statusOf(
  strength: number | null,
  momentum: number | null,
): 'leading' | 'weakening' | 'improving' | 'lagging' | null {
  if (strength === null || momentum === null) return null;
  if (strength >= 0.5) return momentum >= 0 ? 'leading' : 'weakening';
  return momentum >= 0 ? 'improving' : 'lagging';
}

function metricsOf(row: AnalysisMap): Metrics {
  return withMissing(fieldsIn<Omit<Metrics, 'missing'>>(row, SECTOR_FIELDS), reasonsOf(row));
}
