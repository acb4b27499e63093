import { z } from 'zod';
import { ACCOUNT_OPTIONS, type OptionalAccountOption } from './account-options.js';
import { OperatorError } from './errors.js';
import { GATEWAY_OPTIONS, type OptionalGatewayOption } from './gateway-options.js';
import { LOG_FORMATS, LOG_LEVELS, redactText } from './logger.js';
import { COMMANDS, type Command, type OptionSpec, option } from './option.js';
import {
  choice,
  decimal,
  exchangeUrls,
  instant,
  integer,
  list,
  speed,
  url,
  yesOrNo,
} from './option-values.js';
import { type OptionalSourceOption, SOURCE_OPTIONS } from './source-options.js';
import { TIMEFRAMES, type Timeframe } from './timeframe.js';

export { COMMANDS, type Command } from './option.js';

const ALL: readonly Command[] = COMMANDS;
const SERVE: readonly Command[] = ['serve'];
const FEED: readonly Command[] = ['serve', 'doctor'];
const EXCHANGE: readonly Command[] = ['serve', 'backfill', 'doctor'];
const DATABASE: readonly Command[] = ['serve', 'migrate', 'backfill', 'backup', 'restore', 'user', 'doctor'];
const GATEWAY: readonly Command[] = ['serve', 'doctor', 'replay'];
const FILES: readonly Command[] = ['indicators', 'replay'];

/**
 * Every option of the command line and the environment, in the order of `--help`. A key `camelCase` is the flag
 * `--camel-case` and the variable `CRYPTOPREDICT_CAMEL_CASE`, unless `env` names another.
 */
export const OPTIONS = {
  host: option({
    placeholder: 'address',
    help: 'address to listen on',
    default: '127.0.0.1',
    allowed: 'an address or host name, e.g. 0.0.0.0 or ::1',
    schema: z.string().regex(/^[^\s/[\]]+$/),
    commands: GATEWAY,
  }),
  port: option({
    placeholder: 'n',
    help: 'port to listen on; 0 takes any free one',
    default: '8080',
    ...integer(0, 65_535),
    commands: GATEWAY,
  }),
  exchange: option({
    placeholder: 'ids',
    help: 'ccxt ids of exchanges, comma-separated; "demo" is the local simulated one',
    default: 'demo',
    ...list(/^[a-z0-9]+$/, 'comma-separated ccxt exchange ids in lower case, each once, e.g. binance,kraken'),
    commands: EXCHANGE,
  }),
  symbols: option({
    placeholder: 'list',
    help: 'symbols, comma-separated; each is taken from the first exchange that lists it, or write kraken:ETH/EUR (default: all of the demo exchange, else the largest coins that the exchange lists; replay: one for all files or one for each in their order, else by the files’ names)',
    ...list(
      /^([a-z0-9]+:)?[^\s:,/]+\/[^\s:,/]+(:[^\s,/]+)?$/,
      'comma-separated unified symbols, each once, e.g. BTC/USDT,ETH/USDT or kraken:ETH/EUR',
    ),
    commands: ['serve', 'backfill', 'replay'],
  }),
  indicators: option({
    placeholder: 'list',
    help: 'what is computed: default is the built-in set; others are kind:parameters, parameters separated by / or as name=value',
    default: 'default',
    allowed: 'comma-separated, each once, e.g. default,rsi:9,sma:34,macd:5/35/5,bb:50/2.5',
    schema: z.string().regex(/\S/),
    commands: ['serve', 'indicators', 'replay'],
  }),
  exchangeUrl: option({
    placeholder: 'id=url',
    help: 'another origin in place of scheme and host of every address of an exchange; comma-separated',
    allowed: 'comma-separated id=origin, each id once, e.g. binance=http://127.0.0.1:9010',
    schema: exchangeUrls,
    commands: EXCHANGE,
  }),
  dataDir: option({
    placeholder: 'folder',
    help: 'where the embedded database and the checkpoint live; one server per folder',
    default: '.data',
    allowed: 'a path',
    schema: z.string().min(1),
    commands: DATABASE,
  }),
  databaseUrl: option({
    placeholder: 'url',
    help: 'PostgreSQL to use instead of the embedded one',
    env: 'DATABASE_URL',
    ...url(['postgres', 'postgresql']),
    commands: DATABASE,
  }),
  databaseEngineUrl: option({
    placeholder: 'url',
    help: 'the same database under the login of role cryptopredict_engine; without it that of --database-url takes the role on',
    env: 'DATABASE_ENGINE_URL',
    ...url(['postgres', 'postgresql']),
    commands: SERVE,
  }),
  databaseGatewayUrl: option({
    placeholder: 'url',
    help: 'the same database under the login of role cryptopredict_gateway, which serves users’ queries; without it that of --database-url takes the role on',
    env: 'DATABASE_GATEWAY_URL',
    ...url(['postgres', 'postgresql']),
    commands: SERVE,
  }),
  redisUrl: option({
    placeholder: 'url',
    help: 'Redis that carries events between processes, instead of memory',
    env: 'REDIS_URL',
    ...url(['redis', 'rediss']),
    commands: FEED,
  }),
  transport: option({
    placeholder: 'driver',
    help: 'WebSocket driver; auto takes uWebSockets.js where its native binary loads',
    default: 'auto',
    ...choice(['auto', 'uws', 'ws']),
    commands: GATEWAY,
  }),
  feedMode: option({
    placeholder: 'mode',
    help: 'what is streamed from exchanges: trades, their own 1m candles (ohlcv), or auto: trades where they can',
    default: 'auto',
    ...choice(['auto', 'trades', 'ohlcv']),
    commands: SERVE,
  }),
  historyDepth: option({
    placeholder: 'n',
    help: 'closed candles per timeframe loaded at start; 2200 make a 200-period EMA forget its seed',
    default: '2400',
    ...integer(0, 20_000),
    commands: SERVE,
  }),
  checkpointMinutes: option({
    placeholder: 'n',
    help: 'how often the state of the engine is written to the data folder, and at a clean stop, for the next start to go on from; 0: neither written nor used',
    default: '5',
    ...decimal(0, 1_440),
    commands: SERVE,
  }),
  stallSeconds: option({
    placeholder: 's',
    help: 'silence of a usually busy connection after which it is made anew',
    default: '30',
    ...integer(2, 3_600),
    commands: SERVE,
  }),
  closeGraceMs: option({
    placeholder: 'ms',
    help: 'how long after its end a candle without a later trade is waited for before history is asked',
    default: '1500',
    ...integer(0, 60_000),
    commands: SERVE,
  }),
  formingWriteMs: option({
    placeholder: 'ms',
    help: 'how often forming candles are written to the database; closed ones are written at once',
    default: '5000',
    ...integer(100, 3_600_000),
    commands: SERVE,
  }),
  poolSize: option({
    placeholder: 'n',
    help: 'database connections at most, besides one that listens to changes',
    default: '10',
    ...integer(4, 200),
    commands: SERVE,
  }),
  spoolMb: option({
    placeholder: 'MiB',
    help: 'disk space in the data folder for rows that wait while the database is away',
    default: '1024',
    ...integer(16, 1_048_576),
    commands: SERVE,
  }),
  ...GATEWAY_OPTIONS,
  demoSeed: option({
    placeholder: 'n',
    help: 'seed of the demo exchange; the same seed gives the same market',
    default: '1',
    ...integer(0, 4_294_967_295),
    commands: ['serve', 'backfill'],
  }),
  ...SOURCE_OPTIONS,
  ...ACCOUNT_OPTIONS,
  in: option({
    placeholder: 'file',
    help: 'file to read; indicators: candles, CSV or gzipped CSV, - is standard input; restore: a backup',
    allowed: 'a path, or -',
    schema: z.string().min(1),
    commands: ['restore', 'indicators'],
  }),
  timeframe: option({
    placeholder: 'tf',
    help: 'timeframe of the candles that indicators are computed on',
    ...choice(TIMEFRAMES),
    commands: ['indicators'],
  }),
  inputTimeframe: option({
    placeholder: 'tf',
    help: 'timeframe of the candles in the file; shorter ones are rolled up (default: the smallest step of the first 1000 rows)',
    ...choice(TIMEFRAMES),
    commands: ['indicators'],
  }),
  out: option({
    placeholder: 'file',
    help: 'file to write, compressed if its name ends in .gz; indicators: CSV, - is standard output; replay: every closed candle with its indicators, .csv or .ndjson; backup: always compressed',
    allowed: 'a path, or -',
    schema: z.string().min(1),
    commands: ['backup', 'indicators', 'replay'],
  }),
  signals: option({
    placeholder: 'file',
    help: 'has the four layers analyse what is replayed, without sectors, lists, portfolios and figures from outside, which come from a database and from sources; writes each signal that is given or ends as a line, .ndjson',
    allowed: 'a path ending in .ndjson, or .gz after it',
    schema: z.string().min(1),
    commands: ['replay'],
  }),
  from: option({
    placeholder: 'time',
    help: 'where history begins',
    ...instant,
    commands: ['backfill'],
  }),
  to: option({
    placeholder: 'time',
    help: 'where history ends, itself not included (default: now)',
    ...instant,
    commands: ['backfill'],
  }),
  timeframes: option({
    placeholder: 'list',
    help: 'whose candles are fetched (default: all)',
    allowed: `comma-separated, each once, of ${TIMEFRAMES.join(', ')}`,
    schema: list(new RegExp(`^(${TIMEFRAMES.join('|')})$`), '').schema.transform(
      (items) => items as readonly Timeframe[],
    ),
    commands: ['backfill'],
  }),
  onError: option({
    placeholder: 'what',
    help: 'at a bad row: stop, or skip it and say how many were skipped',
    default: 'stop',
    ...choice(['stop', 'skip']),
    commands: FILES,
  }),
  serve: option({
    placeholder: 'yes|no',
    help: 'opens the gateway while a recording is replayed, as --host, --port and the limits say; all of it is marked as simulated, and nothing is stored',
    default: 'no',
    ...yesOrNo,
    commands: ['replay'],
  }),
  speed: option({
    placeholder: 'factor',
    help: 'how fast recorded time passes',
    default: 'max',
    ...speed,
    commands: ['replay'],
  }),
  status: option({
    placeholder: 'yes|no',
    help: 'shows what is applied and what is pending, and changes nothing; ends with code 0 if all is applied, 2 if migrations are pending, 1 if one was edited or is unknown',
    default: 'no',
    ...yesOrNo,
    commands: ['migrate'],
  }),
  dryRun: option({
    placeholder: 'yes|no',
    help: 'tries what is pending in a transaction that is taken back; a running server waits meanwhile',
    default: 'no',
    ...yesOrNo,
    commands: ['migrate'],
  }),
  logLevel: option({
    placeholder: 'level',
    help: 'least severe log line shown',
    default: 'info',
    ...choice(LOG_LEVELS),
    commands: ALL,
  }),
  logFormat: option({
    placeholder: 'format',
    help: 'auto is pretty on a terminal and JSON elsewhere',
    default: 'auto',
    ...choice(LOG_FORMATS),
    commands: ALL,
  }),
} as const;

export type OptionKey = keyof typeof OPTIONS;
type Value<K extends OptionKey> = z.output<(typeof OPTIONS)[K]['schema']>;
type Optional =
  | OptionalSourceOption
  | OptionalAccountOption
  | OptionalGatewayOption
  | 'symbols'
  | 'exchangeUrl'
  | 'databaseUrl'
  | 'databaseEngineUrl'
  | 'databaseGatewayUrl'
  | 'redisUrl'
  | 'in'
  | 'timeframe'
  | 'timeframes'
  | 'from'
  | 'to'
  | 'inputTimeframe'
  | 'out'
  | 'signals';

/** The validated configuration of a process. */
export type Config = { readonly [K in Exclude<OptionKey, Optional>]: Value<K> } & {
  readonly [K in Optional]: Value<K> | undefined;
};

/** Gives the keys of all options, in the order of `--help`. */
export function optionKeys(): readonly OptionKey[] {
  return Object.keys(OPTIONS) as OptionKey[];
}

/** Gives the flag of an option, `--data-dir` for `dataDir`. */
export function flagOf(key: OptionKey): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** Gives the environment variable of an option, `CRYPTOPREDICT_DATA_DIR` for `dataDir`. */
export function envOf(key: OptionKey): string {
  const spec: OptionSpec<unknown> = OPTIONS[key];
  return spec.env ?? `CRYPTOPREDICT_${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

/** Whether only this machine reaches a server that listens on `host`. */
export function isLoopbackHost(host: string | undefined): boolean {
  return host !== undefined && /^(localhost|::1|127(\.\d{1,3}){3})$/.test(host);
}

/** Says whether others than this machine reach a server: by its address, or through proxies in front of it. */
export function isOpenToOthers({ host, trustedProxies }: Pick<Config, 'host' | 'trustedProxies'>): boolean {
  return !isLoopbackHost(host) || (trustedProxies ?? []).length > 0;
}

/**
 * Makes the configuration out of flags and environment; a flag wins over a variable, an empty variable is none.
 *
 * @param flags values as given on the command line, by option key
 * @throws OperatorError that names every bad value at once, where it came from and what is allowed
 */
export function readConfig(
  flags: Readonly<Partial<Record<OptionKey, string>>>,
  env: Readonly<Record<string, string | undefined>>,
): Config {
  const faults: string[] = [];
  const entries = optionKeys().map((key): [OptionKey, unknown] => {
    const spec: OptionSpec<unknown> = OPTIONS[key];
    const fromEnv = env[envOf(key)];
    const text = flags[key] ?? (fromEnv === '' ? undefined : fromEnv) ?? spec.default;
    if (text === undefined) return [key, undefined];
    const parsed = spec.schema.safeParse(text);
    if (parsed.success) return [key, parsed.data];
    const name = flags[key] === undefined ? `${flagOf(key)} (from ${envOf(key)})` : flagOf(key);
    // What should be a URL and is none may hold a password anywhere: it is not repeated.
    const shown = spec.env === undefined ? ` "${redactText(text)}"` : '';
    faults.push(`${name}${shown} is not allowed; allowed: ${spec.allowed}`);
    return [key, undefined];
  });
  // Only complete if there is no fault.
  const config = Object.fromEntries(entries) as unknown as Config;
  const exchanges: readonly string[] | undefined = config.exchange;
  const strangers = [...(config.exchangeUrl?.keys() ?? [])].filter(
    (id) => exchanges?.includes(id) === false && id !== config.derivativesExchange,
  );
  if (strangers.length > 0) {
    faults.push(
      `--exchange-url names ${strangers.join(', ')}, which --exchange does not; --exchange is ${config.exchange.join(', ')}`,
    );
  }
  for (const [source, key] of [
    ['on_chain', 'onChainSource'],
    ['google_trends', 'trendsSource'],
  ] as const) {
    // The demo exchange has its own.
    if (config.sources?.includes(source) !== true || config[key] !== undefined) continue;
    if (exchanges?.includes('demo') === false)
      faults.push(`--sources names ${source}, which needs ${flagOf(key)}`);
  }
  if (config.emailVerification === 'required' && config.smtpUrl === undefined && isOpenToOthers(config)) {
    faults.push(
      '--email-verification is required, which needs --smtp-url, or a --host of loopback without proxies, where mails are logged',
    );
  }
  const hasDatabase = (flags.databaseUrl ?? env[envOf('databaseUrl')] ?? '') !== '';
  for (const key of ['databaseEngineUrl', 'databaseGatewayUrl'] as const) {
    if (config[key] === undefined || hasDatabase) continue;
    faults.push(
      `${flagOf(key)} is given without ${flagOf('databaseUrl')}: the embedded database makes its own logins`,
    );
  }
  const [lone, absent] =
    config.tlsCert === undefined ? (['tlsKey', 'tlsCert'] as const) : (['tlsCert', 'tlsKey'] as const);
  if (config[lone] !== undefined && config[absent] === undefined)
    faults.push(`${flagOf(lone)} is given without ${flagOf(absent)}`);
  if (faults.length > 0) throw new OperatorError(faults.join('\n'));
  return config;
}
