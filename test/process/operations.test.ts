import { readFileSync } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { connect } from '../../src/client/client.js';
import { startDemoExchange } from '../../src/feeds/demo/exchange.js';
import { packageRoot } from '../../src/package-root.js';
import type { CandleData } from '../../src/protocol.js';
import { runningPostgresUrl } from '../../src/store/running-postgres.js';
import { query } from '../support/embedded.js';
import { assertNothingLeft } from '../support/nothing-left.js';
import { skipWithoutProc } from '../support/process-tree.js';
import { makeServedFolder, type ServedFolder } from '../support/served-folder.js';
import { ServerProcess } from '../support/server-process.js';
import { until } from '../support/until.js';

const PAGE = readFileSync(new URL('docs/OPERATIONS.md', packageRoot()), 'utf8');

/** Gives the arguments of each command that the page tells between two marks. */
function commands(mark: string): readonly (readonly string[])[] {
  const [, block = ''] = new RegExp(`<!-- ${mark} -->\n\`\`\`sh\n(.*?)\`\`\``, 's').exec(PAGE) ?? [];
  return block
    .trim()
    .split('\n')
    .map((line) => {
      const [program, ...args] = line.split(' ');
      if (program !== 'cryptopredict') throw new Error(`the page tells no command under ${mark}: ${line}`);
      return args;
    });
}

interface Site {
  readonly folder: ServedFolder;
  /** Begins a command of the page beside the data folder. */
  start(args: readonly string[]): ServerProcess;
  /** Runs one to its end and gives what it said. */
  run(args: readonly string[]): Promise<string>;
}

async function setUp(t: Test): Promise<Site> {
  const demo = await startDemoExchange({});
  t.teardown(() => demo.close());
  const folder = await makeServedFolder(t);
  const env = {
    ...folder.tree.env,
    CRYPTOPREDICT_DATA_DIR: folder.dataDir,
    CRYPTOPREDICT_PORT: '0',
    CRYPTOPREDICT_EXCHANGE_URL: `demo=${demo.url}`,
    CRYPTOPREDICT_SYMBOLS: 'BTC/USDT,ETH/USDT',
    CRYPTOPREDICT_HISTORY_DEPTH: '300',
  };
  const start = (args: readonly string[]): ServerProcess =>
    ServerProcess.spawn(args, env, { cwd: folder.folder });
  return {
    folder,
    start,
    async run(args) {
      const child = start(args);
      const { code } = await child.ended(60_000);
      t.equal(code, 0, `${args.join(' ')}\n${child.stderr}`);
      return child.stdout;
    },
  };
}

/** Asks a server for closed candles of an hour each that end before `to`. */
async function hours(server: ServerProcess, to: number): Promise<readonly CandleData[]> {
  const client = connect(await server.ready());
  try {
    const { items } = await client.query('candles.list', {
      symbol: 'ETH/USDT',
      timeframe: '1h',
      to,
      limit: 200,
    });
    return items;
  } finally {
    client.close();
  }
}

t.test('the commands of the operations page', { skip: skipWithoutProc }, async (t) => {
  t.setTimeout(150_000);
  const site = await setUp(t);
  const { folder } = site;
  const file = join(folder.folder, 'cryptopredict.backup');
  // A candle that the running hour does not touch.
  const to = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 3_600_000;
  let before: readonly CandleData[] = [];

  await t.test('back the embedded database up while its server runs', async (t) => {
    const server = site.start(['serve']);
    await server.ready();
    await until('its history is stored', async () => (await hours(server, to)).length === 200, 30_000);
    // Something that no exchange could give again.
    const url = (await runningPostgresUrl(folder.dataDir)) ?? '';
    await query(
      url,
      `UPDATE price_data SET trade_count = 4242 WHERE timeframe = '1h' AND candle_time < to_timestamp(${to / 1_000})`,
    );
    before = await hours(server, to);
    t.equal(before.at(-1)?.trade_count, 4_242);
    for (const args of commands('backup'))
      t.match(await site.run(args), /: \d+ rows, [\d.]+ MB, in cryptopredict\.backup/);
    t.equal((await stat(file)).mode & 0o777, 0o600);
    t.equal((await hours(server, to)).length, 200, 'the server still serves');
    t.equal(await server.end('SIGTERM'), 0);
    t.notMatch(server.stderr, /"level":[56]0/);
    await assertNothingLeft(t, folder);
  });

  await t.test('restore it into a new folder, on which a server serves the same candles', async (t) => {
    await rm(folder.dataDir, { recursive: true });
    const [restore = [], serve = []] = commands('restore');
    t.match(await site.run(restore), /: \d+ rows restored from cryptopredict\.backup/);
    const server = site.start(serve);
    t.same(await hours(server, to), before);
    t.equal(await server.end('SIGTERM'), 0);
    t.notMatch(server.stderr, /"level":[56]0/);
  });

  await t.test('refuse to restore over data that are there', async (t) => {
    const child = site.start(commands('restore')[0] ?? []);
    t.same(await child.ended(30_000), { code: 1, signal: null });
    t.match(child.stderr, /the database is not empty .*: restore into a new one/);
  });
});
