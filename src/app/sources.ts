import type { Config } from '../config.js';
import { isDollar } from '../dollars.js';
import type { ExternalSink } from '../external-events.js';
import type { ServedBase } from '../feeds/sources/coingecko.js';
import { createSources, type Sources } from '../feeds/sources/create-sources.js';
import type { Logger } from '../logger.js';
import { logLane } from '../store/lanes/table-lanes.js';
import { insertExternalApiLogs } from '../store/repositories/external-api-logs.js';
import type { NewExternalApiLog } from '../store/system-records.js';
import type { StoreWriter } from '../store/writer.js';
import type { Stopper } from './stopper.js';

/** How long a stop waits for requests that do not let themselves be cancelled, ms. */
const STOP_MS = 300;

export interface SourcesParts {
  readonly logger: Logger;
  /** Takes what the sources tell, synchronously and in order, from the first event on. */
  readonly sink: ExternalSink;
  readonly writer: Pick<StoreWriter, 'addLane'>;
  /** Our clock, ms since the epoch. */
  readonly now: () => number;
  /** Whose market caps are asked for, with their prices, by which a coin is told from another of the same symbol. */
  readonly bases: () => readonly ServedBase[];
  /** True if any served price is simulated: then nothing real is asked, and nothing real is taken. */
  readonly isSimulated: boolean;
  /** Origin of the demo exchange that this process started; null: none. */
  readonly demoUrl: string | null;
  /** Makes all pauses shorter, for tests; default 1. */
  readonly pace?: number;
}

/**
 * Starts what tells of the world beside the exchanges, and stops it with the rest; each request leaves a row in
 * `external_api_logs`. To be called when the writer runs and prices begin to flow; waits for no answer.
 *
 * @throws OperatorError if `--derivatives-exchange` is none
 */
export async function startSources(config: Config, parts: SourcesParts, stopper: Stopper): Promise<Sources> {
  const { writer, bases, sink, now, pace } = parts;
  const onCall = writer.addLane(
    logLane<NewExternalApiLog>('external_api_logs', async (connection, rows) => {
      await insertExternalApiLogs(connection, rows);
      return rows.length;
    }),
  );
  const sources = await createSources({
    ...{ bases, sink, now, onCall },
    logger: parts.logger.child({ component: 'sources' }),
    random: Math.random,
    ...(pace === undefined ? {} : { pace }),
    settings: {
      sources: config.sources,
      urls: config.sourceUrl ?? new Map(),
      derivativesExchange: config.derivativesExchange,
      derivativesUrl: config.exchangeUrl?.get(config.derivativesExchange),
      macroProvider: config.macroProvider,
      onChainSource: config.onChainSource,
      trendsSource: config.trendsSource,
      coingeckoKey: config.coingeckoKey,
      isSimulated: parts.isSimulated,
      simulatedOrigin: simulatedOrigin(config, parts.demoUrl),
    },
  });
  await stopper.add('external sources', () => sources.stop(), STOP_MS);
  return sources;
}

/** Gives the origin of the exchange that simulates: the demo exchange, or what stands in place of another. */
function simulatedOrigin({ exchange, exchangeUrl }: Config, demoUrl: string | null): string | null {
  const given = exchange.flatMap((id) => exchangeUrl?.get(id) ?? []);
  return exchangeUrl?.get('demo') ?? demoUrl ?? given[0] ?? null;
}

/** A served market, as far as its coin is concerned. */
interface ServedMarket {
  readonly asset: number;
  readonly base: string;
  readonly quote: string;
}

/**
 * Gives each served coin once, with its price in dollars where one of its markets has it.
 *
 * @param priceOf newest price of an asset; null: not known yet
 */
export function servedBases(
  markets: Iterable<ServedMarket>,
  priceOf: (asset: number) => number | null,
): readonly ServedBase[] {
  const prices = new Map<string, number | null>();
  for (const { asset, base, quote } of markets) {
    const price = isDollar(quote) ? priceOf(asset) : null;
    prices.set(base, prices.get(base) ?? price);
  }
  return [...prices].map(([base, price]) => ({ base, price }));
}
