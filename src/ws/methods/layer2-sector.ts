import type { z } from 'zod';
import type { LAYER2_METHODS } from '../../api/layer2.js';
import { DAY_MS } from '../../timeframe.js';
import {
  analysesOf,
  ask,
  columnsOf,
  headIn,
  mapIn,
  marketTime,
  numberIn,
  reasonsOf,
  storedOf,
  withMissing,
} from './analyses.js';
import { assetItem } from './assets.js';
import type { Handlers } from './handler.js';
import { NOT_ANALYSED, rowsOf, sectorOf } from './layer2-sectors.js';
import { readCursor, writeCursor } from './params.js';
import { isSimulatedSource } from './signal-item.js';

type Methods = typeof LAYER2_METHODS;
type OfSector = 'layer2.sectorPerformance' | 'layer2.sectorAssets' | 'layer2.sectorHistory';
const FIGURES = ['market_cap', 'volume_24h', 'technical_indicators'] as const;
type Figures = Pick<
  z.input<Methods['layer2.sectorHistory']['result']>['items'][number],
  (typeof FIGURES)[number]
>;

export const layer2SectorHandlers: Pick<Handlers<Methods>, OfSector> = {
  'layer2.sectorPerformance': async ({ sector_id: id }, context) => {
    const stored = storedOf(context);
    const sector = sectorOf(context, id);
    const row = rowsOf(analysesOf(context)).get(id) ?? null;
    const capitalisation = await stored.sectorPerformance(id, '1h');
    const short = 'its market cap was not stored then, or is not known now';
    const reasons = reasonsOf(row);
    return {
      sector_id: id,
      name: sector.name,
      ...withMissing(
        {
          performance_24h: numberIn(row, 'performance_24h_pct'),
          performance_7d: numberIn(row, 'performance_7d_pct'),
          performance_30d: numberIn(row, 'performance_30d_pct'),
          time: numberIn(row, 'time'),
          state: headIn(row).state,
        },
        {
          performance_24h: reasons.performance_24h_pct ?? NOT_ANALYSED,
          performance_7d: reasons.performance_7d_pct ?? NOT_ANALYSED,
          performance_30d: reasons.performance_30d_pct ?? NOT_ANALYSED,
        },
        NOT_ANALYSED,
      ),
      capitalisation: withMissing(
        {
          market_cap: toNumber(capitalisation.marketCap),
          volume_24h: toNumber(capitalisation.volume24h),
          time: capitalisation.at,
          change_24h: capitalisation.change24h,
          change_7d: capitalisation.change7d,
          change_30d: capitalisation.change30d,
        },
        {
          market_cap: 'it is not stored yet, or the supply of a coin is not known',
          volume_24h: 'it is not stored yet, or not known',
          time: 'nothing is stored yet',
        },
        short,
      ),
      simulated: isSimulatedSource(stored),
    };
  },

  'layer2.sectorAssets': async ({ sector_id: sectorId, limit, cursor }, context) => {
    const { market, assets } = context;
    const sector = sectorOf(context, sectorId);
    const scope = `sector ${sectorId}`;
    const found = await assets.list({
      sectorId,
      ids: market.symbols().flatMap((symbol) => market.assetId(symbol) ?? []),
      limit: limit + 1,
      ...(cursor === undefined ? {} : { afterId: readCursor(scope, cursor) }),
    });
    const page = found.slice(0, limit);
    const last = page.at(-1);
    return {
      sector_id: sectorId,
      name: sector.name,
      items: page.map((record) => assetItem(record, market)),
      next_cursor: found.length > limit && last !== undefined ? writeCursor(scope, last.id) : null,
    };
  },

  'layer2.sectorHistory': async ({ sector_id: sectorId, days, timeframe, limit, cursor }, context) => {
    const stored = storedOf(context);
    const sector = sectorOf(context, sectorId);
    const from = marketTime(context) - days * DAY_MS;
    const page = await ask(
      stored.sectorHistory({ sectorId, timeframe, from, limit, ...(cursor === undefined ? {} : { cursor }) }),
    );
    const simulated = isSimulatedSource(stored);
    return {
      sector_id: sectorId,
      name: sector.name,
      timeframe,
      items: page.items.map((candle) => {
        const figures = columnsOf<Figures>(candle, FIGURES);
        const reasons = mapIn(figures.technical_indicators, 'missing') as Record<string, string>;
        return withMissing(
          { time: candle.candleTime, state: 'closed' as const, simulated, ...figures },
          reasons,
          'it was not known when the candle closed',
        );
      }),
      next_cursor: page.nextCursor,
    };
  },
};

function toNumber(text: string | null): number | null {
  return text === null ? null : Number(text);
}
