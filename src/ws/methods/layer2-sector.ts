import { z } from 'zod';
import { DAY_MS } from '../../timeframe.js';
import {
  analysesOf,
  ask,
  columnsOf,
  mapIn,
  marketTime,
  numberIn,
  reasonsOf,
  storedOf,
  withMissing,
} from './analyses.js';
import { assetItem } from './assets.js';
import { NOT_ANALYSED, rowsOf, sectorOf } from './layer2-sectors.js';
import { cursorParam, idParam, limitParam, readCursor, timeframeParam, writeCursor } from './params.js';
import type { Method } from './registry.js';
import { isSimulatedSource } from './signal-item.js';

const performanceParams = z.strictObject({ sector_id: idParam });

/** How a sector has done: the index of its coins now, and its stored market cap. */
export const layer2SectorPerformance: Method<typeof performanceParams> = {
  name: 'layer2.sectorPerformance',
  params: performanceParams,
  async handle({ sector_id: id }, context) {
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
          state: row?.state ?? null,
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
};

const assetsParams = z.strictObject({
  sector_id: idParam,
  limit: limitParam,
  cursor: cursorParam.optional(),
});

/** Assets of a sector that are served, by id. */
export const layer2SectorAssets: Method<typeof assetsParams> = {
  name: 'layer2.sectorAssets',
  params: assetsParams,
  async handle({ sector_id: sectorId, limit, cursor }, context) {
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
};

const historyParams = z.strictObject({
  sector_id: idParam,
  days: z.int().min(1).max(3_650).default(30),
  timeframe: timeframeParam.default('1d'),
  limit: limitParam,
  cursor: cursorParam.optional(),
});

/** Candles of a sector's figures, the newest first. */
export const layer2SectorHistory: Method<typeof historyParams> = {
  name: 'layer2.sectorHistory',
  params: historyParams,
  async handle({ sector_id: sectorId, days, timeframe, limit, cursor }, context) {
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
        const figures = columnsOf(candle, ['market_cap', 'volume_24h', 'technical_indicators']);
        const reasons = mapIn(mapIn(figures, 'technical_indicators'), 'missing') as Record<string, string>;
        return withMissing(
          { time: candle.candleTime, state: 'closed', simulated, ...figures },
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
