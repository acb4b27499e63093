import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import t from 'tap';
import { replayFiles } from '../../src/app/replay.js';
import type { Flags } from '../../src/cli.js';
import { readConfig } from '../../src/config.js';
import { messageOf, OperatorError } from '../../src/errors.js';
import { CANDLE_HEADER, candleRows, csv, makeFileFolder } from '../support/files.js';
import { silent } from '../support/folder.js';
import { sharedData, skipWithoutRecord } from '../support/recorded.js';

const { signal } = new AbortController();

async function replay(paths: readonly string[], flags: Flags): Promise<string> {
  let summary = '';
  await replayFiles(paths, readConfig(flags, {}), silent, signal, (text) => {
    summary += text;
  });
  return summary;
}

async function refusal(paths: readonly string[], flags: Flags): Promise<string> {
  try {
    await replay(paths, flags);
  } catch (error) {
    if (error instanceof OperatorError) return messageOf(error);
    throw error;
  }
  return 'not refused';
}

/** The first days of a recorded month, uncompressed. */
function recordedDays(days: number): string {
  const text = gunzipSync(readFileSync(sharedData('candles/ETH-USDT-PERP_1m.csv.gz') ?? '')).toString();
  return `${text
    .split('\n')
    .slice(0, 1 + days * 1_440)
    .join('\n')}\n`;
}

t.test(
  'signals of recorded days are lines of a file, and the summary counts them',
  skipWithoutRecord(),
  async (t) => {
    const files = makeFileFolder(t);
    const path = files.write('ETH-USDT-PERP_1m.csv', recordedDays(6));
    const out = files.path('signals.ndjson');
    const summary = await replay([path], { signals: out });
    const lines = readFileSync(out, 'utf8').trimEnd().split('\n');
    const told = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const opened = told.filter(({ type }) => type === 'opened');
    const ended = told.filter(({ type }) => type === 'ended');
    t.ok(opened.length > 0);
    t.ok(told.every(({ symbol, simulated }) => symbol === 'ETH/USDT:USDT' && simulated === true));
    const [, given, reached, stopped, expired, invalidated, cancelled, live] = (
      /signals {4}(\d+): reached (\d+), stopped (\d+), expired (\d+), invalidated (\d+), cancelled (\d+), live (\d+)/.exec(
        summary,
      ) ?? []
    ).map(Number);
    t.equal(given, opened.length);
    t.equal(live, opened.length - ended.length);
    const endings = ended.map(({ status, signal_successful }) =>
      status === 'executed' ? (signal_successful === true ? 'reached' : 'stopped') : status,
    );
    const counted = { reached, stopped, expired, invalidated, cancelled };
    for (const [ending, count] of Object.entries(counted))
      t.equal(endings.filter((one) => one === ending).length, count, ending);
    for (const one of opened) {
      t.equal(one.time, Number(one.candle_time) + 15 * 60_000, 'the first signals are of 15m');
      t.equal(one.sector_context, null, 'there are no sectors');
    }
    t.match(summary, /looks {6}1m 8640, 5m 1728, 15m 576, 1h 144, 4h \d+, 1d \d, /);
    t.match(summary, /digests {4}signals sha256:[0-9a-f]{64}, looks sha256:[0-9a-f]{64}\n/);
  },
);

t.test('without --signals nothing is analysed', async (t) => {
  const files = makeFileFolder(t);
  const path = files.write('BTC-USDT_1m.csv', csv(CANDLE_HEADER, candleRows(3)));
  t.notMatch(await replay([path], {}), /looks|signals/);
});

t.test('a file of signals that cannot be is refused, and none is left of a replay that failed', async (t) => {
  const files = makeFileFolder(t);
  const path = files.write('BTC-USDT_1m.csv', csv(CANDLE_HEADER, candleRows(3)));
  t.equal(
    await refusal([path], { signals: files.path('signals.csv') }),
    `--signals "${files.path('signals.csv')}" is not allowed; allowed: a name ending in .ndjson, or .gz after it`,
  );
  const both = files.path('both.ndjson');
  t.equal(await refusal([path], { signals: both, out: both }), '--out and --signals name one file');
  const recorded = files.write('ETH-USDT_1m.ndjson', csv(CANDLE_HEADER, candleRows(3)));
  t.match(await refusal([recorded], { signals: recorded }), /^--signals is one of the recorded files: /);
  const bad = files.write('SOL-USDT_1m.csv', csv(CANDLE_HEADER, [...candleRows(2), '120000,10,9,12,10,1']));
  t.match(await refusal([bad], { signals: files.path('signals.ndjson') }), /SOL-USDT_1m\.csv/);
  t.notOk(existsSync(files.path('signals.ndjson')));
  t.notOk(readdirSync(files.folder).some((name) => name.includes('.tmp')));
});
