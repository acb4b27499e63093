import fc from 'fast-check';
import t from 'tap';
import { isSoundCandle } from '../../../src/engine/limits.js';
import { type FileGaps, readCandles } from '../../../src/feeds/file/candle-file.js';
import { RecordedFile } from '../../../src/feeds/file/recorded-file.js';
import type { RowRule } from '../../../src/feeds/file/row-problem.js';
import type { Timeframe } from '../../../src/timeframe.js';
import { CANDLE_HEADER, collectProblems, csv, gather, makeFileFolder } from '../../support/files.js';

const GOOD = '120000,10,12,9,11,1.5';

/** Each kind of bad row behind a good one: what stands in it, the column, the rule, and what is said of it. */
const BAD: readonly (readonly [row: string, column: string, rule: RowRule, says: RegExp])[] = [
  ['180000,10,12,9,11', 'volume', 'missing', /column volume is missing; the row has 5 cells$/],
  [
    '180000,10,12,9,11,1,500',
    '',
    'surplus',
    /the row has 7 cells, the header 6: is there a comma inside a number\?$/,
  ],
  ['180000,10,,9,11,1', 'high', 'missing', /high is empty$/],
  ['180000,10,abc,9,11,1', 'high', 'number', /high "abc" is not a number$/],
  ['180000,10,NaN,9,11,1', 'high', 'number', /high "NaN" is not a number$/],
  ['180000,10,0x10,9,11,1', 'high', 'number', /high "0x10" is not a number$/],
  ['180000,1 0,12,9,11,1', 'open', 'number', /open "1 0" is not a number$/],
  ['180000,10,12,9,11,Infinity', 'volume', 'number', /volume "Infinity" is not a number$/],
  ['180000,10,12,9,11,-1', 'volume', 'range', /volume -1 is out of range; allowed: from 0 to 1e\+100$/],
  ['180000,0,12,0,11,1', 'open', 'range', /open 0 is out of range; allowed: from 1e-100 to 1e\+100$/],
  ['180000,10,1e300,9,11,1', 'high', 'range', /high 1e300 is out of range; allowed: from 1e-100 to 1e\+100$/],
  ['now,10,12,9,11,1', 'timestamp_ms', 'number', /timestamp_ms "now" is not a number$/],
  ['180000.5,10,12,9,11,1', 'timestamp_ms', 'range', /is not a whole number of ms since 1970$/],
  ['-60000,10,12,9,11,1', 'timestamp_ms', 'range', /is not a whole number of ms since 1970$/],
  ['1746372780000000,10,12,9,11,1', 'timestamp_ms', 'range', /is beyond the year 2100; times are in ms$/],
  ['180000,10,99,100,99,1', 'high', 'contradiction', /high 99 is below low 100$/],
  ['180000,13,12,9,11,1', 'open', 'contradiction', /open 13 is above high 12$/],
  ['180000,8,12,9,11,1', 'open', 'contradiction', /open 8 is below low 9$/],
  ['180000,10,12,9,13,1', 'close', 'contradiction', /close 13 is above high 12$/],
  ['180000,10,12,9,8,1', 'close', 'contradiction', /close 8 is below low 9$/],
  [
    '180001,10,12,9,11,1',
    'timestamp_ms',
    'grid',
    /timestamp_ms 180001 \(1970-01-01T00:03:00\.001Z\) is not the start of a 1m candle$/,
  ],
  [
    '60000,10,12,9,11,1',
    'timestamp_ms',
    'order',
    /60000 \(1970-01-01T00:01:00\.000Z\) goes back behind 1970-01-01T00:02:00\.000Z of \S*BTC\.csv line 2$/,
  ],
  ['120000,10,12,9,11,1', 'timestamp_ms', 'duplicate', /was there before, in \S*BTC\.csv line 2$/],
];

for (const [row, column, rule, says] of BAD) {
  t.test(`names "${row}" by line 3, column ${column} and rule ${rule}, and goes on behind it`, async (t) => {
    const files = makeFileFolder(t);
    const path = files.write('BTC.csv', csv(CANDLE_HEADER, [GOOD, row, '240000,10,12,9,11,1']));
    const { problems, onProblem } = collectProblems();
    const candles = await gather(readCandles(await RecordedFile.open(path), '1m', onProblem));
    t.same(
      candles.map(({ time }) => time),
      [120_000, 240_000],
    );
    t.equal(problems.length, 1);
    t.match(problems[0], { file: path, line: 3, column, rule });
    t.match(problems[0]?.message, says);
    t.ok(problems[0]?.message.startsWith(`${path} line 3: `));
  });
}

t.test('a cell is shown short and without control characters', async (t) => {
  const files = makeFileFolder(t);
  const path = files.write('a.csv', csv(CANDLE_HEADER, [`60000,\u001b[31m${'x'.repeat(500)},1,1,1,1`]));
  const { problems, onProblem } = collectProblems();
  await gather(readCandles(await RecordedFile.open(path), '1m', onProblem));
  t.match(problems[0]?.message, /open "\\u001b\[31mx+…" is not a number$/);
  t.ok((problems[0]?.message.length ?? 999) < 200 + path.length);
});

t.test('throwing at a problem ends the reading', async (t) => {
  const files = makeFileFolder(t);
  const path = files.write('a.csv', csv(CANDLE_HEADER, [GOOD, 'bad']));
  const stop = (): never => {
    throw new Error('stopped');
  };
  await t.rejects(gather(readCandles(await RecordedFile.open(path), '1m', stop)), { message: 'stopped' });
});

const GAPS: readonly (readonly [
  timeframe: Timeframe,
  times: readonly number[],
  gaps: number,
  missing: number,
])[] = [
  ['1m', [0, 60_000, 240_000, 300_000, 420_000], 2, 3],
  ['1w', [4, 11, 32].map((day) => day * 86_400_000), 1, 2],
  ['1M', [Date.UTC(2024, 0), Date.UTC(2024, 1), Date.UTC(2024, 5)], 1, 3],
];
for (const [timeframe, times, gaps, missing] of GAPS) {
  t.test(`a hole in candles of ${timeframe} is no fault, and is counted`, async (t) => {
    const files = makeFileFolder(t);
    const path = files.write(
      'a.csv',
      csv(
        CANDLE_HEADER,
        times.map((time) => `${time},1,1,1,1,1`),
      ),
    );
    const counted: FileGaps = { gaps: 0, missing: 0 };
    const { problems, onProblem } = collectProblems();
    const candles = await gather(readCandles(await RecordedFile.open(path), timeframe, onProblem, counted));
    t.same([candles.length, problems.length, counted], [times.length, 0, { gaps, missing }]);
  });
}

t.test('a candle is taken exactly if the engine takes it', async (t) => {
  const files = makeFileFolder(t);
  const number = fc.oneof(
    fc.constantFrom(1, 2, 3, 0, -1, 1e101, 1e-101),
    fc.double({ noNaN: true, min: 1e-9, max: 1e9 }),
  );
  await fc.assert(
    fc.asyncProperty(number, number, number, number, number, async (open, high, low, close, volume) => {
      const path = files.write('a.csv', csv(CANDLE_HEADER, [`0,${open},${high},${low},${close},${volume}`]));
      const { problems, onProblem } = collectProblems();
      const candles = await gather(readCandles(await RecordedFile.open(path), '1m', onProblem));
      const sound = isSoundCandle({ open, high, low, close, volume });
      t.equal(problems.length, sound ? 0 : 1);
      t.match(candles, sound ? [{ time: 0, open, high, low, close, volume }] : []);
    }),
    { numRuns: 200 },
  );
});
