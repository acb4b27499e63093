import t from 'tap';
import { startDemoExchange } from '../../src/feeds/demo/exchange.js';
import { createTestDatabase } from '../support/database.js';
import { skipWithoutProc } from '../support/process-tree.js';
import { makeServedFolder, QUICK } from '../support/served-folder.js';
import { openTcpGate } from '../support/tcp-gate.js';

t.test(
  'a server whose database has gone silent stops in order, and keeps what it has',
  { skip: skipWithoutProc },
  async (t) => {
    t.setTimeout(110_000);
    const database = await createTestDatabase();
    t.teardown(() => database.drop());
    const gate = await openTcpGate(database.url);
    t.teardown(() => gate.close());
    const demo = await startDemoExchange({});
    t.teardown(() => demo.close());
    const folder = await makeServedFolder(t);
    const server = folder.serve(
      [...QUICK, '--exchange-url', `demo=${demo.url}`, '--log-format', 'json'],
      {},
      { DATABASE_URL: gate.url },
    );
    await server.ready();
    gate.silence();
    t.equal(await server.end('SIGTERM'), 0);
    t.notMatch(server.stderr, /did not stop in time|"unwritten"/);
    await folder.tree.gone(5_000);
  },
);
