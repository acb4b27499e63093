import { z } from 'zod';
import { HOUR_MS } from '../../timeframe.js';
import { numeric, parseAnswer, seconds, tellFigures } from './figures.js';
import { PolledSource } from './polled-source.js';
import type { Source, SourceContext } from './source.js';
import { WebClient } from './web-client.js';

export const FEAR_GREED_URL = 'https://api.alternative.me';

/**
 * `GET /fng/?limit=1`: `{"name": "Fear and Greed Index", "data": [{"value": "40", "value_classification": "Fear",
 * "timestamp": "1551157200", "time_until_update": "68499"}], "metadata": {"error": null}}`. Numbers are texts; the
 * timestamp, in seconds, is the start of the UTC day.
 * @see https://alternative.me/crypto/fear-and-greed-index/#api
 */
const answer = z.object({
  data: z.array(z.object({ value: numeric, timestamp: seconds })).min(1),
});

/** The Fear & Greed index of alternative.me, asked for every hour; it changes once a day. */
export function createFearGreed(context: SourceContext, provider: string, baseUrl: string): Source {
  const stopping = new AbortController();
  const client = new WebClient({
    ...{ context, provider, baseUrl },
    gapMs: 2_000,
    maxBytes: 65_536,
    signal: stopping.signal,
  });
  const ask = async (): Promise<void> => {
    const { data } = parseAnswer(answer, await client.json('/fng/?limit=1'));
    const found = data.map(({ value, timestamp }) => ({ value, asOf: timestamp }));
    const [newest] = found.toSorted((a, b) => b.asOf - a.asOf);
    if (newest !== undefined) tellFigures(context, provider, [{ name: 'fear_greed_index', ...newest }]);
  };
  return new PolledSource({
    ...{ context, provider, stopping },
    source: 'fear_greed',
    tasks: [{ name: 'the index', everyMs: HOUR_MS, ask }],
    calls: () => client.calls,
  });
}
