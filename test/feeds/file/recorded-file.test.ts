import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { OperatorError } from '../../../src/errors.js';
import { detectTimeframe, readCandles } from '../../../src/feeds/file/candle-file.js';
import { RecordedFile } from '../../../src/feeds/file/recorded-file.js';
import { CANDLE_HEADER, candleRows, collectProblems, csv, makeFileFolder } from '../../support/files.js';

const ROWS = candleRows(5);
const PLAIN = csv(CANDLE_HEADER, ROWS);

/** Reads 1m candles as far as it goes; gives times and closes, problems by line, and the error that ended it. */
async function read(
  path: string,
  stdin?: Readable,
): Promise<{ rows: string[]; lines: number[]; error: string }> {
  const { problems, onProblem } = collectProblems();
  const rows: string[] = [];
  let error = '';
  try {
    const file = await RecordedFile.open(path, stdin === undefined ? {} : { stdin });
    for await (const batch of readCandles(file, '1m', onProblem))
      rows.push(...batch.map((candle) => `${candle.time},${candle.close}`));
  } catch (thrown) {
    if (!(thrown instanceof OperatorError)) throw thrown;
    error = thrown.message;
  }
  return { rows, lines: problems.map(({ line }) => line), error };
}

const WANTED = {
  rows: ROWS.map((row) => `${row.split(',')[0]},${row.split(',')[4]}`),
  lines: [],
  error: '',
};

const reordered = [
  'note,volume,close,low,high,open,timestamp_ms',
  ...ROWS.map((row) => ['x', ...row.split(',').toReversed()].join(',')),
].join('\n');

const FORMS: Readonly<Record<string, string | Buffer>> = {
  'a plain file': PLAIN,
  'a gzipped file': gzipSync(PLAIN),
  'two gzip members': Buffer.concat([gzipSync(PLAIN.slice(0, 50)), gzipSync(PLAIN.slice(50))]),
  'CRLF line ends': PLAIN.replaceAll('\n', '\r\n'),
  'a byte order mark': `\ufeff${PLAIN}`,
  'no last line end': PLAIN.trimEnd(),
  'empty lines between': PLAIN.replaceAll('\n', '\n\n'),
  'other columns, in any order': reordered,
  'cells in quotes': PLAIN.replaceAll(/[^,\n]+/g, '"$&"'),
  'blanks around cells': PLAIN.replaceAll(',', ' , '),
};

for (const [form, content] of Object.entries(FORMS)) {
  t.test(`reads ${form}, whatever its name, from a file or from standard input byte by byte`, async (t) => {
    const files = makeFileFolder(t);
    t.same(await read(files.write('candles.dat', content)), WANTED);
    const bytes = [...Buffer.from(content)].map((byte) => Buffer.of(byte));
    t.same(await read('-', Readable.from(bytes, { objectMode: false })), WANTED);
  });
}

t.test('lines are counted as an editor counts them, empty ones and CRLF included', async (t) => {
  const files = makeFileFolder(t);
  const text = `${CANDLE_HEADER}\r\n\r\n${ROWS[0]}\r\nbad\r\n\r\n\r\n${ROWS[1]}\r\nworse\r\n`;
  t.same((await read(files.write('a.csv', text))).lines, [4, 8]);
  t.same((await read(files.write('b.csv', text.replaceAll('\r', '')))).lines, [4, 8]);
});

t.test('a stray quote spoils its own row and none behind it', async (t) => {
  const files = makeFileFolder(t);
  const rows = ROWS.with(1, (ROWS[1] as string).replace(',10', ',"10'));
  const { rows: read1, lines } = await read(files.write('a.csv', csv(CANDLE_HEADER, rows.with(2, '"'))));
  t.same(lines, [4]);
  t.equal(read1.length, 4, 'a quote at one end of a number is forgiven');
});

const broken = gzipSync(csv(CANDLE_HEADER, candleRows(20_000)));
const damaged = Buffer.from(broken);
damaged.fill(0xff, damaged.length >> 1, (damaged.length >> 1) + 64);

const REFUSED: readonly (readonly [what: string, content: string | Buffer, says: RegExp])[] = [
  [
    'a gzip file that is cut off',
    broken.subarray(0, broken.length >> 1),
    /a\.csv: the gzip data are cut off$/,
  ],
  ['a damaged gzip file', damaged, /a\.csv: the gzip data are damaged \(/],
  ['an empty file', '', /a\.csv is empty; it must begin with a header: timestamp_ms,open/],
  [
    'a header that lacks columns',
    'timestamp_ms,open,high,close\n',
    /a\.csv line 1: the header lacks low, volume; found: timestamp_ms,open,high,close$/,
  ],
  [
    'a header of trades that lacks one',
    'trade_id,trade_time_ms,price\n',
    /line 1: the header lacks qty; found: trade_id,trade_time_ms,price$/,
  ],
  [
    'no header',
    '1,2,3,4,5,6\n',
    /line 1: no header of candles or trades; found: 1,2,3,4,5,6; needed: timestamp_ms/,
  ],
  ['a column that is there twice', `${CANDLE_HEADER},open\n`, /line 1: column open is there twice$/],
  [
    'a line without end',
    `${CANDLE_HEADER}\n${'9'.repeat(100_000)}`,
    /line 2: longer than 65536 bytes; this is no table of candles or trades$/,
  ],
];

for (const [what, content, says] of REFUSED) {
  t.test(`refuses ${what} in one line`, async (t) => {
    const files = makeFileFolder(t);
    const { error } = await read(files.write('a.csv', content));
    t.match(error, says);
    t.notMatch(error, '\n');
  });
}

t.test('refuses what is no file by name', async (t) => {
  const files = makeFileFolder(t);
  t.match((await read(files.path('none.csv'))).error, /none\.csv cannot be read: there is no such file$/);
  t.match((await read(files.folder)).error, /is a folder; a file is needed$/);
});

const STEPS: readonly (readonly [step: number, timeframe: string | null])[] = [
  [60_000, '1m'],
  [300_000, '5m'],
  [14_400_000, '4h'],
  [604_800_000, '1w'],
  [31 * 86_400_000, '1M'],
  [120_000, null],
];
for (const [step, timeframe] of STEPS) {
  t.test(`takes rows ${step} ms apart for ${timeframe ?? 'no timeframe'}`, async (t) => {
    const files = makeFileFolder(t);
    // A hole, a doubled row and one off the grid do not lead astray.
    const rows = [
      ...candleRows(3, 0, step),
      ...candleRows(3, 5 * step, step),
      ...candleRows(2, 9 * step + 7, 0),
    ];
    const file = await RecordedFile.open(files.write('a.csv', csv(CANDLE_HEADER, rows)));
    t.equal(await detectTimeframe(file), timeframe);
    let count = 0;
    for await (const batch of file.rows()) count += batch.rows.length;
    t.equal(count, rows.length, 'no row is lost by looking ahead');
  });
}
