import t from 'tap';
import { beforeFirstRow } from '../../../src/feeds/file/candle-file.js';
import { RecordedFile } from '../../../src/feeds/file/recorded-file.js';
import type { RowRule } from '../../../src/feeds/file/row-problem.js';
import { type FileTrade, readTrades } from '../../../src/feeds/file/trade-file.js';
import { TradeSequence } from '../../../src/feeds/trade-sequence.js';
import { collectProblems, csv, gather, makeFileFolder, TRADE_HEADER } from '../../support/files.js';

const WEEK_MS = 7 * 86_400_000;

async function read(
  path: string,
): Promise<{ trades: FileTrade[]; problems: ReturnType<typeof collectProblems>['problems'] }> {
  const { problems, onProblem } = collectProblems();
  const file = await RecordedFile.open(path);
  const trades = await gather(readTrades(file, onProblem, new TradeSequence(), beforeFirstRow(), WEEK_MS));
  return { trades, problems };
}

const BAD: readonly (readonly [row: string, column: string, rule: RowRule, says: RegExp])[] = [
  [',6000,100,1,0', 'trade_id', 'missing', /trade_id is empty$/],
  ['7', 'trade_time_ms', 'missing', /column trade_time_ms is missing; the row has 1 cells$/],
  ['7,6000,x,1,0', 'price', 'number', /price "x" is not a number$/],
  [
    '7,6000,1,234.5,1,0',
    '',
    'surplus',
    /the row has 6 cells, the header 5: is there a comma inside a number\?$/,
  ],
  ['7,6000,0,1,0', 'price', 'range', /price 0 is out of range; allowed: from 1e-100 to 1e\+100$/],
  ['7,6000,100,0,0', 'qty', 'range', /qty 0 is out of range; allowed: from 1e-100 to 1e\+100$/],
  ['7,6000,100,-1,0', 'qty', 'range', /qty -1 is out of range; allowed: from 1e-100 to 1e\+100$/],
  ['7,6000,100,1,maybe', 'is_buyer_maker', 'contradiction', /is_buyer_maker is none of 1, 0, true, false$/],
  ['7,4000,100,1,0', 'trade_time_ms', 'order', /goes back behind 1970-01-01T00:00:05\.000Z of \S* line 2$/],
  ['6,5000,100,1,0', 'trade_id', 'duplicate', /trade 6 was there before$/],
  ['7,604805001,100,1,0', 'trade_time_ms', 'ahead', /is more than 7 days after \S* line 2$/],
];

for (const [row, column, rule, says] of BAD) {
  t.test(`names "${row}" by line 3, column ${column} and rule ${rule}, and goes on behind it`, async (t) => {
    const files = makeFileFolder(t);
    const path = files.write('t.csv', csv(TRADE_HEADER, ['6,5000,100,1,0', row, '7,7000,100,1,1']));
    const { trades, problems } = await read(path);
    t.same(
      trades.map(({ id, side }) => [id, side]),
      [
        ['6', 'buy'],
        ['7', 'sell'],
      ],
    );
    t.equal(problems.length, 1);
    t.match(problems[0], { line: 3, column, rule });
    t.match(problems[0]?.message, says);
  });
}

t.test('ids that are passed over are told with the trade behind them', async (t) => {
  const files = makeFileFolder(t);
  const rows = ['6,5000,100,1,0', '7,5000,101,1,0', '10,9000,100,1,0', '11,9000,100,1,0'];
  const { trades, problems } = await read(files.write('t.csv', csv(TRADE_HEADER, rows)));
  t.same(
    trades.map(({ missingSince }) => missingSince),
    [null, null, 5_000, null],
  );
  t.same(problems, []);
});

t.test('a file without the column is_buyer_maker has trades of no side', async (t) => {
  const files = makeFileFolder(t);
  const { trades } = await read(files.write('t.csv', 'qty,price,trade_time_ms,trade_id\n2,100,5000,a\n'));
  t.match(trades, [{ id: 'a', time: 5_000, price: 100, amount: 2, side: null }]);
});
