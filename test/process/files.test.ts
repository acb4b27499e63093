import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import {
  CANDLE_HEADER,
  candleRows,
  csv,
  type FileFolder,
  makeFileFolder,
  TRADE_HEADER,
} from '../support/files.js';
import { MAIN } from '../support/server-process.js';
import { until } from '../support/until.js';

/** The command with standard input and output in the test's hands. */
interface Piped {
  readonly child: ChildProcessWithoutNullStreams;
  stdout(): string;
  stderr(): string;
  /** Waits for the end; gives the exit code. */
  ended(): Promise<number | null>;
}

function run(t: Test, args: readonly string[], nodeArgs: readonly string[] = []): Piped {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(CRYPTOPREDICT_|TAP|NODE_)/.test(name));
  const env = Object.fromEntries(inherited);
  const child = spawn(process.execPath, [...nodeArgs, MAIN, ...args], { stdio: 'pipe', env });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  // It may end while it is still written to.
  child.stdin.on('error', () => undefined);
  t.teardown(() => child.kill('SIGKILL'));
  const closed = once(child, 'close');
  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    ended: async () => ((await closed) as [number | null])[0],
  };
}

/** Feeds rows to standard input, made as they are taken; Infinity: without end. */
function feed(
  child: ChildProcessWithoutNullStreams,
  header: string,
  rows: number,
  row: (i: number) => string,
): void {
  const text = function* (): Generator<string> {
    yield `${header}\n`;
    for (let i = 0; i < rows; i += 1_000) {
      let lines = '';
      for (let k = i; k < Math.min(i + 1_000, rows); k++) lines += `${row(k)}\n`;
      yield lines;
    }
  };
  pipeline(Readable.from(text()), child.stdin, () => undefined);
}

const candle = (i: number): string => `${i * 60_000},10,12,9,${10 + (i % 3)},${i % 7}`;
const trade = (i: number): string => `${i + 1},${i * 100},${100 + (i % 5)},0.5,${i % 2}`;

function temporary(files: FileFolder): readonly string[] {
  return readdirSync(files.folder).filter((name) => name.endsWith('.tmp'));
}

/** Rows that would need several times this heap if they were kept. */
const HEAP = ['--max-old-space-size=80'];
const MANY = 400_000;

t.test('indicators of many rows are computed in little memory', async (t) => {
  const files = makeFileFolder(t);
  const out = files.path('out.csv.gz');
  const { child, ended, stderr } = run(
    t,
    ['indicators', '--in', '-', '--timeframe', '1m', '--out', out, '--indicators', 'sma:2'],
    HEAP,
  );
  feed(child, CANDLE_HEADER, MANY, candle);
  t.equal(await ended(), 0, stderr());
  t.match(stderr(), `${MANY} candles of 1m written to ${out}`);
});

t.test('many trades are replayed in little memory', async (t) => {
  const { child, ended, stdout, stderr } = run(t, ['replay', '-', '--symbols', 'A/B'], HEAP);
  feed(child, TRADE_HEADER, MANY, trade);
  t.equal(await ended(), 0, stderr());
  t.match(stdout(), `${MANY} trades; 0 late, 0 invalid`);
});

for (const [signal, code] of [
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const) {
  t.test(`${signal} ends either command with ${code}, and nothing of its output stays`, async (t) => {
    const files = makeFileFolder(t);
    const commands = [
      ['indicators', '--in', '-', '--timeframe', '1m', '--out', files.path('a.csv')],
      ['replay', '-', '--symbols', 'A/B', '--out', files.path('b.csv')],
    ];
    for (const command of commands) {
      const { child, ended, stdout } = run(t, command);
      feed(child, CANDLE_HEADER, Number.POSITIVE_INFINITY, candle);
      await until('it writes', () => temporary(files).length > 0);
      child.kill(signal);
      t.equal(await ended(), code);
      t.equal(stdout(), '', 'no summary');
      t.same(readdirSync(files.folder), []);
    }
  });
}

t.test('a signal ends a replay that waits for its time, too', async (t) => {
  const files = makeFileFolder(t);
  const input = files.write('A-B_1m.csv', csv(CANDLE_HEADER, candleRows(10)));
  const out = files.path('out.csv');
  const { child, ended } = run(t, ['replay', input, '--speed', '0.1x', '--out', out]);
  await until('it began', () => temporary(files).length > 0);
  child.kill('SIGTERM');
  t.equal(await ended(), 143);
  t.same(readdirSync(files.folder), ['A-B_1m.csv']);
});

t.test('a signal ends a replay that serves, in order', async (t) => {
  const files = makeFileFolder(t);
  const input = files.write('A-B_1m.csv', csv(CANDLE_HEADER, candleRows(10)));
  const { child, ended, stdout, stderr } = run(t, [
    'replay',
    input,
    '--speed',
    '1x',
    '--serve',
    '--port',
    '0',
  ]);
  await until('it serves', () => stdout().includes('serving the replay, simulated, at http://127.0.0.1:'));
  child.kill('SIGTERM');
  t.equal(await ended(), 143);
  t.notMatch(stderr(), /"level":[456]0/);
});

t.test('a replay at a speed takes as long as the recorded time says, and gives the same', async (t) => {
  const files = makeFileFolder(t);
  // Four minutes and ten seconds.
  const rows = Array.from({ length: 251 }, (_, i) => `${i + 1},${i * 1_000},${100 + (i % 5)},0.5,0`);
  const input = files.write('A-B.trades.csv.gz', gzipSync(csv(TRADE_HEADER, rows)));
  const digest = (text: string): string => /^digest .*$/m.exec(text)?.[0] ?? '';
  const fast = run(t, ['replay', input]);
  t.equal(await fast.ended(), 0, fast.stderr());
  const paced = run(t, ['replay', input, '--speed', '100x']);
  t.equal(await paced.ended(), 0, paced.stderr());
  t.not(digest(fast.stdout()), '');
  t.equal(digest(paced.stdout()), digest(fast.stdout()));
  const seconds = Number(/events in (\d+\.\d) s/.exec(paced.stdout())?.[1]);
  t.ok(seconds >= 2.4, `${seconds} s for 250 s of recorded time at 100x`);
});

t.test(
  'a replay that waits for its time tells the rows that it played, and no share of what is read',
  async (t) => {
    const files = makeFileFolder(t);
    const rows = Array.from({ length: 2_000 }, (_, i) => trade(i));
    const input = files.write('BTC-USDT.csv', csv(TRADE_HEADER, rows));
    const { stderr } = run(t, ['replay', input, '--speed', '1x']);
    await until('a line of the progress', () => stderr().includes('"rows"'));
    const [line = ''] = stderr().split('\n');
    const told: Record<string, unknown> = JSON.parse(line);
    t.ok(Number(told.rows) > 20 && Number(told.rows) < 1_000, `${told.rows} rows of 100 ms`);
    t.notOk('percent' in told || 'secondsLeft' in told);
  },
);

t.test('nobody reading standard output any more is one clear line', async (t) => {
  const { child, ended, stderr } = run(t, ['indicators', '--in', '-', '--timeframe', '1m', '--out', '-']);
  feed(child, CANDLE_HEADER, Number.POSITIVE_INFINITY, candle);
  await once(child.stdout, 'data');
  child.stdout.destroy();
  t.equal(await ended(), 1);
  t.equal(stderr(), 'cryptopredict: stdout cannot be written: nobody reads it any more\n');
});

t.test('nobody reading the summary of a replay is one clear line, too', async (t) => {
  const files = makeFileFolder(t);
  const input = files.write('BTC-USDT_1m.csv', csv(CANDLE_HEADER, candleRows(9)));
  const { child, ended, stderr } = run(t, ['replay', input]);
  child.stdout.destroy();
  t.equal(await ended(), 1);
  t.equal(stderr(), 'cryptopredict: stdout cannot be written: nobody reads it any more\n');
});

t.test('standard output that is read slowly slows the reading down and loses nothing', async (t) => {
  const { child, ended, stdout, stderr } = run(t, [
    'indicators',
    '--in',
    '-',
    '--timeframe',
    '1m',
    '--out',
    '-',
    '--indicators',
    'sma:2',
  ]);
  child.stdout.pause();
  feed(child, CANDLE_HEADER, 50_000, candle);
  setTimeout(() => child.stdout.resume(), 500);
  t.equal(await ended(), 0, stderr());
  const lines = stdout().trimEnd().split('\n');
  t.equal(lines.length, 50_001);
  t.equal(lines.at(-1), '2999940000,49999,11,10.5');
});

const FULL = existsSync('/dev/full') ? {} : { skip: 'this system has no /dev/full' };
t.test('a full device is one clear line', FULL, async (t) => {
  const files = makeFileFolder(t);
  const input = files.write('A-B_1m.csv', csv(CANDLE_HEADER, candleRows(2_000)));
  const { ended, stderr } = run(t, ['indicators', '--in', input, '--timeframe', '1m', '--out', '/dev/full']);
  t.equal(await ended(), 1);
  t.equal(stderr(), 'cryptopredict: /dev/full cannot be written: no space is left on the device\n');
});

t.test('a bad row ends either command with code 1 and one line', async (t) => {
  const files = makeFileFolder(t);
  const input = files.write('A-B_1m.csv', csv(CANDLE_HEADER, [candle(0), '60000,1,1,2,1,1']));
  const out = files.path('out.csv');
  const line = `cryptopredict: ${input} line 3: high 1 is below low 2 (--on-error skip leaves such rows out)\n`;
  for (const args of [
    ['indicators', '--in', input, '--timeframe', '1m', '--out', out],
    ['replay', input, '--out', out],
  ]) {
    const { ended, stderr } = run(t, args);
    t.equal(await ended(), 1);
    t.equal(stderr(), line);
    t.same(readdirSync(files.folder), ['A-B_1m.csv']);
  }
});

t.test('a file written is complete, whatever was there before', async (t) => {
  const files = makeFileFolder(t);
  const input = files.write('in.csv', csv(CANDLE_HEADER, candleRows(3)));
  const out = files.write('out.csv', 'x'.repeat(100_000));
  const { ended, stderr } = run(t, [
    'indicators',
    '--in',
    input,
    '--timeframe',
    '1m',
    '--out',
    out,
    '--indicators',
    'sma:2',
  ]);
  t.equal(await ended(), 0, stderr());
  t.equal(
    readFileSync(out, 'utf8'),
    'timestamp_ms,bar_index,close,sma_2\n0,0,10,\n60000,1,11,10.5\n120000,2,12,11.5\n',
  );
});
