import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { packageRoot } from '../../src/package-root.js';
import { migrate, migrationStatus, readMigrations } from '../../src/store/migrate.js';
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
