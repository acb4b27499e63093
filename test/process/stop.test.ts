import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { connect } from '../../src/client/client.js';
import { startDemoExchange } from '../../src/feeds/demo/exchange.js';
import { startEmbeddedPostgres } from '../../src/store/embedded-postgres.js';
import { createPool } from '../../src/store/pool.js';
import { collectCandles, ohlcv } from '../support/closed-collector.js';
import { storedCandles } from '../support/expected-candles.js';
import { silent } from '../support/folder.js';
import { assertNothingLeft, IN_ORDER, PROMISED_MS } from '../support/nothing-left.js';
import { skipWithoutProc } from '../support/process-tree.js';
import { makeServedFolder, QUICK } from '../support/served-folder.js';
import { MAIN } from '../support/server-process.js';
import { until } from '../support/until.js';
import { warningsIn } from '../support/warnings.js';

const HOST = /embedded-postgres-host/;

t.test('stopping a server that runs', { skip: skipWithoutProc }, async (t) => {
  t.setTimeout(110_000);
  // One folder for all: making a database takes longer than everything else in here.
  const folder = await makeServedFolder(t);

  for (const [signal, when] of [
    ['SIGTERM', 'SIGTERM to its whole group'],
    ['SIGHUP', 'the end of its terminal'],
  ] as const) {
    t.test(`the server ends in order on ${when}`, async (t) => {
      const server = folder.serve(QUICK, { detached: true });
      await server.ready();
      t.ok(folder.tree.living().size > 4, 'server, demo exchange, host and Postgres run');
      server.signalGroup(signal);
      t.same(await server.ended(PROMISED_MS), IN_ORDER);
      t.match(server.stderr, `"signal":"${signal}"`);
      t.same(warningsIn(server.stderr), []);
      await assertNothingLeft(t, folder);
    });
  }

  t.test('Ctrl-C under npm, which passes it on once more, ends the server in order', async (t) => {
    const command = `"${process.execPath}" "${MAIN}"`;
    await writeFile(join(folder.folder, 'package.json'), JSON.stringify({ scripts: { start: command } }));
    const npm = process.env.npm_execpath;
    const server = folder.serve(
      QUICK,
      {
        detached: true,
        cwd: folder.folder,
        command: [
          ...(npm === undefined ? (['npm'] as const) : ([process.execPath, npm] as const)),
          'start',
          '--',
        ],
      },
      { npm_config_logs_max: '0', npm_config_update_notifier: 'false', npm_config_loglevel: 'error' },
    );
    await server.ready();
    server.signalGroup('SIGINT');
    const { code, signal } = await server.ended(PROMISED_MS);
    t.ok(
      code === 0 || signal === 'SIGINT',
      'npm ends as its shell does, which dies of the signal or hands our code on',
    );
    t.match(server.stderr, '"msg":"stopped"');
    t.notMatch(server.stderr, /second signal/);
    await assertNothingLeft(t, folder);
  });

  t.test('every closed candle that a client had seen is in the database', async (t) => {
    const demo = await startDemoExchange({ speed: 120 });
    t.teardown(() => demo.close());
    const server = folder.serve([...QUICK, '--exchange', 'demo', '--exchange-url', `demo=${demo.url}`], {
      detached: true,
    });
    const client = connect(await server.ready());
    t.teardown(() => client.close());
    client.on('error', () => undefined);
    const symbols = ['BTC/USDT', 'ETH/USDT'];
    const seen = await Promise.all(symbols.map((symbol) => collectCandles(client, symbol, '1m')));
    await until('some minutes have closed', () => seen.every(({ closed }) => closed.length >= 4), 30_000);
    server.signalGroup('SIGINT');
    t.same(await server.ended(PROMISED_MS), IN_ORDER);
    await assertNothingLeft(t, folder);
    const postgres = await startEmbeddedPostgres({ dataDir: folder.dataDir, logger: silent });
    t.teardown(() => postgres.stop());
    const pool = createPool({ url: postgres.url, logger: silent });
    for (const [index, { closed }] of seen.entries()) {
      const symbol = symbols[index] ?? '';
      const from = closed[0]?.time ?? 0;
      const to = (closed.at(-1)?.time ?? 0) + 60_000;
      const stored = await storedCandles(pool, symbol, '1m', { from, to });
      t.same(
        stored.map(({ ms, numbers }) => [ms, ...numbers.map(Number)]),
        closed.map(ohlcv),
        `${symbol}: each once`,
      );
    }
    await pool.end();
    await postgres.stop();
  });

  t.test('a part that does not stop is named and left after the promised time', async (t) => {
    const server = folder.serve(QUICK, { detached: true });
    await server.ready();
    folder.tree.signal(HOST, 'SIGSTOP');
    server.signalGroup('SIGINT');
    t.same(await server.ended(PROMISED_MS + 1_000), { code: 1, signal: null });
    t.match(server.stderr, /"part":"embedded database".*did not stop in time/);
    folder.tree.signal(HOST, 'SIGCONT');
    await folder.tree.gone(PROMISED_MS);
  });

  t.test('a second Ctrl-C ends the server at once, and the others by themselves', async (t) => {
    const server = folder.serve(QUICK, { detached: true });
    await server.ready();
    folder.tree.signal(HOST, 'SIGSTOP');
    server.signalGroup('SIGINT');
    await until('it is impatient', () => {
      if (!server.hasEnded) server.signalGroup('SIGINT');
      return server.hasEnded;
    });
    t.same(await server.ended(1_000), { code: 130, signal: null });
    t.match(server.stderr, /second signal/);
    folder.tree.signal(HOST, 'SIGCONT');
    await folder.tree.gone(PROMISED_MS);
    t.equal(folder.tree.living().size, 0);
  });
});
