import { z } from 'zod';
import { seriesChannel } from '../../channels.js';
import { RequestError } from '../../errors.js';
import { fieldsOf, INDICATOR_HEAD_FIELDS } from '../../protocol.js';
import { toMap } from '../form.js';
import { assetIdOf, symbolParam, timeframeParam } from './params.js';
import type { Method } from './registry.js';

const params = z.strictObject({ symbol: symbolParam, timeframe: timeframeParam });

/**
 * All current indicator values of a series, as the `indicators` channel has them, and the candlestick patterns that its
 * newest closed candle completes.
 */
export const indicatorsGet: Method<typeof params> = {
  name: 'indicators.get',
  params,
  handle({ symbol, timeframe }, { market }) {
    assetIdOf(market, symbol);
    const { row, time } = market.state(seriesChannel('indicators', symbol, timeframe));
    if (row === null)
      throw new RequestError('unavailable', `no candle of ${symbol} ${timeframe} is known yet`);
    const all = toMap(fieldsOf('indicators', market.indicatorColumns), row);
    const values: Record<string, unknown> = {};
    for (const column of market.indicatorColumns) values[column] = all[column];
    const head: Record<string, unknown> = {};
    for (const field of INDICATOR_HEAD_FIELDS) head[field] = all[field];
    const closed = market.patterns(symbol, timeframe);
    return {
      symbol,
      timeframe,
      ...head,
      forming: all.closed !== true,
      computed_at: time,
      values,
      patterns: closed?.found ?? [],
      patterns_time: closed?.time ?? null,
    };
  },
};
