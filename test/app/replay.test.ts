import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { replayFiles } from '../../src/app/replay.js';
import { symbolOfFile, symbolsOfFiles } from '../../src/app/replay-inputs.js';
import type { Flags } from '../../src/cli.js';
import { readConfig } from '../../src/config.js';
import { IndicatorSeries } from '../../src/engine/indicators/indicator-series.js';
import { DEFAULT_INDICATORS } from '../../src/engine/indicators/registry.js';
import { messageOf, OperatorError } from '../../src/errors.js';
import { bucketEnd, MINUTE_MS, TIMEFRAMES, type Timeframe } from '../../src/timeframe.js';
import { type Part, rollUp } from '../oracles/roll-up.js';
import { CANDLE_HEADER, candleRows, csv, makeFileFolder, TRADE_HEADER } from '../support/files.js';
import { silent } from '../support/folder.js';
import {
  readRecordedCandles,
  readRecordedTrades,
  sharedData,
  skipWithoutRecord,
} from '../support/recorded.js';
import { recordingLogger } from '../support/recording-logger.js';

const { signal } = new AbortController();

/** Gives the summary. */
async function replay(paths: readonly string[], flags: Flags = {}, logger = silent): Promise<string> {
  let summary = '';
  await replayFiles(paths, readConfig(flags, {}), logger, signal, (text) => {
    summary += text;
  });
  return summary;
}

async function refusal(paths: readonly string[], flags: Flags = {}): Promise<string> {
  try {
    await replay(paths, flags);
  } catch (error) {
    if (error instanceof OperatorError) return messageOf(error);
    throw error;
  }
  return 'not refused';
}

function digestOf(summary: string): string {
  return /^digest sha256:([0-9a-f]{64})$/m.exec(summary)?.[1] ?? '';
}

/** What was closed of one series, as the output file tells it. */
interface Closed {
  readonly symbol: string;
  readonly timeframe: Timeframe;
  readonly timestamp_ms: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  readonly trade_count: number | null;
  readonly coverage: number;
  readonly simulated: boolean;
  readonly [column: string]: string | number | boolean | null;
}

function closedOf(path: string): readonly Closed[] {
  return readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Closed);
}

const shared = (...names: readonly string[]): string[] => names.map((name) => sharedData(name) ?? '');
const BTC_TRADES = [
  'trades/BTC-USDT_spot_20240808.trades.csv.gz',
  'trades/BTC-USDT_spot_20240809.trades.csv.gz',
];

/** Compares every closed candle with the plain roll-up of the same parts. */
function assertRolledUp(
  t: Test,
  closed: readonly Closed[],
  parts: readonly Part[],
  until: number,
  withTrades: boolean,
): void {
  for (const timeframe of TIMEFRAMES) {
    const wanted = rollUp(parts, timeframe).filter(({ time }) => bucketEnd(timeframe, time) <= until);
    const found = closed.filter((candle) => candle.timeframe === timeframe);
    const texts = wanted.map((c) =>
      JSON.stringify([c.time, c.open, c.high, c.low, c.close, c.volume, withTrades ? c.parts : null]),
    );
    const mine = found.map((c) =>
      JSON.stringify([c.timestamp_ms, c.open, c.high, c.low, c.close, c.volume, c.trade_count]),
    );
    const first = mine.findIndex((text, i) => text !== texts[i]);
    t.equal(mine[first], texts[first], `${wanted.length} candles of ${timeframe}`);
    t.equal(mine.length, texts.length);
  }
}

t.test(
  'recorded trades over midnight close the candles of a plain roll-up, the day with the rest',
  skipWithoutRecord(),
  async (t) => {
    const files = makeFileFolder(t);
    const paths = shared(...BTC_TRADES);
    const summary = await replay(paths, { out: files.path('closed.ndjson') });
    const parts = readRecordedTrades(...paths).map(({ time, price, amount }): Part => {
      const at = Number(price);
      return { time, open: at, high: at, low: at, close: at, volume: amount };
    });
    const last = parts.at(-1)?.time ?? 0;
    const closed = closedOf(files.path('closed.ndjson'));
    // The last minute may go on behind the end of the record.
    assertRolledUp(t, closed, parts, last - (last % MINUTE_MS), true);
    t.ok(closed.some(({ timeframe }) => timeframe === '1d'));
    t.ok(closed.every((candle) => candle.simulated && candle.symbol === 'BTC/USDT'));
    const minutes = closed.filter(({ timeframe }) => timeframe === '1m');
    t.equal(
      minutes[0]?.coverage,
      (MINUTE_MS - ((parts[0]?.time ?? 0) % MINUTE_MS)) / MINUTE_MS,
      'begun within it',
    );
    t.ok(minutes.slice(1).every(({ coverage }) => coverage === 1));
    t.match(summary, /^BTC\/USDT\n/);
    t.match(summary, `rows       ${parts.length}, of which ${parts.length} trades; 0 late, 0 invalid`);
    t.match(summary, 'closed     1m 11, 5m 3, 15m 1, 1h 1, 4h 1, 1d 1, 1w 0, 1M 0');
    t.match(summary, /\d+ events in \d+\.\d s, \d+ a second; 0 rows skipped\n/);
  },
);

t.test(
  'recorded 1m candles close the longer candles of a plain roll-up, with their indicators',
  skipWithoutRecord(),
  async (t) => {
    const files = makeFileFolder(t);
    const [path = ''] = shared('candles/SOL-USDT-PERP_1m.csv.gz');
    await replay([path], { out: files.path('closed.ndjson') });
    const parts = readRecordedCandles(path).map(({ time, open, high, low, close, volume }): Part => {
      const [o, h, l, c] = [open, high, low, close].map(Number) as [number, number, number, number];
      return { time, open: o, high: h, low: l, close: c, volume };
    });
    const closed = closedOf(files.path('closed.ndjson'));
    assertRolledUp(t, closed, parts, (parts.at(-1)?.time ?? 0) + MINUTE_MS, false);
    t.equal(closed[0]?.symbol, 'SOL/USDT:USDT', 'the name tells the perpetual');
    const hours = closed.filter(({ timeframe }) => timeframe === '1h');
    const alone = new IndicatorSeries(DEFAULT_INDICATORS);
    let different = 0;
    for (const hour of hours) {
      alone.commit({ ...hour, time: hour.timestamp_ms });
      for (const [column, name] of alone.columns.entries()) {
        const value = alone.closedValue(column);
        if (hour[name] !== (Number.isNaN(value) ? null : value)) different += 1;
      }
    }
    t.equal(different, 0, `indicators of ${hours.length} hours are those of the hours by themselves`);
  },
);

t.test(
  'two replays of the same files have one digest, however the files are stored',
  skipWithoutRecord(),
  async (t) => {
    const files = makeFileFolder(t);
    const paths = shared(...BTC_TRADES, 'trades/ETH-USDT_spot_20240808.trades.csv.gz');
    const digest = digestOf(await replay(paths));
    t.match(digest, /^[0-9a-f]{64}$/);
    t.equal(digestOf(await replay(paths)), digest);
    // Plain bytes arrive in other pieces than gunzipped ones.
    const plain = paths.map((path) =>
      files.write(path.replace(/.*\//, '').replace('.gz', ''), gunzipSync(readFileSync(path))),
    );
    t.equal(digestOf(await replay(plain)), digest);
    t.equal(digestOf(await replay(plain, { speed: '10000x' })), digest, 'at another speed');
    t.not(digestOf(await replay(plain.slice(1))), digest, 'less data');
    t.not(digestOf(await replay(plain, { indicators: 'default,rsi:9' })), digest, 'more indicators');
  },
);

t.test('several symbols are merged by time, each with its own candles', async (t) => {
  const files = makeFileFolder(t);
  const a = files.write('A-USD_1m.csv', csv(CANDLE_HEADER, candleRows(3)));
  const b = files.write('B-USD_1m.csv', csv(CANDLE_HEADER, candleRows(3, 60_000)));
  const out = files.path('closed.csv');
  const summary = await replay([b, a], { out, indicators: 'sma:2' });
  const lines = readFileSync(out, 'utf8').trimEnd().split('\n');
  t.equal(
    lines[0],
    'symbol,timeframe,timestamp_ms,open,high,low,close,volume,trade_count,vwap,coverage,sma_2',
  );
  t.same(
    lines.slice(1).map((line) => line.split(',').slice(0, 3).join(' ')),
    [
      'A/USD 1m 0',
      'B/USD 1m 60000',
      'A/USD 1m 60000',
      'B/USD 1m 120000',
      'A/USD 1m 120000',
      'B/USD 1m 180000',
    ],
    'at the same moment in the order of the command line',
  );
  t.equal(lines[1], 'A/USD,1m,0,10,12,9,10,0.5,,,1,', 'what is not known is empty');
  t.ok(summary.indexOf('B/USD\n') < summary.indexOf('A/USD\n'));
  t.equal(readdirSync(files.folder).length, 3, 'no temporary file is left');
});

t.test('a hole in the record is told, filled flat and not covered', async (t) => {
  const files = makeFileFolder(t);
  const input = files.write(
    'A-USD_1m.csv',
    csv(CANDLE_HEADER, [...candleRows(2), ...candleRows(1, 240_000)]),
  );
  const summary = await replay([input], { out: files.path('closed.ndjson') });
  t.match(summary, 'gaps       1; 2 minutes without a trade or candle are flat');
  t.match(
    closedOf(files.path('closed.ndjson')).filter(({ timeframe }) => timeframe === '1m'),
    [
      { timestamp_ms: 0, coverage: 1 },
      { timestamp_ms: 60_000, coverage: 1 },
      { timestamp_ms: 120_000, volume: 0, coverage: 0 },
      { timestamp_ms: 180_000, volume: 0, coverage: 0 },
      { timestamp_ms: 240_000, coverage: 1 },
    ],
  );
});

t.test('a bad row ends it by line, or is skipped and counted', async (t) => {
  const files = makeFileFolder(t);
  const good = files.write('A-USD_1m.csv', csv(CANDLE_HEADER, candleRows(3)));
  const bad = files.write('B-USD_1m.csv', csv(CANDLE_HEADER, candleRows(3).with(1, '60000,10,9,9.5,10,1')));
  const trades = files.write(
    'C-USD.trades.csv',
    csv(TRADE_HEADER, ['1,5000,10,1,0', '1,5000,10,1,0', '2,6000,10,1,0']),
  );
  const out = files.path('closed.csv');
  t.equal(
    await refusal([good, bad], { out }),
    `${bad} line 3: high 9 is below low 9.5 (--on-error skip leaves such rows out)`,
  );
  t.notOk(
    readdirSync(files.folder).some((name) => name.startsWith('closed')),
    'no output appears',
  );
  t.match(await refusal([trades]), /C-USD\.trades\.csv line 3: trade 1 was there before/);
  const { logger, lines } = recordingLogger();
  const summary = await replay([good, bad, trades], { onError: 'skip' }, logger);
  t.match(summary, '2 rows skipped');
  t.match(
    lines.filter(({ msg }) => msg.startsWith('skipped')),
    [
      { line: 3, rule: 'contradiction' },
      { line: 3, rule: 'duplicate' },
    ],
  );
});

t.test('refuses what cannot be replayed, in one line each', async (t) => {
  const files = makeFileFolder(t);
  const minutes = files.write('A-USD_1m.csv', csv(CANDLE_HEADER, candleRows(3)));
  const hours = files.write('A-USD_1h.csv.gz', gzipSync(csv(CANDLE_HEADER, candleRows(3, 0, 3_600_000))));
  const threes = files.write('A-USD_3m.csv', csv(CANDLE_HEADER, candleRows(20, 0, 180_000)));
  const nameless = files.write('some.csv', csv(CANDLE_HEADER, candleRows(3)));
  const cases: readonly (readonly [readonly string[], Flags, RegExp])[] = [
    [
      [hours],
      {},
      /A-USD_1h\.csv\.gz holds candles of 1h; a replay takes trades or candles of 1m, of which the engine/,
    ],
    [[threes], {}, /A-USD_3m\.csv: no two of its first candles are a minute apart, the nearest are 3 min;/],
    [
      [nameless],
      {},
      /some\.csv: its name tells no symbol, as BTC-USDT_1m\.csv does; say --symbols BTC\/USDT$/,
    ],
    [[minutes, minutes], {}, /A-USD_1m\.csv is named twice$/],
    [
      [minutes],
      { out: files.path('x.txt') },
      /^--out ".*x\.txt" is not allowed; allowed: a name ending in \.csv or/,
    ],
    [[minutes], { out: minutes }, /^--out is one of the recorded files: /],
    [
      [minutes],
      { symbols: 'A/B,C/D' },
      /^--symbols has 2 symbols for 1 files; allowed: one for all, or one for each$/,
    ],
    [
      [minutes],
      { symbols: 'kraken:A/B' },
      /^--symbols "kraken:A\/B": a recording has no exchange; leave it out$/,
    ],
    [[minutes], { indicators: 'x' }, /^--indicators "x": there is no indicator "x"; allowed: /],
    [[files.path('none-1.csv')], { symbols: 'A/B' }, /cannot be read: there is no such file$/],
  ];
  for (const [paths, flags, says] of cases) {
    const said = await refusal(paths, flags);
    t.match(said, says);
    t.notMatch(said, '\n');
  }
  t.equal(readdirSync(files.folder).length, 4);
});

t.test('a file without rows is told as such', async (t) => {
  const files = makeFileFolder(t);
  const empty = files.write('A-USD_1m.csv', `${CANDLE_HEADER}\n`);
  t.match(await replay([empty]), 'A/USD\n  no rows\n0 events');
});

t.test('the symbol is told by the file’s name, or by --symbols', async (t) => {
  const names: Readonly<Record<string, string | null>> = {
    'BTC-USDT_1m.csv.gz': 'BTC/USDT',
    '/a/b/ETH-USDT-PERP_1m.csv': 'ETH/USDT:USDT',
    'BTC-USDT_spot_20240808.trades.csv.gz': 'BTC/USDT',
    'BTC-USDT_perp_20240808.trades.csv.gz': 'BTC/USDT:USDT',
    '1000SHIB-USDT.csv': '1000SHIB/USDT',
    'BTCUSDT.csv': null,
    'btc-usdt.csv': null,
    '-': null,
  };
  for (const [name, symbol] of Object.entries(names)) t.equal(symbolOfFile(name), symbol, name);
  t.same([...symbolsOfFiles(['x', 'y'], ['A/B'])], [['A/B', ['x', 'y']]]);
  t.same(
    [...symbolsOfFiles(['x', 'y'], ['A/B', 'C/D'])],
    [
      ['A/B', ['x']],
      ['C/D', ['y']],
    ],
  );
  t.same(
    [...symbolsOfFiles(['A-B_1.csv', 'C-D.csv', 'A-B_2.csv'], undefined)],
    [
      ['A/B', ['A-B_1.csv', 'A-B_2.csv']],
      ['C/D', ['C-D.csv']],
    ],
  );
});
