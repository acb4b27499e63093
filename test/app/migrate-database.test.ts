import { once } from 'node:events';
import t from 'tap';
import { readMigrations } from '../../src/store/migrate.js';
import { createTestDatabase } from '../support/database.js';
import { ServerProcess } from '../support/server-process.js';

async function migrate(
  url: string,
  ...flags: string[]
): Promise<{ stdout: string; stderr: string; code: number | null }> {
  const child = ServerProcess.spawn(['migrate', '--log-level', 'warn', ...flags], { DATABASE_URL: url });
  await once(child.child, 'close');
  return { stdout: child.stdout, stderr: child.stderr, code: child.child.exitCode };
}

const applied = (stdout: string): readonly (string | undefined)[] =>
  [...stdout.matchAll(/^applied (\S+) \(\d+ ms\)$/gm)].map(([, name]) => name);

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

t.test('--status and --dry-run say what there is to do and change nothing', async (t) => {
  const all = (await readMigrations()).map(({ name }) => name);
  const database = await createTestDatabase({ empty: true });
  t.teardown(() => database.drop());
  const before = await migrate(database.url, '--status');
  t.equal(before.code, 2, before.stderr);
  for (const name of all) t.match(before.stdout, new RegExp(`^${name} +pending$`, 'm'));
  t.match(
    before.stdout,
    `: 0 applied, ${all.length} pending, 0 at fault; ${all.length} migrations in all.\n`,
  );
  const tried = await migrate(database.url, '--dry-run');
  t.equal(tried.code, 0, tried.stderr);
  t.equal(tried.stdout.match(/^would apply \S+ \(\d+ ms\)$/gm)?.length, all.length);
  t.match(tried.stdout, `: would apply ${all.length}, all taken back; ${all.length} migrations in all.\n`);
  t.equal((await migrate(database.url, '--status')).stdout, before.stdout);
  t.equal((await migrate(database.url)).code, 0);
  const after = await migrate(database.url, '--status');
  t.equal(after.code, 0, after.stderr);
  t.match(after.stdout, /^0001_assets\.sql +\d{4}-\d\d-\d\dT\S+Z +applied$/m);
  await database.pool.query(`UPDATE schema_migrations SET checksum = 'another' WHERE version = 1`);
  const faulty = await migrate(database.url, '--status');
  t.equal(faulty.code, 1);
  t.match(faulty.stdout, /^0001_assets\.sql .* EDITED since it was applied/m);
  const both = await migrate(database.url, '--status', '--dry-run');
  t.equal(both.code, 1);
  t.match(both.stderr, /--status and --dry-run exclude each other/);
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
