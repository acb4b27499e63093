import type { z } from 'zod';
import type { ASSETS_METHODS } from '../../api/assets.js';
import { seriesChannel } from '../../channels.js';
import { RequestError } from '../../errors.js';
import { fieldsOf, INDICATOR_HEAD_FIELDS } from '../../protocol.js';
import { toMap } from '../form.js';
import { fieldsIn } from './analyses.js';
import type { Handlers } from './handler.js';
import { assetIdOf } from './params.js';

type Methods = Pick<typeof ASSETS_METHODS, 'indicators.get'>;
type Answer = z.input<Methods['indicators.get']['result']>;
type Head = Pick<Answer, (typeof INDICATOR_HEAD_FIELDS)[number]>;

export const indicatorHandlers: Handlers<Methods> = {
  'indicators.get': ({ symbol, timeframe }, { market }) => {
    assetIdOf(market, symbol);
    const { row, time } = market.state(seriesChannel('indicators', symbol, timeframe));
    if (row === null)
      throw new RequestError('unavailable', `no candle of ${symbol} ${timeframe} is known yet`);
    const all = toMap(fieldsOf('indicators', market.indicatorColumns), row);
    const head = fieldsIn<Head>(all, INDICATOR_HEAD_FIELDS);
    const closed = market.patterns(symbol, timeframe);
    return {
      symbol,
      timeframe,
      ...head,
      forming: !head.closed,
      computed_at: time,
      values: fieldsIn<Answer['values']>(all, market.indicatorColumns),
      patterns: [...(closed?.found ?? [])],
      patterns_time: closed?.time ?? null,
    };
  },
};
