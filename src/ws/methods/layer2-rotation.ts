import { z } from 'zod';
import { SECTOR_FIELDS } from '../../analysis-fields.js';
import { RequestError } from '../../errors.js';
import type { NamedFlow, SectorRotation } from '../../store/repositories/sector-analyses.js';
import type { AnalysisMap } from '../ports.js';
import {
  analysesOf,
  columnsOf,
  type Item,
  NO_REASON,
  numberIn,
  reasonsOf,
  storedOf,
  warm,
  withMissing,
} from './analyses.js';
import { sectorSummary } from './layer2-sectors.js';
import { idParam, periodParam } from './params.js';
import type { Method } from './registry.js';
import { isSimulatedSource } from './signal-item.js';

/** Columns of a sector that a comparison shows: all but those that no source fills. */
const NO_SOURCE: readonly string[] = [
  'institutional_inflow',
  'tvl_total',
  'active_users',
  'active_protocols',
];
const SECTOR_COLUMNS = SECTOR_FIELDS.slice(SECTOR_FIELDS.indexOf('timeframe')).filter(
  (field) => !NO_SOURCE.includes(field),
);

const COLUMNS = [
  'timeframe',
  'candle_time',
  'analysis_time',
  'sector_rotation_flows',
  'sector_performance_ranking',
  'liquidity_comparison',
  'volatility_comparison',
  'dominance_distribution',
  'correlation_matrix',
  'narrative_trends',
  'risk_reward_map',
  'ai_market_outlook',
  'ai_confidence_score',
  'signal_agreement_score',
  'outlook_duration_estimate',
  'analysis_data',
];

const rotationParams = z.strictObject({
  /** Window; left out: the newest analysis, with the candles that form. */
  timeframe: periodParam.optional(),
});

/** What flows between the sectors. */
export const layer2Rotation: Method<typeof rotationParams> = {
  name: 'layer2.rotation',
  params: rotationParams,
  async handle({ timeframe }, context) {
    if (timeframe === undefined) {
      const row = warm(context, 'the rotation between the sectors', analysesOf(context).rotation());
      return rotationItem(row, Array.isArray(row.flows) ? (row.flows as readonly AnalysisMap[]) : []);
    }
    const stored = storedOf(context);
    const found = await stored.rotation(timeframe);
    if (found === null) throw new RequestError('unavailable', notStored('rotation', timeframe));
    return rotationItem(storedRow(found, isSimulatedSource(stored)), found.flows.map(flowItem));
  },
};

/** How often the analyses of a window are made and stored; what stands now is not asked of the database. */
const STORED_AT: Readonly<Record<z.infer<typeof periodParam>, string>> = {
  '1h': 'hour',
  '4h': '4 hours',
  '1d': 'day',
  '7d': 'day',
  '30d': 'day',
};

function notStored(what: string, period: z.infer<typeof periodParam>): string {
  const every = STORED_AT[period];
  return `no ${what} of ${period} is stored yet: where BTC is served, one is made at the close of each ${every}`;
}

const compareParams = z.strictObject({
  sectors: z.array(idParam).min(2).max(50),
  timeframe: periodParam.default('7d'),
});

/** The newest stored analyses of some sectors side by side, in the order that was asked for. */
export const layer2Compare: Method<typeof compareParams> = {
  name: 'layer2.compare',
  params: compareParams,
  async handle({ sectors: ids, timeframe }, context) {
    const stored = storedOf(context);
    const found = new Map((await stored.sectors(ids, timeframe)).map((sector) => [sector.id, sector]));
    const unknown = ids.find((id) => !found.has(id));
    if (unknown !== undefined) {
      throw new RequestError('invalid_params', `sectors: there is no sector ${unknown}`, 'sectors');
    }
    const simulated = isSimulatedSource(stored);
    return {
      timeframe,
      items: [...new Set(ids)].flatMap((id) => {
        const sector = found.get(id);
        if (sector === undefined) return [];
        const { analysis } = sector;
        const columns = columnsOf(analysis ?? {}, SECTOR_COLUMNS);
        const head = { time: analysis?.analysisTime ?? null, state: 'closed', simulated };
        const row = { ...columns, ...head };
        const fallback = analysis === null ? notStored('analysis', timeframe) : NO_REASON;
        return [
          {
            ...sectorSummary(sector, analysis === null ? null : row, fallback),
            performance_metrics: withMissing(columns, reasonsOf(row), fallback),
          },
        ];
      }),
      next_cursor: null,
    };
  },
};

function storedRow({ analysis }: SectorRotation, simulated: boolean): AnalysisMap {
  return { time: analysis.analysisTime, state: 'closed', simulated, ...columnsOf(analysis, COLUMNS) };
}

function flowItem(flow: NamedFlow): AnalysisMap {
  return {
    from_sector_id: flow.fromSectorId,
    from_sector: flow.fromSector,
    to_sector_id: flow.toSectorId,
    to_sector: flow.toSector,
    score: flow.score,
  };
}

function rotationItem(row: AnalysisMap, flows: readonly AnalysisMap[]): Item {
  const columns = Object.fromEntries(COLUMNS.map((column) => [column, row[column] ?? null]));
  const net = netFlows(flows);
  return withMissing(
    {
      rotation_probability: null,
      leading_sectors: net.filter(({ flow }) => flow > 0).map(({ name }) => name),
      declining_sectors: net
        .filter(({ flow }) => flow < 0)
        .map(({ name }) => name)
        .toReversed(),
      flow_directions: row.sector_rotation_flows ?? null,
      recommended_allocation: null,
      flows,
      ...columns,
      time: numberIn(row, 'time'),
      state: row.state ?? null,
      simulated: row.simulated ?? null,
    },
    {
      flow_directions: reasonsOf(row).sector_rotation_flows ?? 'no flow is known',
      ...reasonsOf(row),
      rotation_probability: 'a flow is a score of strength and volume, and no probability',
      recommended_allocation: 'none is made for everybody: portfolios have their own',
    },
  );
}

/** What each sector gains by all flows, the greatest first; of equal ones that of the lower id. */
function netFlows(
  flows: readonly AnalysisMap[],
): readonly { readonly name: string; readonly flow: number }[] {
  const sums = new Map<number, { name: string; flow: number; id: number }>();
  const add = (id: unknown, name: unknown, flow: number): void => {
    const key = Number(id);
    const sum = sums.get(key) ?? { name: String(name ?? id), flow: 0, id: key };
    sum.flow += flow;
    sums.set(key, sum);
  };
  for (const flow of flows) {
    const score = numberIn(flow, 'score') ?? 0;
    add(flow.from_sector_id, flow.from_sector, -score);
    add(flow.to_sector_id, flow.to_sector, score);
  }
  return [...sums.values()].toSorted((a, b) => b.flow - a.flow || a.id - b.id);
}
