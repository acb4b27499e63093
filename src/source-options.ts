import { z } from 'zod';
import { EXTERNAL_SOURCES, type ExternalSource } from './external-events.js';
import { type Command, option } from './option.js';
import { choice, type OptionValue } from './option-values.js';

const ASKED: readonly Command[] = ['serve', 'doctor'];

/** Whose address can be replaced; the derivatives exchange has `--exchange-url`. */
export const SOURCE_URL_KEYS = ['fear_greed', 'global_market', 'stooq', 'fred'] as const;
export type SourceUrlKey = (typeof SOURCE_URL_KEYS)[number];

/** Who gives daily closes of stock index, gold, dollar, volatility and yield. */
export const MACRO_PROVIDERS = ['stooq', 'fred'] as const;
export type MacroProviderName = (typeof MACRO_PROVIDERS)[number];

const items = z.string().transform((text) => text.split(',').map((item) => item.trim()));

/** Which sources are on; undefined: all that can be asked. */
const sources: OptionValue<readonly ExternalSource[] | undefined> = {
  allowed: `default, none, or comma-separated, each once, of ${EXTERNAL_SOURCES.join(', ')}`,
  schema: z.union([
    z.literal('default').transform(() => undefined),
    z.literal('none').transform((): readonly ExternalSource[] => []),
    items
      .pipe(z.array(z.enum(EXTERNAL_SOURCES)).min(1))
      .refine((names) => new Set(names).size === names.length),
  ]),
};

const sourceUrls: OptionValue<ReadonlyMap<SourceUrlKey, string>> = {
  allowed: `comma-separated name=url, each once, of ${SOURCE_URL_KEYS.join(', ')}, e.g. fear_greed=http://127.0.0.1:9020`,
  schema: items
    .transform((texts) =>
      texts.map((text) => [text.replace(/=.*/, ''), text.replace(/^[^=]*=?/, '').replace(/\/$/, '')]),
    )
    .pipe(z.array(z.tuple([z.enum(SOURCE_URL_KEYS), z.string().regex(/^https?:\/\/[^\s/?#]+[^\s?#]*$/)])))
    .refine((pairs) => pairs.every(([, address]) => URL.canParse(address)))
    .refine((pairs) => new Set(pairs.map(([name]) => name)).size === pairs.length)
    .transform((pairs): ReadonlyMap<SourceUrlKey, string> => new Map(pairs)),
};

/** A file, or an address: where figures of a format of our own are. */
const place: OptionValue<string> = {
  allowed: 'a path, or a URL beginning with http:// or https://',
  schema: z
    .string()
    .min(1)
    .refine(
      (text) => !/^[a-z][a-z0-9+.-]*:\/\//i.test(text) || (/^https?:\/\//.test(text) && URL.canParse(text)),
    ),
};

/** The options of external sources, in the order of `--help`. */
export const SOURCE_OPTIONS = {
  sources: option({
    placeholder: 'list',
    help: 'which external sources are asked; default: all that need no key or place, with simulated prices those of the demo exchange alone',
    default: 'default',
    ...sources,
    commands: ASKED,
  }),
  sourceUrl: option({
    placeholder: 'name=url',
    help: 'another address in place of that of a provider, up to its paths; comma-separated',
    ...sourceUrls,
    commands: ASKED,
  }),
  derivativesExchange: option({
    placeholder: 'id',
    help: 'ccxt id of the exchange whose funding rates, open interest and liquidations of BTC and ETH are read; --exchange-url may name it too',
    default: 'binanceusdm',
    allowed: 'a ccxt exchange id in lower case, e.g. binanceusdm or bybit',
    schema: z.string().regex(/^[a-z0-9]+$/),
    commands: ASKED,
  }),
  macroProvider: option({
    placeholder: 'name',
    help: 'who is asked first for S&P 500, gold, dollar index, VIX and US 10-year yield; the other fills what it lacks',
    default: 'stooq',
    ...choice(MACRO_PROVIDERS),
    commands: ASKED,
  }),
  onChainSource: option({
    placeholder: 'place',
    help: 'JSON file or address with on-chain figures',
    ...place,
    commands: ASKED,
  }),
  trendsSource: option({
    placeholder: 'place',
    help: 'JSON file or address with the Google Trends score',
    ...place,
    commands: ASKED,
  }),
  coingeckoKey: option({
    placeholder: 'key',
    help: 'key of a CoinGecko demo account, which allows more requests',
    env: 'COINGECKO_API_KEY',
    allowed: 'letters, digits, - and _',
    schema: z.string().regex(/^[\w-]{1,200}$/),
    commands: ASKED,
  }),
} as const;

/** Those without a value unless one is given. */
export type OptionalSourceOption = 'sourceUrl' | 'onChainSource' | 'trendsSource' | 'coingeckoKey';
