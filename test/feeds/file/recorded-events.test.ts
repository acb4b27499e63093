import t from 'tap';
import type { FeedEvent } from '../../../src/events.js';
import { RecordedEvents } from '../../../src/feeds/file/recorded-events.js';
import { RecordedFile } from '../../../src/feeds/file/recorded-file.js';
import {
  CANDLE_HEADER,
  collectProblems,
  csv,
  type FileFolder,
  gather,
  makeFileFolder,
  TRADE_HEADER,
} from '../../support/files.js';

async function eventsOf(
  files: FileFolder,
  ...contents: readonly string[]
): Promise<{ told: string[]; lines: string[]; source: RecordedEvents }> {
  const opened = await Promise.all(
    contents.map((content, i) => RecordedFile.open(files.write(`${i}.csv`, content))),
  );
  const { problems, onProblem } = collectProblems();
  const source = new RecordedEvents(opened, 3, onProblem);
  const told = (await gather(source.batches())).map(tell);
  return { told, lines: problems.map(({ message }) => message.slice(files.folder.length + 1)), source };
}

function tell(event: FeedEvent): string {
  switch (event.type) {
    case 'trade':
      return `trade ${event.id}`;
    case 'candle':
      return `candle ${event.time}`;
    case 'watermark':
      return `all before ${event.time}`;
    case 'feed':
      return `${event.up ? 'up' : 'down'} ${event.time}`;
    case 'gap':
      return `${event.cause} ${event.state} ${event.from}–${event.to}`;
  }
}

t.test('a trade of a later minute closes those before, and the last minute stays open', async (t) => {
  const rows = ['1,5000,10,1,0', '2,59999,10,1,0', '3,60000,10,1,0', '4,250000,10,1,0'];
  const { told, source } = await eventsOf(makeFileFolder(t), csv(TRADE_HEADER, rows));
  t.same(told, [
    'up 5000',
    'trade 1',
    'trade 2',
    'all before 60000',
    'trade 3',
    'all before 240000',
    'trade 4',
  ]);
  t.match(source.counts, { rows: 4, first: 5_000, last: 250_000, gaps: 0 });
});

t.test('trades that are missing are a gap while which the feed was down', async (t) => {
  const rows = ['1,5000,10,1,0', '7,70000,10,1,0'];
  const { told, source } = await eventsOf(makeFileFolder(t), csv(TRADE_HEADER, rows));
  t.same(told.slice(2), [
    'missing_trades opened 5000–70000',
    'down 5000',
    'up 70000',
    'missing_trades unrepaired 5000–70000',
    'all before 60000',
    'trade 7',
  ]);
  t.equal(source.counts.gaps, 1);
});

t.test('ids that prove nothing make no gaps', async (t) => {
  const rows = ['a,5000,10,1,0', 'c,70000,10,1,0'];
  const { told } = await eventsOf(makeFileFolder(t), csv(TRADE_HEADER, rows));
  t.same(told, ['up 5000', 'trade a', 'all before 60000', 'trade c']);
});

t.test('files of one symbol follow one another: ids go on, and what went before is refused', async (t) => {
  const files = makeFileFolder(t);
  const first = csv(TRADE_HEADER, ['1,5000,10,1,0', '2,6000,10,1,0']);
  const second = csv(TRADE_HEADER, ['2,6000,10,1,0', '3,4000,10,1,0', '3,61000,10,1,0']);
  const { told, lines } = await eventsOf(files, first, second);
  t.same(told, ['up 5000', 'trade 1', 'trade 2', 'all before 60000', 'trade 3']);
  t.match(lines, [
    /^1\.csv line 2: trade 2 was there before$/,
    /^1\.csv line 3: .* goes back behind .*0\.csv line 3$/,
  ]);
});

t.test('candles are finished ones; a hole between two is a gap', async (t) => {
  const files = makeFileFolder(t);
  const rows = ['60000,1,1,1,1,1', '120000,1,1,1,1,1', '300000,1,1,1,1,1'];
  const { told, source } = await eventsOf(files, csv(CANDLE_HEADER, rows));
  t.same(told, [
    'up 60000',
    'candle 60000',
    'candle 120000',
    'unconfirmed opened 180000–300000',
    'down 180000',
    'up 300000',
    'unconfirmed unrepaired 180000–300000',
    'all before 300000',
    'candle 300000',
  ]);
  t.match(source.counts, { rows: 3, first: 60_000, last: 300_000, gaps: 1 });
});

t.test('a row more than a week behind the one before is refused, and what follows is taken', async (t) => {
  const files = makeFileFolder(t);
  const rows = ['0,1,1,1,1,1', '3999999960000,1,1,1,1,1', '60000,1,1,1,1,1'];
  const { told, lines } = await eventsOf(files, csv(CANDLE_HEADER, rows));
  t.same(told, ['up 0', 'candle 0', 'candle 60000']);
  t.match(lines, [
    /line 3: timestamp_ms 3999999960000 \(2096.*\) is more than 7 days after \S*0\.csv line 2$/,
  ]);
});
