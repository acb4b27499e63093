import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { writeIndicators } from '../../src/app/indicators-file.js';
import type { Flags } from '../../src/cli.js';
import { readConfig } from '../../src/config.js';
import { OperatorError } from '../../src/errors.js';
import { CANDLE_HEADER, candleRows, csv, type FileFolder, makeFileFolder } from '../support/files.js';
import { silent } from '../support/folder.js';
import { GOLDEN_TOLERANCE, goldenError } from '../support/golden.js';
import { sharedData, skipWithoutRecord } from '../support/recorded.js';
import { recordingLogger } from '../support/recording-logger.js';

/** Runs the command in this process; gives what it said at the end, or why it did not get there. */
async function run(t: Test, flags: Flags, logger = silent): Promise<string> {
  const said = t.capture(process.stderr, 'write', () => true);
  try {
    await writeIndicators(readConfig(flags, {}), logger, new AbortController().signal);
    return said()
      .map(({ args }) => String(args[0]))
      .join('');
  } catch (error) {
    if (error instanceof OperatorError) return error.message;
    throw error;
  } finally {
    said.restore();
  }
}

/** Gives header and cells of what was written. */
function table(path: string): string[][] {
  const bytes = readFileSync(path);
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
  return text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));
}

function names(files: FileFolder): string[] {
  return readdirSync(files.folder).toSorted();
}

for (const [name, timeframe] of [
  ['BTC-USDT_1d', '1d'],
  ['ETH-USDT_1h', '1h'],
  ['BTC-USDT-PERP_1m', '1m'],
] as const) {
  t.test(
    `the file written for ${name} agrees with the golden one, cell by cell`,
    skipWithoutRecord(),
    async (t) => {
      const files = makeFileFolder(t);
      const out = files.path('out.csv');
      await run(t, { in: sharedData(`candles/${name}.csv.gz`) ?? '', timeframe, out });
      const [header = [], ...rows] = table(out);
      const [goldenHeader = [], ...golden] = table(sharedData(`golden/${name}.golden.csv.gz`) ?? '');
      t.same(header.slice(0, 3), goldenHeader.slice(0, 3), 'time, index and close come first');
      const shared = goldenHeader.filter((column) => header.includes(column));
      t.ok(shared.length >= 23, `${shared.length} columns are in both`);
      const volumeSma = goldenHeader.indexOf('volume_sma_20');
      const wrong: string[] = [];
      let compared = 0;
      for (const cells of golden) {
        const mine = rows[Number(cells[1])] ?? [];
        const row = { close: Number(cells[2]), volumeSma: Number(cells[volumeSma] || Number.NaN) };
        for (const column of shared) {
          const wanted = cells[goldenHeader.indexOf(column)] ?? '';
          const found = mine[header.indexOf(column)] ?? '';
          compared += 1;
          if (wanted === '' && found === '') continue;
          const error =
            wanted === '' || found === ''
              ? Number.NaN
              : goldenError(column, Number(found), Number(wanted), row);
          if (!(error <= GOLDEN_TOLERANCE)) wrong.push(`${column} at ${cells[1]}: ${found}, not ${wanted}`);
        }
      }
      t.equal(wrong.length, 0, `${compared} cells; ${wrong.slice(0, 3).join('; ')}`);
    },
  );
}

for (const [part, whole] of [
  ['ETH-USDT-PERP_5m', 'ETH-USDT-PERP_1h'],
  ['ETH-USDT-PERP_15m', 'ETH-USDT-PERP_1h'],
  ['BTC-USDT_1h', 'BTC-USDT_4h'],
  ['BTC-USDT_4h', 'BTC-USDT_1d'],
  ['BTC-USDT_1d', 'BTC-USDT_1w'],
  ['BTC-USDT_1d', 'BTC-USDT_1M'],
] as const) {
  t.test(
    `${part} rolled up has the indicators of the exchange's own ${whole}`,
    skipWithoutRecord(),
    async (t) => {
      const files = makeFileFolder(t);
      const timeframe = whole.replace(/.*_/, '');
      const indicators = 'sma:2,atr:2,adx:2,bb:5/2';
      const own = files.path('own.csv');
      const rolled = files.path('rolled.csv');
      // Cut to what both hold: an exchange's own series begin and end at their own times.
      const wholeRows = table(sharedData(`candles/${whole}.csv.gz`) ?? '');
      const partRows = table(sharedData(`candles/${part}.csv.gz`) ?? '');
      const first = Math.max(Number(wholeRows[1]?.[0]), Number(partRows[1]?.[0]));
      const begin = Number(wholeRows.find(([time]) => Number(time) >= first)?.[0]);
      const cut = (rows: string[][]): string =>
        [rows[0], ...rows.slice(1).filter(([time]) => Number(time) >= begin)]
          .map((row) => row?.join(','))
          .join('\n');
      const from = { own: files.write('a.csv', cut(wholeRows)), rolled: files.write('b.csv', cut(partRows)) };
      await run(t, { in: from.own, timeframe, out: own, indicators });
      await run(t, { in: from.rolled, timeframe, out: rolled, indicators });
      const wanted = table(own);
      const found = table(rolled);
      const count = Math.min(wanted.length, found.length);
      t.ok(count >= 59, `${count} rows of ${whole}`);
      const differing = found
        .slice(0, count)
        .flatMap((row, i) => (row.join() === wanted[i]?.join() ? [] : [row[0]]));
      t.same(differing, [], 'to the last bit');
    },
  );
}

t.test('the summary tells rows, gaps, what is left out and where it went', async (t) => {
  const files = makeFileFolder(t);
  const minutes = [...candleRows(7, 180_000), ...candleRows(8, 720_000)];
  const input = files.write('in.csv', csv(CANDLE_HEADER, minutes));
  const out = files.path('out.csv.gz');
  const said = await run(t, { in: input, timeframe: '5m', out, indicators: 'sma:2' });
  t.match(said, /in\.csv: 15 rows of 1m in \d+\.\d s\n {2}0 skipped\n {2}1 gaps \(2 candles missing\)\n/);
  t.match(said, /3 candles of 5m written to \S*out\.csv\.gz\n/);
  t.match(said, 'the first candle of 5m, 1970-01-01T00:00:00.000Z, is incomplete and left out');
  t.notMatch(said, 'last candle', 'which is whole');
  t.same(
    table(out).map(([time, index, close]) => [time, index, close]),
    [
      ['timestamp_ms', 'bar_index', 'close'],
      ['300000', '0', '10'],
      ['600000', '1', '12'],
      ['900000', '2', '11'],
    ],
  );
  t.same(names(files), ['in.csv', 'out.csv.gz'], 'nothing else is left');
});

t.test('an incomplete last candle is left out, and said', async (t) => {
  const files = makeFileFolder(t);
  const input = files.write('in.csv', csv(CANDLE_HEADER, candleRows(8)));
  const said = await run(t, { in: input, timeframe: '5m', out: files.path('out.csv') });
  t.match(said, 'the last candle of 5m, 1970-01-01T00:05:00.000Z, is incomplete and left out');
  t.equal(table(files.path('out.csv')).length, 2);
});

t.test('a cell is empty until its indicator is defined', async (t) => {
  const files = makeFileFolder(t);
  const input = files.write('in.csv', csv(CANDLE_HEADER, candleRows(4)));
  await run(t, { in: input, timeframe: '1m', out: files.path('out.csv'), indicators: 'sma:3,sma:2' });
  t.same(table(files.path('out.csv')), [
    ['timestamp_ms', 'bar_index', 'close', 'sma_3', 'sma_2'],
    ['0', '0', '10', '', ''],
    ['60000', '1', '11', '', '10.5'],
    ['120000', '2', '12', '11', '11.5'],
    ['180000', '3', '10', '11', '11'],
  ]);
});

const BAD = candleRows(40).map((row, i) => (i % 3 === 1 ? `${row.split(',')[0]},x,1,1,1,1` : row));

t.test('a bad row ends it by line, and no file appears', async (t) => {
  const files = makeFileFolder(t);
  const input = files.write('in.csv', csv(CANDLE_HEADER, BAD));
  const said = await run(t, { in: input, timeframe: '1m', out: files.path('out.csv') });
  t.equal(said, `${input} line 3: open "x" is not a number (--on-error skip leaves such rows out)`);
  t.same(names(files), ['in.csv']);
});

t.test('an earlier output stays as it was when a later run fails', async (t) => {
  const files = makeFileFolder(t);
  const out = files.write('out.csv', 'before');
  await run(t, { in: files.write('in.csv', csv(CANDLE_HEADER, BAD)), timeframe: '1m', out });
  t.equal(readFileSync(out, 'utf8'), 'before');
});

for (const [logLevel, named] of [
  ['info', 10],
  ['debug', 13],
] as const) {
  t.test(
    `skipping names ${named} of 13 bad rows at level ${logLevel}, and says how many there were`,
    async (t) => {
      const files = makeFileFolder(t);
      const input = files.write('in.csv', csv(CANDLE_HEADER, BAD));
      const { logger, lines } = recordingLogger(logLevel);
      const flags: Flags = { in: input, timeframe: '1m', out: files.path('out.csv'), onError: 'skip' };
      const said = await run(t, flags, logger);
      t.match(said, /: 40 rows of 1m in .*\n {2}13 skipped\n/);
      const skipped = lines.filter(({ msg }) => msg.startsWith('skipped: '));
      t.equal(skipped.length, named);
      t.match(skipped[0], { line: 3, column: 'open', value: 'x', rule: 'number' });
      t.equal(table(files.path('out.csv')).length, 1 + 27);
    },
  );
}

t.test('quotes around every cell change nothing', async (t) => {
  const files = makeFileFolder(t);
  const rows = [CANDLE_HEADER, ...candleRows(9)];
  const plain = files.write('plain.csv', rows.join('\n'));
  const quoted = files.write('quoted.csv', rows.map((row) => row.replace(/[^,]+/g, '"$&"')).join('\n'));
  const flags: Flags = { timeframe: '1m', indicators: 'sma:2' };
  await run(t, { ...flags, in: plain, out: files.path('a.csv') });
  await run(t, { ...flags, in: quoted, out: files.path('b.csv') });
  t.same(table(files.path('b.csv')), table(files.path('a.csv')));
});

t.test('where no timeframe can be told, it is said why: by line, or by the step', async (t) => {
  const files = makeFileFolder(t);
  const out = files.path('out.csv');
  for (const [times, says] of [
    [
      ['60000', '2023-11-15T00:00:00Z'],
      /line 3: timestamp_ms "2023-11-15T00:00:00Z" is not a number, and no timeframe/,
    ],
    [
      ['1700006400000000', '1700006460000000'],
      /line 2: .* is beyond the year 2100; times are in ms, and no timeframe/,
    ],
    [['1700006400', '1700006460'], /no timeframe fits .* \(60 ms at the least; times are in ms\)/],
  ] as const) {
    const rows = times.map((time) => `${time},10,12,9,11,1`);
    const said = await run(t, { in: files.write('a.csv', csv(CANDLE_HEADER, rows)), timeframe: '1m', out });
    t.match(said, says);
    t.match(said, /; say --input-timeframe$/);
  }
});

t.test('refuses what cannot be done, in one line each, and leaves nothing behind', async (t) => {
  const files = makeFileFolder(t);
  const minutes = files.write('1m.csv', csv(CANDLE_HEADER, candleRows(9)));
  const hours = files.write('1h.csv.gz', gzipSync(csv(CANDLE_HEADER, candleRows(9, 0, 3_600_000))));
  const odd = files.write('2m.csv', csv(CANDLE_HEADER, candleRows(9, 0, 120_000)));
  const weeks = files.write('1w.csv', csv(CANDLE_HEADER, candleRows(9, 4 * 86_400_000, 604_800_000)));
  const trades = files.write('t.csv', 'trade_id,trade_time_ms,price,qty\n1,1,1,1\n');
  const out = files.path('out.csv');
  const before = names(files);
  const cases: readonly (readonly [Flags, RegExp])[] = [
    [{}, /^--in, --timeframe, --out must be given; see cryptopredict indicators --help/],
    [{ in: minutes, out }, /^--timeframe must be given/],
    [{ in: minutes, out: minutes, timeframe: '1m' }, /^--in and --out are the same file: /],
    [
      { in: hours, out, timeframe: '1m' },
      /1h\.csv\.gz holds candles of 1h, of which none of 1m can be made$/,
    ],
    [{ in: weeks, out, timeframe: '1M' }, /holds candles of 1w, of which none of 1M can be made$/],
    [{ in: odd, out, timeframe: '1h' }, /2m\.csv: no timeframe fits the steps .*; say --input-timeframe$/],
    [{ in: trades, out, timeframe: '1h' }, /t\.csv holds trades; indicators are computed on candles/],
    [
      { in: minutes, out, timeframe: '1m', indicators: 'default,rsi:14' },
      /^--indicators "rsi:14": rsi_14 is config/,
    ],
    [
      { in: minutes, out: files.path('no/out.csv'), timeframe: '1m' },
      /cannot be written: its folder does not exist$/,
    ],
    [{ in: minutes, out: files.folder, timeframe: '1m' }, /cannot be written: it is a folder$/],
    [{ in: files.path('none'), out, timeframe: '1m' }, /none cannot be read: there is no such file$/],
  ];
  for (const [flags, says] of cases) {
    const said = await run(t, flags);
    t.match(said, says);
    t.notMatch(said, '\n');
  }
  t.same(names(files), before);
});

t.test('the timeframe of the input can be said where its steps do not tell it', async (t) => {
  const files = makeFileFolder(t);
  const odd = files.write('odd.csv', csv(CANDLE_HEADER, candleRows(9, 0, 120_000)));
  const out = files.path('out.csv');
  t.match(
    await run(t, { in: odd, out, timeframe: '1m', inputTimeframe: '1m' }),
    '8 gaps (8 candles missing)',
  );
  const single = files.write('one.csv', csv(CANDLE_HEADER, candleRows(1)));
  t.match(await run(t, { in: single, out, timeframe: '1d' }), '1 candles of 1d', 'a single candle fits any');
});
