import { join } from 'node:path';
import t from 'tap';
import { startDemoExchange } from '../../src/feeds/demo/exchange.js';
import { readMigrations } from '../../src/store/migrate.js';
import { createTestDatabase } from '../support/database.js';
import { skipWithoutProc } from '../support/process-tree.js';
import { makeServedFolder } from '../support/served-folder.js';
import { warningsIn } from '../support/warnings.js';

t.test(
  'of two servers that start at once on an empty database one migrates, and both serve',
  { skip: skipWithoutProc },
  async (t) => {
    t.setTimeout(110_000);
    const database = await createTestDatabase({ empty: true });
    t.teardown(() => database.drop());
    const demo = await startDemoExchange({});
    t.teardown(() => demo.close());
    const folder = await makeServedFolder(t);
    const servers = ['BTC/USDT', 'ETH/USDT'].map((symbol, index) =>
      folder.serve(
        [
          ...[
            '--symbols',
            symbol,
            '--history-depth',
            '300',
            '--data-dir',
            join(folder.dataDir, String(index)),
          ],
          ...['--exchange-url', `demo=${demo.url}`, '--log-format', 'json'],
        ],
        {},
        { DATABASE_URL: database.url },
      ),
    );
    await Promise.all(servers.map((server) => server.ready()));
    const names = (await readMigrations()).map(({ name }) => name);
    const migrated = servers.map(({ stderr }) =>
      [...stderr.matchAll(/"migration":"([^"]+)"/g)].map(([, name]) => name),
    );
    t.same(
      migrated.toSorted((a, b) => a.length - b.length),
      [[], names],
    );
    const { rows } = await database.pool.query('SELECT name FROM schema_migrations ORDER BY version');
    t.same(
      rows,
      names.map((name) => ({ name })),
    );
    for (const server of servers) {
      t.equal(await server.end('SIGTERM'), 0);
      // The one that serves ether alone says what it cannot analyse.
      t.same(
        warningsIn(server.stderr).filter((line) => !line.includes('no market of BTC')),
        [],
        'without another warning',
      );
    }
    await folder.tree.gone(5_000);
  },
);
