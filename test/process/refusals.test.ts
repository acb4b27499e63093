import { once } from 'node:events';
import { chmod, mkdir } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { startDemoExchange } from '../../src/feeds/demo/exchange.js';
import { ordinaryUser } from '../support/ordinary-user.js';
import { skipWithoutProc } from '../support/process-tree.js';
import { makeServedFolder, QUICK, type ServedFolder } from '../support/served-folder.js';
import type { ServerProcess } from '../support/server-process.js';
import { warningsIn } from '../support/warnings.js';

/** Asserts that a process ends with code 1 and one clear line, and that nothing of it is left. */
async function assertRefused(
  t: Test,
  { tree }: ServedFolder,
  refused: ServerProcess,
  line: RegExp,
): Promise<void> {
  t.same(await refused.ended(60_000), { code: 1, signal: null });
  // Log lines are JSON here; hints on the way to the right flag stand in brackets.
  const lines = refused.stderr.split('\n').filter((text) => text !== '' && !/^[{(]/.test(text));
  t.match(lines[0], line);
  t.equal(lines.length, 1, 'one line, without a stack');
  t.same(warningsIn(refused.stderr), []);
  await tree.gone(10_000);
  t.equal(tree.living().size, 0, 'no process is left');
}

t.test('the server refuses to start', { skip: skipWithoutProc }, async (t) => {
  t.setTimeout(115_000);
  // One folder for all: making a database takes longer than everything else in here.
  const folder = await makeServedFolder(t);
  const first = folder.serve();
  await first.ready();

  t.test('on a data folder that another server uses', async (t) => {
    const second = folder.serve();
    t.same(await second.ended(60_000), { code: 1, signal: null });
    t.match(
      second.stderr.trim(),
      /^cryptopredict: the data folder \S+ is in use by process \d+: stop that server, or choose another folder with --data-dir$/,
    );
    t.equal((await fetch(`${first.url}/readyz`)).status, 200, 'the other goes on');
    t.equal(await first.end('SIGTERM'), 0);
    await folder.tree.gone(10_000);
  });

  t.test('on a port in use', async (t) => {
    const other = createServer().listen(0, '127.0.0.1');
    t.teardown(() => other.close());
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    for (const transport of ['ws', 'auto']) {
      const refused = folder.serve([...QUICK, '--port', String(port), '--transport', transport]);
      await assertRefused(t, folder, refused, new RegExp(`^cryptopredict: .*${port}.*--port`));
    }
  });

  t.test('with symbols that the exchange does not list, and says the nearest', async (t) => {
    const refused = folder.serve(['--symbols', 'BTC/USDT,BTC/UDST']);
    await assertRefused(
      t,
      folder,
      refused,
      /^cryptopredict: BTC\/UDST is not listed by demo; nearest: .*BTC\/USDT/,
    );
  });

  t.test('for an exchange that cannot be reached, and says where it looked', async (t) => {
    const args = [...QUICK, '--exchange', 'binance', '--exchange-url', 'binance=http://127.0.0.1:1'];
    await assertRefused(
      t,
      folder,
      folder.serve(args),
      /^cryptopredict: binance cannot be reached at http:\/\/127\.0\.0\.1:1\b.*--exchange/,
    );
  });

  t.test('for an exchange that nobody knows, and says the nearest', async (t) => {
    const refused = folder.serve([...QUICK, '--exchange', 'binanse']);
    await assertRefused(t, folder, refused, /^cryptopredict: --exchange binanse .*binance/);
  });

  t.test('for a flag that does not exist, and for a value that is not allowed', async (t) => {
    const mistyped = folder.serve(['--data-dri', 'x']);
    await assertRefused(t, folder, mistyped, /--data-dri/);
    t.match(mistyped.stderr, 'Did you mean --data-dir?');
    await assertRefused(t, folder, folder.serve(['--history-depth', 'many']), /--history-depth.*many/);
    await assertRefused(t, folder, folder.serve(['--transport', 'udp']), /--transport.*udp.*uws.*ws/);
  });

  t.test('for a value in the environment, by the name of the variable', async (t) => {
    const refused = folder.serve([], {}, { CRYPTOPREDICT_HISTORY_DEPTH: '-1' });
    await assertRefused(t, folder, refused, /CRYPTOPREDICT_HISTORY_DEPTH.*-1/);
  });

  const user = ordinaryUser();
  t.test(
    'in a folder where its user may not write',
    { skip: 'reason' in user ? user.reason : false },
    async (t) => {
      if ('reason' in user) return;
      const closed = join(folder.folder, 'closed');
      await mkdir(closed);
      await chmod(closed, 0o555);
      const args = [...QUICK, '--data-dir', join(closed, 'data')];
      await assertRefused(
        t,
        folder,
        folder.serve(args, user),
        /^cryptopredict: cannot write to the data folder \S+ \(EACCES\): choose another with --data-dir/,
      );
    },
  );
});

t.test('an exchange that is away for a moment is waited for', { skip: skipWithoutProc }, async (t) => {
  const folder = await makeServedFolder(t);
  const demo = await startDemoExchange({});
  t.teardown(() => demo.close());
  demo.control({ action: 'http', status: 503, count: 2 });
  const server = folder.serve([...QUICK, '--exchange', 'demo', '--exchange-url', `demo=${demo.url}`]);
  await server.ready();
  t.equal(await server.end('SIGTERM'), 0);
});
