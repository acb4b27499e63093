import { once } from 'node:events';
import t from 'tap';
import { readMigrations } from '../../src/store/migrate.js';
import { createTestDatabase } from '../support/database.js';
import { ServerProcess } from '../support/server-process.js';

async function migrate(url: string): Promise<{ stdout: string; stderr: string; code: number | null }> {
  const child = ServerProcess.spawn(['migrate', '--log-level', 'warn'], { DATABASE_URL: url });
  await once(child.child, 'close');
  return { stdout: child.stdout, stderr: child.stderr, code: child.child.exitCode };
}

const applied = (stdout: string): readonly string[] => /: applied (.*);/.exec(stdout)?.[1]?.split(', ') ?? [];

t.test(
  'the command applies every migration to an empty database; a second time there is nothing to do',
  async (t) => {
    const all = (await readMigrations()).map(({ name }) => name);
    const database = await createTestDatabase({ empty: true });
    t.teardown(() => database.drop());
    const first = await migrate(database.url);
    t.equal(first.code, 0, first.stderr);
    t.same(applied(first.stdout), all);
    t.match(first.stdout, `${all.length} migrations in all.\n`);
    const { rows } = await database.pool.query(`SELECT to_regclass('price_data') IS NOT NULL AS made`);
    t.same(rows, [{ made: true }]);
    const second = await migrate(database.url);
    t.equal(second.code, 0, second.stderr);
    t.match(second.stdout, /: nothing to do; \d+ migrations in all\.\n$/);
  },
);

t.test('of two commands at once each migration is applied by one, and both succeed', async (t) => {
  const all = (await readMigrations()).map(({ name }) => name);
  const database = await createTestDatabase({ empty: true });
  t.teardown(() => database.drop());
  const both = await Promise.all([migrate(database.url), migrate(database.url)]);
  for (const { code, stdout, stderr } of both) {
    t.equal(code, 0, stderr);
    t.match(stdout, `${all.length} migrations in all.`);
  }
  t.same(both.flatMap(({ stdout }) => applied(stdout)).toSorted(), all.toSorted());
});

t.test('a database that refuses us is one line that says what to do, without the password', async (t) => {
  const database = await createTestDatabase({ empty: true });
  t.teardown(() => database.drop());
  const url = new URL(database.url);
  url.pathname = '/no_such_database';
  url.password = 'hunter2';
  const { stdout, stderr, code } = await migrate(url.toString());
  t.equal(code, 1);
  t.equal(stdout, '');
  t.match(stderr, /^cryptopredict: the database refuses us: .*; check DATABASE_URL\n$/);
  t.notMatch(stderr, 'hunter2');
});
