import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { skipWithoutProc } from '../support/process-tree.js';
import { makeServedFolder, type ServedFolder } from '../support/served-folder.js';
import { until } from '../support/until.js';

/** What the product promises for the end of everything. */
const PROMISED_MS = 5_000;

async function assertNothingLeft(t: Test, { tree, dataDir }: ServedFolder): Promise<void> {
  await tree.gone(PROMISED_MS);
  t.equal(tree.living().size, 0, 'no process is left');
  const files = existsSync(dataDir) ? await readdir(dataDir) : [];
  t.same(
    files.filter((name) => name.startsWith('lock')),
    [],
    'no lock file is left',
  );
  t.notOk(existsSync(join(dataDir, 'postgres', 'postmaster.pid')), 'Postgres was stopped in order');
}

t.test('the server ends', { skip: skipWithoutProc }, async (t) => {
  t.setTimeout(110_000);
  // One folder for all: making a database takes longer than everything else in here.
  const folder = await makeServedFolder(t);
  const { tree } = folder;

  t.test('in order on SIGTERM while it makes its first database', async (t) => {
    const server = folder.serve();
    await until('the database is being made', () =>
      [...tree.living().values()].some((command) => /initdb/.test(command)),
    );
    server.child.kill('SIGTERM');
    t.same(await server.ended(PROMISED_MS), { code: 0, signal: null });
    await assertNothingLeft(t, folder);
  });

  for (const [signal, when, log] of [
    ['SIGINT', 'Ctrl-C', /"signal":"SIGINT"/],
    ['SIGTERM', 'SIGTERM to the group', /"signal":"SIGTERM"/],
    ['SIGHUP', 'a terminal that is closed', /"signal":"SIGHUP"/],
  ] as const) {
    t.test(`in order on ${when}`, async (t) => {
      const server = folder.serve(undefined, { detached: true });
      await server.ready();
      t.ok(tree.living().size > 4, 'server, demo exchange, host and Postgres run');
      server.signalGroup(signal);
      t.same(await server.ended(PROMISED_MS), { code: 0, signal: null });
      t.match(server.stderr, log);
      t.notMatch(server.stderr, /"level":[456]0/, 'without a warning');
      await assertNothingLeft(t, folder);
    });
  }
});
