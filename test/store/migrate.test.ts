import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { packageRoot } from '../../src/package-root.js';
import {
  inspectMigrations,
  migrate,
  migrationStatus,
  readMigrations,
  rehearseMigrations,
} from '../../src/store/migrate.js';
import { createTestDatabase } from '../support/database.js';
import { makeTestFolder } from '../support/folder.js';

/** A folder with the project's migrations, to be changed. */
async function copyOfMigrations(t: Test): Promise<string> {
  const dir = await makeTestFolder('sql');
  t.teardown(() => rm(dir, { recursive: true, force: true }));
  await cp(fileURLToPath(new URL('sql/', packageRoot())), dir, { recursive: true });
  return dir;
}

t.test('applies every file once, in order, and says which', async (t) => {
  const database = await createTestDatabase({ empty: true });
  t.teardown(() => database.drop());
  const names = (await readMigrations()).map(({ name }) => name);
  t.same(await migrationStatus(database.pool), { applied: [], pending: names });
  const told: string[] = [];
  t.same(await migrate(database.pool, { onApplied: (name) => told.push(name) }), names);
  t.same(told, names);
  t.same(await migrationStatus(database.pool), { applied: names, pending: [] });
  t.same(await migrate(database.pool, { onApplied: (name) => told.push(name) }), [], 'nothing left to do');
  t.same(told, names, 'nothing told twice');
});

t.test('of two processes at once one migrates and both go on', async (t) => {
  const database = await createTestDatabase({ empty: true });
  t.teardown(() => database.drop());
  const pools = [database.pool, await database.connect(), await database.connect()];
  const applied = await Promise.all(pools.map((pool) => migrate(pool)));
  const names = (await readMigrations()).map(({ name }) => name);
  t.same(applied.map((list) => list.length).sort(), [0, 0, names.length].sort());
  const { rows } = await database.pool.query('SELECT count(*)::int AS n FROM schema_migrations');
  t.same(rows, [{ n: names.length }]);
});

t.test('refuses a file that was edited after it had been applied', async (t) => {
  const database = await createTestDatabase({ empty: true });
  t.teardown(() => database.drop());
  const dir = await copyOfMigrations(t);
  await migrate(database.pool, { dir });
  await writeFile(join(dir, '0001_assets.sql'), 'SELECT 1;');
  const refusal = { name: 'OperatorError', message: /0001_assets\.sql was edited/ };
  await t.rejects(migrate(database.pool, { dir }), refusal);
  await t.rejects(migrationStatus(database.pool, { dir }), refusal);
});

t.test('line ends of another system are no edit', async (t) => {
  const dir = await copyOfMigrations(t);
  const [before] = await readMigrations(dir);
  await writeFile(join(dir, '0001_assets.sql'), (before?.sql ?? '').replaceAll('\n', '\r\n'));
  const [after] = await readMigrations(dir);
  t.equal(after?.checksum, before?.checksum);
});

t.test('refuses a database with a migration that it does not know', async (t) => {
  const database = await createTestDatabase({ empty: true });
  t.teardown(() => database.drop());
  const dir = await copyOfMigrations(t);
  const next = `${String((await readMigrations()).length + 1).padStart(4, '0')}_newer.sql`;
  await writeFile(join(dir, next), 'CREATE TABLE newer (id integer);');
  await migrate(database.pool, { dir });
  await t.rejects(migrate(database.pool), {
    name: 'OperatorError',
    message: new RegExp(`${next}, which this version does not know`),
  });
});

t.test('a migration that fails leaves no trace, those before it stay, and it can be mended', async (t) => {
  const database = await createTestDatabase({ empty: true });
  t.teardown(() => database.drop());
  const dir = await copyOfMigrations(t);
  const names = (await readMigrations()).map(({ name }) => name);
  const next = `${String(names.length + 1).padStart(4, '0')}_broken.sql`;
  await writeFile(join(dir, next), 'CREATE TABLE half (id integer); SELECT 1 / 0;');
  await t.rejects(migrate(database.pool, { dir }), {
    message: new RegExp(`${next} failed: division by zero`),
  });
  const { rows } = await database.pool.query(`SELECT to_regclass('half') AS half`);
  t.same(rows, [{ half: null }]);
  t.same(await migrationStatus(database.pool, { dir }), { applied: names, pending: [next] });
  await writeFile(join(dir, next), 'CREATE TABLE half (id integer);');
  t.same(await migrate(database.pool, { dir }), [next], 'the lock was let go');
});

t.test('refuses a folder with a hole in its numbers, and one that is not there', async (t) => {
  const dir = await makeTestFolder('sql');
  t.teardown(() => rm(dir, { recursive: true, force: true }));
  await writeFile(join(dir, '0002_second.sql'), '');
  await t.rejects(readMigrations(dir), {
    name: 'OperatorError',
    message: /0002_second\.sql .* 0001_<what>\.sql/,
  });
  await t.rejects(readMigrations(join(dir, 'nowhere')), { name: 'OperatorError', message: /cannot read/ });
});

t.test('a rehearsal applies what is pending and takes all of it back', async (t) => {
  const database = await createTestDatabase({ empty: true });
  t.teardown(() => database.drop());
  const names = (await readMigrations()).map(({ name }) => name);
  const told: string[] = [];
  t.same(await rehearseMigrations(database.pool, { onApplied: (name) => told.push(name) }), names);
  t.same(told, names);
  const { rows } = await database.pool.query(
    `SELECT count(*)::int AS n FROM pg_class WHERE relnamespace = 'public'::regnamespace`,
  );
  t.same(rows, [{ n: 0 }], 'nothing is left of it');
  t.same(await migrate(database.pool), names);
  t.same(await rehearseMigrations(database.pool), []);
});

t.test('a rehearsal names the migration that would fail, and lets the lock go', async (t) => {
  const database = await createTestDatabase({ empty: true });
  t.teardown(() => database.drop());
  const dir = await copyOfMigrations(t);
  const next = `${String((await readMigrations()).length + 1).padStart(4, '0')}_broken.sql`;
  await writeFile(join(dir, next), 'SELECT 1 / 0;');
  await t.rejects(rehearseMigrations(database.pool, { dir }), {
    message: `migration ${next} failed: division by zero`,
  });
  t.same(await migrationStatus(database.pool), {
    applied: [],
    pending: (await readMigrations()).map(({ name }) => name),
  });
  await rm(join(dir, next));
  t.equal((await migrate(database.pool, { dir })).length, (await readMigrations()).length);
});

t.test('an inspection tells of each migration what is wrong with it', async (t) => {
  const database = await createTestDatabase({ empty: true });
  t.teardown(() => database.drop());
  const dir = await copyOfMigrations(t);
  const names = (await readMigrations()).map(({ name }) => name);
  const next = `${String(names.length + 1).padStart(4, '0')}_newer.sql`;
  const states = async (folder: string): Promise<readonly string[]> =>
    (await inspectMigrations(database.pool, { dir: folder })).map(({ state }) => state);
  t.same(
    await inspectMigrations(database.pool),
    names.map((name) => ({ name, state: 'pending', appliedAt: null })),
  );
  await migrate(database.pool);
  await writeFile(join(dir, next), 'CREATE TABLE newer (id integer);');
  t.same(await states(dir), [...names.map(() => 'applied'), 'pending']);
  await migrate(database.pool, { dir });
  t.same((await states(fileURLToPath(new URL('sql/', packageRoot())))).at(-1), 'unknown');
  await writeFile(join(dir, '0001_assets.sql'), 'SELECT 1;');
  t.same((await states(dir)).slice(0, 2), ['edited', 'applied']);
  const [first] = await inspectMigrations(database.pool, { dir });
  t.ok(Math.abs((first?.appliedAt ?? 0) - Date.now()) < 600_000, 'with the time at which it was applied');
});
