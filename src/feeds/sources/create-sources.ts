import { EXTERNAL_SOURCES, type ExternalSink, type ExternalSource } from '../../external-events.js';
import { MACRO_PROVIDERS, type MacroProviderName, type SourceUrlKey } from '../../source-options.js';
import { COINGECKO_URL, createCoinGecko, type ServedBase } from './coingecko.js';
import { createDerivatives } from './derivatives.js';
import { createFearGreed, FEAR_GREED_URL } from './fear-greed.js';
import { createMacro } from './macro.js';
import { FRED_URL, STOOQ_URL } from './macro-providers.js';
import { createReportedFigures } from './reported-figures.js';
import type { Source, SourceContext, SourceStats } from './source.js';

/** What is asked of whom. */
export interface SourceSettings {
  /** Undefined: all that can be asked. */
  readonly sources: readonly ExternalSource[] | undefined;
  readonly urls: ReadonlyMap<SourceUrlKey, string>;
  /** ccxt id. */
  readonly derivativesExchange: string;
  /** In place of scheme and host of its addresses. */
  readonly derivativesUrl: string | undefined;
  readonly macroProvider: MacroProviderName;
  /** Paths or addresses; undefined: there are no such figures. */
  readonly onChainSource: string | undefined;
  readonly trendsSource: string | undefined;
  readonly coingeckoKey: string | undefined;
  /** True if prices are: then nothing real is asked, nor taken. */
  readonly isSimulated: boolean;
  /** Origin of the exchange whose prices are simulated, which is asked for everything else too; null: there is none. */
  readonly simulatedOrigin: string | null;
}

export interface SourcesOptions extends Omit<SourceContext, 'pace' | 'isSimulated'> {
  readonly settings: SourceSettings;
  /** Whose coins are asked for. */
  readonly bases: () => readonly ServedBase[];
  /** Makes all pauses shorter, for tests; default 1. */
  readonly pace?: number;
}

const PROVIDERS: Readonly<
  Record<SourceUrlKey, { readonly provider: string; readonly url: string; readonly demoPath: string }>
> = {
  fear_greed: { provider: 'alternative_me', url: FEAR_GREED_URL, demoPath: '/alternative-me' },
  global_market: { provider: 'coingecko', url: COINGECKO_URL, demoPath: '/coingecko/api/v3' },
  stooq: { provider: 'stooq', url: STOOQ_URL, demoPath: '/stooq' },
  fred: { provider: 'fred', url: FRED_URL, demoPath: '/fred' },
};

/** All external sources of a process. */
export class Sources {
  readonly #sources: readonly Source[];
  readonly #silence: () => void;

  /** `silence`: called when they are stopped; nothing is told after it. */
  constructor(sources: readonly Source[], silence: () => void) {
    this.#sources = sources;
    this.#silence = silence;
  }

  /** One of each source, also of those that are off. */
  get stats(): readonly SourceStats[] {
    return this.#sources.map(({ stats }) => stats);
  }

  /** Cancels all requests; nothing is told after it has begun. */
  async stop(): Promise<void> {
    this.#silence();
    await Promise.all(this.#sources.map((source) => source.stop()));
  }
}

/**
 * Starts the sources that are on and says of the others that they are off. Returns before any has answered.
 *
 * @throws OperatorError if the derivatives exchange is not known
 */
export async function createSources(options: SourcesOptions): Promise<Sources> {
  const { settings, bases, pace = 1, sink, ...rest } = options;
  let isStopped = false;
  const context: SourceContext = {
    ...rest,
    pace,
    isSimulated: settings.isSimulated,
    sink: (event) => {
      if (!isStopped) guard(sink, event);
    },
  };
  const makers = makersOf(settings, context, bases);
  const sources = await Promise.all(
    EXTERNAL_SOURCES.map(async (source): Promise<Source> => {
      const isOn = settings.sources?.includes(source) ?? true;
      // Simulated prices of which nobody knows who simulates them: real figures would not go with them.
      const isHomeless = settings.isSimulated && settings.simulatedOrigin === null;
      const make = isOn && !isHomeless ? makers[source] : undefined;
      if (make !== undefined) return make();
      const fault = isOn ? 'is not configured' : 'is switched off';
      context.sink({ type: 'state', source, fault });
      if (source === 'derivatives') context.sink({ type: 'watching', since: null, reason: fault });
      return offSource(source, fault);
    }),
  );
  return new Sources(sources, () => {
    isStopped = true;
  });
}

type Maker = () => Source | Promise<Source>;

/** Says how each source is made; undefined: nobody can be asked. */
function makersOf(
  settings: SourceSettings,
  context: SourceContext,
  bases: () => readonly ServedBase[],
): Readonly<Record<ExternalSource, Maker | undefined>> {
  const origin = settings.isSimulated ? settings.simulatedOrigin : null;
  const named = (provider: string): string => (context.isSimulated ? `${provider}-simulated` : provider);
  const place = (key: SourceUrlKey): { provider: string; baseUrl: string } => {
    const { provider, url, demoPath } = PROVIDERS[key];
    const baseUrl = settings.urls.get(key) ?? (origin === null ? url : `${origin}${demoPath}`);
    return { provider: named(provider), baseUrl };
  };
  const reported = (source: ExternalSource, given: string | undefined): Maker | undefined => {
    const where = given ?? (origin === null ? undefined : `${origin}/figures/${source}.json`);
    if (where === undefined) return undefined;
    return () => createReportedFigures({ context, source, place: where, provider: named(source) });
  };
  const macro = MACRO_PROVIDERS.toSorted(
    (a, b) => Number(b === settings.macroProvider) - Number(a === settings.macroProvider),
  );
  const exchange = settings.derivativesExchange;
  const exchangeUrl = settings.derivativesUrl ?? (origin === null ? undefined : `${origin}/usdm`);
  return {
    derivatives: () => createDerivatives(context, { exchange, url: exchangeUrl, provider: named(exchange) }),
    fear_greed: () => {
      const { provider, baseUrl } = place('fear_greed');
      return createFearGreed(context, provider, baseUrl);
    },
    global_market: () =>
      createCoinGecko({ context, ...place('global_market'), key: settings.coingeckoKey, bases }),
    macro: () =>
      createMacro(
        context,
        macro.map((name) => ({ name, ...place(name) })),
      ),
    on_chain: reported('on_chain', settings.onChainSource),
    google_trends: reported('google_trends', settings.trendsSource),
  };
}

function offSource(source: ExternalSource, fault: string): Source {
  const stats: SourceStats = {
    ...{ source, provider: null, isOn: false, fault, calls: 0, failures: 0 },
    ...{ lastSuccessAt: null, lastFault: null, lastFaultAt: null, nextTryAt: null },
  };
  return { stats, stop: () => Promise.resolve() };
}

/** What the sink throws is a mistake of ours, not of a provider: it ends the process, on a fresh stack. */
function guard(sink: ExternalSink, event: Parameters<ExternalSink>[0]): void {
  try {
    sink(event);
  } catch (error) {
    setImmediate(() => {
      throw error;
    });
  }
}
