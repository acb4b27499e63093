import t from 'tap';
import { assertNothingLeft, IN_ORDER, PROMISED_MS } from '../support/nothing-left.js';
import { skipWithoutProc } from '../support/process-tree.js';
import { makeServedFolder } from '../support/served-folder.js';
import { until } from '../support/until.js';

t.test('stopping a server that starts', { skip: skipWithoutProc }, async (t) => {
  t.setTimeout(110_000);
  // One folder for all: only the first start makes a database.
  const folder = await makeServedFolder(t);

  for (const [moment, pattern] of [
    ['the demo exchange starts', /demo\/main\.js/],
    ['the first database is made', /initdb/],
    ['Postgres starts', /bin\/postgres -D/],
  ] as const) {
    t.test(`the server ends in order on SIGTERM while ${moment}`, async (t) => {
      const server = folder.serve();
      await until(moment, () => folder.tree.find(pattern) !== undefined);
      server.child.kill('SIGTERM');
      t.same(await server.ended(PROMISED_MS), IN_ORDER);
      t.equal(server.url, null, 'it had not come up');
      t.notMatch(server.stderr, /"level":[456]0|cryptopredict:/, 'without a warning');
      await assertNothingLeft(t, folder);
    });
  }

  t.test('the server ends in order on Ctrl-C while it loads history', async (t) => {
    const server = folder.serve(['--history-depth', '2000'], { detached: true });
    await until('the gateway listens', () => server.url !== null, 30_000);
    server.signalGroup('SIGINT');
    t.same(await server.ended(PROMISED_MS), IN_ORDER);
    t.notMatch(server.stderr, /"live"/, 'history was not loaded');
    t.notMatch(server.stderr, /"level":[56]0|cryptopredict:/, 'without an error');
    await assertNothingLeft(t, folder);
  });
});
