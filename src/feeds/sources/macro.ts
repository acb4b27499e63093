import { messageOf } from '../../errors.js';
import { EXTERNAL_SERIES, type ExternalSeriesName } from '../../external-events.js';
import type { MacroProviderName } from '../../source-options.js';
import { DAY_MS, HOUR_MS } from '../../timeframe.js';
import { tellFigures } from './figures.js';
import { fred, type MacroProvider, stooq } from './macro-providers.js';
import { PolledSource } from './polled-source.js';
import { BadAnswer, Refused, type Source, type SourceContext } from './source.js';
import { WebClient } from './web-client.js';

const EVERY_MS = 6 * HOUR_MS;
const GAP_MS = 2_000;
const MAX_BYTES = 2 ** 20;

/** Where a provider is asked. */
export interface MacroPlace {
  readonly name: MacroProviderName;
  /** As in `external_api_logs`. */
  readonly provider: string;
  readonly baseUrl: string;
}

interface Asked {
  readonly provider: string;
  readonly client: WebClient;
  readonly api: MacroProvider;
}

/**
 * Daily closes of stock index, gold, dollar index, volatility index and ten-year yield. What the first provider does not
 * give is asked of the second, except the dollar index: those of the two are not the same, and a change from one to the
 * other would be taken for a move of the dollar.
 */
export function createMacro(context: SourceContext, places: readonly MacroPlace[]): Source {
  const stopping = new AbortController();
  const asked = places.map(({ name, provider, baseUrl }): Asked => {
    const client = new WebClient({
      ...{ context, provider, baseUrl },
      gapMs: GAP_MS,
      maxBytes: MAX_BYTES,
      signal: stopping.signal,
    });
    return { provider, client, api: name === 'stooq' ? stooq(client) : fred(client) };
  });
  const doneAt = new Map<ExternalSeriesName, number>();

  const askFor = async (name: ExternalSeriesName): Promise<void> => {
    const faults: string[] = [];
    let retryAfterMs: number | null = null;
    for (const [place, { provider, api }] of asked.entries()) {
      const code = api.codeOf(name);
      if (code === null || (place > 0 && name === 'dxy')) continue;
      try {
        const now = context.now();
        const closes = await api.closes(name, code, now);
        // Which series it is stands with the provider: it matters where they differ.
        const said = `${provider} ${code}`;
        const last = closes.at(-1);
        context.sink({ type: 'series', name, closes, provider: said, simulated: context.isSimulated });
        if (last !== undefined)
          tellFigures(context, said, [{ name, value: last.close, asOf: last.day + DAY_MS }]);
        return;
      } catch (error) {
        stopping.signal.throwIfAborted();
        faults.push(`${provider} ${messageOf(error)}`);
        if (error instanceof Refused) retryAfterMs = Math.max(retryAfterMs ?? 0, error.retryAfterMs ?? 0);
      }
    }
    const message = `${name}: ${faults.join('; ')}`;
    throw retryAfterMs === null ? new BadAnswer(message) : new Refused(message, retryAfterMs);
  };

  const ask = async (): Promise<void> => {
    let failure: unknown = null;
    for (const name of EXTERNAL_SERIES) {
      // What has come already is not asked for again because another has not.
      if (context.now() - (doneAt.get(name) ?? Number.NEGATIVE_INFINITY) < EVERY_MS / 2) continue;
      try {
        await askFor(name);
        doneAt.set(name, context.now());
      } catch (error) {
        stopping.signal.throwIfAborted();
        failure ??= error;
      }
    }
    if (failure !== null) throw failure;
  };

  return new PolledSource({
    ...{ context, stopping },
    provider: asked[0]?.provider ?? 'none',
    source: 'macro',
    tasks: [{ name: 'closes', everyMs: EVERY_MS, ask }],
    calls: () => asked.reduce((sum, { client }) => sum + client.calls, 0),
  });
}
