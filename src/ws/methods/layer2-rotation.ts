import type { z } from 'zod';
import type { periodParam } from '../../api/fields.js';
import { comparedColumns, type LAYER2_METHODS, rotationColumns } from '../../api/layer2.js';
import { RequestError } from '../../errors.js';
import type { NamedFlow, SectorRotation } from '../../store/repositories/sector-analyses.js';
import type { AnalysisMap } from '../ports.js';
import {
  analysesOf,
  columnsOf,
  fieldsIn,
  headIn,
  NO_REASON,
  reasonsOf,
  storedOf,
  valueIn,
  warm,
  withMissing,
} from './analyses.js';
import type { Handlers } from './handler.js';
import { sectorSummary } from './layer2-sectors.js';
import { isSimulatedSource } from './signal-item.js';

type Methods = typeof LAYER2_METHODS;
type Period = z.infer<typeof periodParam>;
type Rotation = z.input<Methods['layer2.rotation']['result']>;
type Columns = Pick<Rotation, keyof typeof rotationColumns>;
type Flow = Rotation['flows'][number];
type Compared = Omit<
  z.input<Methods['layer2.compare']['result']>['items'][number]['performance_metrics'],
  'missing'
>;

const COLUMNS = Object.keys(rotationColumns);
const SECTOR_COLUMNS = Object.keys(comparedColumns);

export const layer2RotationHandlers: Pick<Handlers<Methods>, 'layer2.rotation' | 'layer2.compare'> = {
  'layer2.rotation': async ({ timeframe }, context) => {
    if (timeframe === undefined) {
      const row = warm(context, 'the rotation between the sectors', analysesOf(context).rotation());
      return rotationItem(row, valueIn<readonly Flow[]>(row, 'flows') ?? []);
    }
    const stored = storedOf(context);
    const found = await stored.rotation(timeframe);
    if (found === null) throw new RequestError('unavailable', notStored('rotation', timeframe));
    return rotationItem(storedRow(found, isSimulatedSource(stored)), found.flows.map(flowItem));
  },

  'layer2.compare': async ({ sectors: ids, timeframe }, context) => {
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
        const columns = columnsOf<Compared>(analysis ?? {}, SECTOR_COLUMNS);
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
      missing: [...found.values()].some(({ analysis }) => analysis !== null)
        ? {}
        : { items: notStored('analysis', timeframe) },
    };
  },
};

/** How often the analyses of a window are made and stored; what stands now is not asked of the database. */
const STORED_AT: Readonly<Record<Period, string>> = {
  '1h': 'hour',
  '4h': '4 hours',
  '1d': 'day',
  '7d': 'day',
  '30d': 'day',
};

function notStored(what: string, period: Period): string {
  const every = STORED_AT[period];
  return `no ${what} of ${period} is stored yet: where BTC is served, one is made at the close of each ${every}`;
}

function storedRow({ analysis }: SectorRotation, simulated: boolean): AnalysisMap {
  return { time: analysis.analysisTime, state: 'closed', simulated, ...columnsOf(analysis, COLUMNS) };
}

function flowItem(flow: NamedFlow): Flow {
  return {
    from_sector_id: flow.fromSectorId,
    from_sector: flow.fromSector,
    to_sector_id: flow.toSectorId,
    to_sector: flow.toSector,
    score: flow.score,
  };
}

function rotationItem(row: AnalysisMap, flows: readonly Flow[]): Rotation {
  const columns = fieldsIn<Columns>(row, COLUMNS);
  const net = netFlows(flows);
  return withMissing(
    {
      rotation_probability: null,
      leading_sectors: net.filter(({ flow }) => flow > 0).map(({ name }) => name),
      declining_sectors: net
        .filter(({ flow }) => flow < 0)
        .map(({ name }) => name)
        .toReversed(),
      flow_directions: columns.sector_rotation_flows,
      recommended_allocation: null,
      flows: [...flows],
      ...columns,
      ...headIn(row),
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
function netFlows(flows: readonly Flow[]): readonly { readonly name: string; readonly flow: number }[] {
  const sums = new Map<number, { name: string; flow: number; id: number }>();
  const add = (id: number, name: string | null, flow: number): void => {
    const sum = sums.get(id) ?? { name: name ?? String(id), flow: 0, id };
    sum.flow += flow;
    sums.set(id, sum);
  };
  for (const flow of flows) {
    add(flow.from_sector_id, flow.from_sector, -flow.score);
    add(flow.to_sector_id, flow.to_sector, flow.score);
  }
  return [...sums.values()].toSorted((a, b) => b.flow - a.flow || a.id - b.id);
}
