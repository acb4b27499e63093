import t from 'tap';
import {
  type Config,
  envOf,
  flagOf,
  OPTIONS,
  type OptionKey,
  optionKeys,
  readConfig,
} from '../src/config.js';
import { messageOf, OperatorError } from '../src/errors.js';

type Flags = Partial<Record<OptionKey, string>>;

function refusal(flags: Flags, env: Record<string, string> = {}): string {
  try {
    readConfig(flags, env);
  } catch (error) {
    if (error instanceof OperatorError) return messageOf(error);
    throw error;
  }
  return 'not refused';
}

const YES_OR_NO = {
  good: [
    ['yes', true],
    ['no', false],
  ] as const,
  bad: ['', 'true', '1', 'Yes'],
};

const INSTANT = {
  good: [
    ['2024-02-29', Date.UTC(2024, 1, 29)],
    ['2025-01-31T12:30', Date.UTC(2025, 0, 31, 12, 30)],
    ['2025-01-31T12:30:15.5Z', Date.UTC(2025, 0, 31, 12, 30, 15, 500)],
    ['2025-01-31T12:30+02:00', Date.UTC(2025, 0, 31, 10, 30)],
  ] as const,
  bad: [
    '',
    '2025',
    '2025-02-29',
    '2025-13-01',
    '2025-01-31 12:30',
    '2025-01-31T25:00',
    '1969-01-01',
    '1738326600000',
  ],
};

/** For every option: what is accepted, with its value, and what is refused. */
const CASES: Readonly<
  Record<OptionKey, { good: readonly (readonly [text: string, value: unknown])[]; bad: readonly string[] }>
> = {
  host: {
    good: [
      ['0.0.0.0', '0.0.0.0'],
      ['::1', '::1'],
    ],
    bad: ['', 'a b', 'http://x', '[::1]'],
  },
  port: {
    good: [
      ['0', 0],
      ['65535', 65535],
    ],
    bad: ['', '65536', '-1', '80.5', '0x50', '8e3', ' 80', 'http'],
  },
  exchange: {
    good: [
      ['binance', ['binance']],
      ['binance, kraken', ['binance', 'kraken']],
    ],
    bad: ['', 'Binance', 'binance,', 'binance,binance', 'binance kraken'],
  },
  symbols: {
    good: [
      ['BTC/USDT', ['BTC/USDT']],
      ['BTC/USDT, kraken:ETH/EUR', ['BTC/USDT', 'kraken:ETH/EUR']],
      ['BTC/USDT:USDT,bybit:BTC/USDT:USDT', ['BTC/USDT:USDT', 'bybit:BTC/USDT:USDT']],
    ],
    bad: [
      '',
      'BTC',
      'BTCUSDT',
      'BTC/USDT,',
      'BTC/USDT,BTC/USDT',
      'BTC / USDT',
      'Kraken:BTC/USDT',
      'BTC/USDT/EUR',
    ],
  },
  indicators: {
    good: [
      ['default', 'default'],
      ['default,rsi:9, macd:5/35/5', 'default,rsi:9, macd:5/35/5'],
    ],
    bad: ['', ' '],
  },
  exchangeUrl: {
    good: [
      ['demo=http://127.0.0.1:9010', new Map([['demo', 'http://127.0.0.1:9010']])],
      ['demo=http://127.0.0.1:9010/', new Map([['demo', 'http://127.0.0.1:9010']])],
      ['demo=https://u:p=w@host', new Map([['demo', 'https://u:p=w@host']])],
    ],
    bad: [
      '',
      'demo',
      'demo=',
      'demo=ws://x',
      'http://x',
      'demo=http://x/path',
      'demo=http://x,demo=http://y',
      'demo=http://x:99999',
    ],
  },
  dataDir: { good: [['/var/lib/x', '/var/lib/x']], bad: [''] },
  databaseUrl: {
    good: [
      ['postgres://u:p@h/d', 'postgres://u:p@h/d'],
      ['postgresql://h', 'postgresql://h'],
    ],
    bad: ['', 'localhost', 'mysql://h/d', 'postgres:/'],
  },
  databaseEngineUrl: {
    good: [['postgres://u:p@h/d', 'postgres://u:p@h/d']],
    bad: ['', 'localhost', 'mysql://h/d'],
  },
  databaseGatewayUrl: {
    good: [['postgres://u:p@h/d', 'postgres://u:p@h/d']],
    bad: ['', 'localhost', 'mysql://h/d'],
  },
  redisUrl: {
    good: [
      ['redis://h', 'redis://h'],
      ['rediss://h:1', 'rediss://h:1'],
    ],
    bad: ['', 'h:6379', 'http://h'],
  },
  transport: {
    good: [
      ['auto', 'auto'],
      ['uws', 'uws'],
      ['ws', 'ws'],
    ],
    bad: ['', 'UWS', 'uWebSockets.js'],
  },
  feedMode: {
    good: [
      ['trades', 'trades'],
      ['ohlcv', 'ohlcv'],
    ],
    bad: ['', 'candles'],
  },
  historyDepth: {
    good: [
      ['0', 0],
      ['20000', 20_000],
    ],
    bad: ['-1', '20001', 'all'],
  },
  checkpointMinutes: {
    good: [
      ['0', 0],
      ['0.5', 0.5],
      ['1440', 1_440],
    ],
    bad: ['-1', '1441', '5m', '.5'],
  },
  stallSeconds: {
    good: [
      ['2', 2],
      ['3600', 3_600],
    ],
    bad: ['1', '3601', '30s'],
  },
  closeGraceMs: {
    good: [
      ['0', 0],
      ['60000', 60_000],
    ],
    bad: ['60001', '1.5'],
  },
  formingWriteMs: {
    good: [
      ['100', 100],
      ['3600000', 3_600_000],
    ],
    bad: ['99', '3600001'],
  },
  poolSize: {
    good: [
      ['4', 4],
      ['200', 200],
    ],
    bad: ['3', '201'],
  },
  spoolMb: {
    good: [
      ['16', 16],
      ['1048576', 1_048_576],
    ],
    bad: ['15', '1048577', '1.5'],
  },
  allowedOrigins: {
    good: [
      ['*', ['*']],
      ['https://a.org,http://b:81', ['https://a.org', 'http://b:81']],
    ],
    bad: ['', 'a.org', 'https://a.org/', 'https://a.org,https://a.org'],
  },
  maxConnections: {
    good: [
      ['1', 1],
      ['1000000', 1_000_000],
    ],
    bad: ['0', '1000001'],
  },
  maxConnectionsPerAddress: { good: [['1', 1]], bad: ['0', '1000001'] },
  maxSubscriptions: {
    good: [
      ['1', 1],
      ['100000', 100_000],
    ],
    bad: ['0', '100001'],
  },
  maxMessagesPerSecond: {
    good: [
      ['1', 1],
      ['100000', 100_000],
    ],
    bad: ['0', '100001'],
  },
  maxFrameBytes: {
    good: [
      ['1024', 1_024],
      ['16777216', 16_777_216],
    ],
    bad: ['1023', '16777217', '64k'],
  },
  tlsCert: { good: [['/etc/x.pem', '/etc/x.pem']], bad: [''] },
  tlsKey: { good: [['/etc/x.key', '/etc/x.key']], bad: [''] },
  compression: YES_OR_NO,
  trustedProxies: {
    good: [
      ['127.0.0.1', ['127.0.0.1']],
      ['10.0.0.0/8, fd00::/8', ['10.0.0.0/8', 'fd00::/8']],
    ],
    bad: ['', 'localhost', '10.0.0.0/33', '::1/129', '10.0.0.0/', '10.0.0.0/8/8', '10.0.0.1,10.0.0.1', '*'],
  },
  maxNewConnectionsPerSecond: {
    good: [
      ['1', 1],
      ['1000000', 1_000_000],
    ],
    bad: ['0', '1000001', '1.5'],
  },
  maxRequestsPerSecond: {
    good: [
      ['1', 1],
      ['1000000', 1_000_000],
    ],
    bad: ['0', '1000001', ''],
  },
  maxBytesPerSecond: {
    good: [
      ['1024', 1_024],
      ['1000000000', 1_000_000_000],
    ],
    bad: ['1023', '1000000001', '1M'],
  },
  demoSeed: {
    good: [
      ['0', 0],
      ['4294967295', 4_294_967_295],
    ],
    bad: ['4294967296', '-1', '99999999999999999999'],
  },
  sources: {
    good: [
      ['default', undefined],
      ['none', []],
      ['fear_greed, macro', ['fear_greed', 'macro']],
    ],
    bad: ['', 'all', 'macro,macro', 'macro,none', 'Macro'],
  },
  sourceUrl: {
    good: [
      ['fear_greed=http://127.0.0.1:9020', new Map([['fear_greed', 'http://127.0.0.1:9020']])],
      [
        'global_market=https://h/api/v3/, stooq=http://h:1/a',
        new Map([
          ['global_market', 'https://h/api/v3'],
          ['stooq', 'http://h:1/a'],
        ]),
      ],
    ],
    bad: [
      '',
      'fear_greed',
      'fear_greed=h',
      'macro=http://h',
      'fred=ftp://h',
      'fred=http://h?a',
      'fred=http://h,fred=http://i',
    ],
  },
  derivativesExchange: { good: [['bybit', 'bybit']], bad: ['', 'Bybit', 'a b'] },
  macroProvider: { good: [['fred', 'fred']], bad: ['', 'FRED', 'yahoo'] },
  onChainSource: {
    good: [
      ['chain.json', 'chain.json'],
      ['https://h/chain.json?a=1', 'https://h/chain.json?a=1'],
    ],
    bad: ['', 'ftp://h/a', 'http://'],
  },
  trendsSource: { good: [['/data/trends.json', '/data/trends.json']], bad: ['', 'file:///a'] },
  registration: { good: [['closed', 'closed']], bad: ['', 'Open', 'yes'] },
  emailVerification: { good: [['required', 'required']], bad: ['', 'yes', 'Required'] },
  sessionMinutes: { good: [['1440', 1440]], bad: ['', '0', '1441', '1.5', '1h'] },
  refreshDays: { good: [['365', 365]], bad: ['', '0', '366', '30d'] },
  loginAttempts: { good: [['1', 1]], bad: ['', '0', '1001'] },
  lockoutMinutes: { good: [['1440', 1440]], bad: ['', '0', '1441', '0.5'] },
  authPerMinute: { good: [['1', 1]], bad: ['', '0', '1000001', '-1'] },
  smtpUrl: {
    good: [
      ['smtp://u:p@mail:587', 'smtp://u:p@mail:587'],
      ['smtps://mail', 'smtps://mail'],
    ],
    bad: ['', 'mail:587', 'http://mail'],
  },
  mailFrom: {
    good: [
      ['a@example.org', 'a@example.org'],
      ['Crypto Predict <a@example.org>', 'Crypto Predict <a@example.org>'],
    ],
    bad: ['', 'a', 'a b@example.org', 'Crypto <a>', 'a@b\r\nBcc: c@d'],
  },
  accountUrl: {
    good: [['https://example.org/account', 'https://example.org/account']],
    bad: ['', 'example.org', 'ftp://example.org'],
  },
  generate: {
    good: [
      ['yes', true],
      ['no', false],
    ],
    bad: ['', 'true', '1'],
  },
  coingeckoKey: { good: [['CG-abc_123', 'CG-abc_123']], bad: ['', 'a b', 'a/b'] },
  in: {
    good: [
      ['-', '-'],
      ['a folder/BTC.csv.gz', 'a folder/BTC.csv.gz'],
    ],
    bad: [''],
  },
  timeframe: {
    good: [
      ['1m', '1m'],
      ['1M', '1M'],
    ],
    bad: ['', '2m', '1H', '60'],
  },
  inputTimeframe: { good: [['1w', '1w']], bad: ['', '1W'] },
  out: { good: [['-', '-']], bad: [''] },
  signals: { good: [['signals.ndjson', 'signals.ndjson']], bad: [''] },
  onError: {
    good: [
      ['stop', 'stop'],
      ['skip', 'skip'],
    ],
    bad: ['', 'ignore'],
  },
  from: INSTANT,
  to: INSTANT,
  timeframes: {
    good: [
      ['1m', ['1m']],
      ['1M, 1m', ['1M', '1m']],
    ],
    bad: ['', '1m,1m', '2m', '1m,'],
  },
  serve: YES_OR_NO,
  status: YES_OR_NO,
  dryRun: YES_OR_NO,
  speed: {
    good: [
      ['max', Number.POSITIVE_INFINITY],
      ['1x', 1],
      ['0.1x', 0.1],
      ['10000x', 10_000],
    ],
    bad: ['', '10', 'x', '0.09x', '10001x', '-1x', '1e3x', 'Infinityx'],
  },
  logLevel: {
    good: [
      ['debug', 'debug'],
      ['silent', 'silent'],
    ],
    bad: ['', 'INFO', 'verbose'],
  },
  logFormat: {
    good: [
      ['json', 'json'],
      ['pretty', 'pretty'],
    ],
    bad: ['', 'text'],
  },
};

/** What each good value needs besides, to stand alone. */
const COMPANIONS: Partial<Record<OptionKey, Flags>> = {
  exchangeUrl: { exchange: 'demo' },
  databaseEngineUrl: { databaseUrl: 'postgres://h/d' },
  databaseGatewayUrl: { databaseUrl: 'postgres://h/d' },
  tlsCert: { tlsKey: '/etc/x.key' },
  tlsKey: { tlsCert: '/etc/x.pem' },
};

for (const key of optionKeys()) {
  const { good, bad } = CASES[key];
  const flag = flagOf(key);
  const read = (flags: Flags, env: Record<string, string> = {}): unknown =>
    readConfig({ ...COMPANIONS[key], ...flags }, env)[key];

  t.test(`${flag} takes what is allowed, from the flag or from ${envOf(key)}; the flag wins`, async (t) => {
    for (const [text, value] of good) {
      t.same(read({ [key]: text }), value, text);
      t.same(read({}, { [envOf(key)]: text }), value, `${envOf(key)}=${text}`);
      t.same(read({ [key]: text }, { [envOf(key)]: 'nonsense\n' }), value, 'the variable is not looked at');
    }
  });

  t.test(`${flag} refuses anything else by name, with what is allowed`, async (t) => {
    const spec = OPTIONS[key];
    for (const text of bad) {
      const message = refusal({ [key]: text });
      const shown = 'env' in spec ? '' : ` "${text}"`;
      t.equal(message, `${flag}${shown} is not allowed; allowed: ${spec.allowed}`);
      if (text === '') continue;
      const fromEnv = refusal({}, { [envOf(key)]: text });
      t.equal(fromEnv, `${flag} (from ${envOf(key)})${shown} is not allowed; allowed: ${spec.allowed}`);
    }
  });
}

t.test('without flags and variables everything has its default', async (t) => {
  const config = readConfig({}, {});
  for (const key of optionKeys()) {
    const spec = OPTIONS[key];
    if ('default' in spec) t.same(config[key], readConfig({ [key]: spec.default }, {})[key], key);
    else t.equal(config[key], undefined, key);
  }
  t.match(config, {
    host: '127.0.0.1',
    port: 8080,
    exchange: ['demo'],
    databaseUrl: undefined,
  } as Partial<Config>);
});

t.test('an empty variable is none, an empty flag is a mistake', async (t) => {
  const env = Object.fromEntries(optionKeys().map((key) => [envOf(key), '']));
  t.same(readConfig({}, env), readConfig({}, {}));
  t.match(refusal({ symbols: '' }), /^--symbols "" is not allowed/);
});

t.test('variables are named after the program, apart from those that everybody knows', async (t) => {
  const names = optionKeys().map(envOf);
  t.equal(new Set(names).size, names.length);
  t.same(
    names.filter((name) => !/^CRYPTOPREDICT_[A-Z]+(_[A-Z]+)*$/.test(name)),
    [
      'DATABASE_URL',
      'DATABASE_ENGINE_URL',
      'DATABASE_GATEWAY_URL',
      'REDIS_URL',
      'COINGECKO_API_KEY',
      'SMTP_URL',
    ],
  );
  t.equal(envOf('maxConnectionsPerAddress'), 'CRYPTOPREDICT_MAX_CONNECTIONS_PER_ADDRESS');
  t.equal(flagOf('maxConnectionsPerAddress'), '--max-connections-per-address');
});

t.test('all mistakes are told at once, a line each', async (t) => {
  const message = refusal(
    { port: 'x', transport: 'y', exchangeUrl: 'kraken=http://h' },
    { CRYPTOPREDICT_POOL_SIZE: '1', REDIS_URL: 'nowhere' },
  );
  const lines = message.split('\n');
  t.equal(lines.length, 5);
  for (const start of [
    '--port "x"',
    '--transport "y"',
    '--pool-size (from CRYPTOPREDICT_POOL_SIZE) "1"',
    '--redis-url (from REDIS_URL) is not allowed',
    '--exchange-url names kraken, which --exchange does not; --exchange is demo',
  ]) {
    t.equal(lines.filter((line) => line.startsWith(start)).length, 1, start);
  }
});

t.test('the exchange of derivatives may have an address of its own', async (t) => {
  const { exchangeUrl } = readConfig({ exchangeUrl: 'binanceusdm=http://h' }, {});
  t.same(exchangeUrl, new Map([['binanceusdm', 'http://h']]));
});

t.test('a source that is named must have a place, unless the demo exchange has one', async (t) => {
  t.equal(
    refusal({ exchange: 'kraken', sources: 'on_chain,google_trends' }),
    '--sources names on_chain, which needs --on-chain-source\n--sources names google_trends, which needs --trends-source',
  );
  t.same(readConfig({ sources: 'on_chain' }, {}).sources, ['on_chain']);
  const place = { exchange: 'kraken', sources: 'on_chain', onChainSource: 'a.json' };
  t.equal(readConfig(place, {}).onChainSource, 'a.json');
});

t.test('a certificate needs its key, and a key its certificate', async (t) => {
  t.equal(refusal({ tlsCert: '/etc/x.pem' }), '--tls-cert is given without --tls-key');
  t.equal(refusal({ tlsKey: '/etc/x.key' }), '--tls-key is given without --tls-cert');
});

t.test('a login of its own for a role needs the database that it is on', async (t) => {
  t.match(
    refusal({ databaseEngineUrl: 'postgres://h/d' }),
    /^--database-engine-url is given without --database-url[^\n]*$/,
  );
  t.match(
    refusal({ databaseUrl: 'nowhere', databaseGatewayUrl: 'postgres://h/d' }),
    /^--database-url[^\n]*$/,
  );
});

t.test('addresses can be verified only where mail is sent, or read in the log', async (t) => {
  const required = { emailVerification: 'required' };
  t.equal(readConfig(required, {}).emailVerification, 'required', 'on loopback');
  t.throws(() => readConfig({ ...required, host: '0.0.0.0' }, {}), {
    message: /^--email-verification is required, which needs --smtp-url/,
  });
  t.equal(readConfig({ ...required, host: '0.0.0.0', smtpUrl: 'smtp://mail' }, {}).host, '0.0.0.0');
});

t.test('a wrong exchange is one mistake, not two', async (t) => {
  t.match(refusal({ exchange: 'KRAKEN', exchangeUrl: 'kraken=http://h' }), /^--exchange "KRAKEN"[^\n]*$/);
});

t.test('a password in a refused URL is never repeated', async (t) => {
  for (const [key, url] of [
    ['databaseUrl', 'mysql://user:hunter2@host/db'],
    ['databaseUrl', 'postgres//user:hunter2@host'],
    ['redisUrl', 'http://:hunter2@host'],
    ['exchangeUrl', 'demo=http://user:hunter2@host/path'],
    ['exchangeUrl', 'demo=http://user:hun@ter2@host/path'],
    ['allowedOrigins', 'https://user:hunter2@host/path'],
  ] as const) {
    const message = refusal({ [key]: url });
    t.match(message, `${flagOf(key)}`, 'refused by name');
    t.notMatch(message, /hunter2|hun@|ter2/, url);
  }
});
