import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { startEmbeddedPostgres } from '../../src/store/embedded-postgres.js';
import { isAlive } from '../../src/store/processes.js';
import { query, startOther, told } from '../support/embedded.js';
import { makeTestFolder, silent } from '../support/folder.js';

// One folder for all: making a database takes longer than everything else in here.
const dataDir = await makeTestFolder('embedded');
t.teardown(() => rm(dataDir, { recursive: true, force: true }));

t.test('a data folder keeps its database from one start to the next', async (t) => {
  const first = await startEmbeddedPostgres({ dataDir, logger: silent });
  await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
  t.same(await query(first.url, 'SHOW server_encoding'), ['UTF8']);
  t.same(await query(first.url, 'SHOW timezone'), ['UTC']);
  t.same(await query(first.url, 'SHOW synchronous_commit'), ['on']);
  t.same(await query(first.url, 'SHOW listen_addresses'), ['127.0.0.1']);
  t.equal((await stat(join(dataDir, 'postgres-password'))).mode & 0o777, 0o600, 'the password is ours alone');
  const wrong = new URL(first.url);
  wrong.password = 'guess';
  await t.rejects(query(wrong.toString(), 'SELECT 1'), { code: '28P01' }, 'another password is refused');
  await first.stop();
  t.equal(await first.exited, null, 'an ordered stop is told from a death');
  t.notOk(isAlive(first.postgresPid), 'Postgres has ended');
  t.notOk(isAlive(first.hostPid), 'its host has ended');

  const second = await startEmbeddedPostgres({ dataDir, logger: silent });
  t.same(await query(second.url, 'SELECT answer FROM kept'), [42]);
  await second.stop();
  await second.stop();
});

t.test('a folder in use is refused in one line that names the holder', async (t) => {
  const first = await startEmbeddedPostgres({ dataDir, logger: silent });
  const other = startOther(dataDir);
  const { error } = await told(other, (message) => message.error !== undefined);
  t.match(error, new RegExp(`^OperatorError: .* in use by process ${process.pid}: .*--data-dir$`));
  t.same(await query(first.url, 'SELECT 1'), [1], 'the first server is not disturbed');
  await first.stop();
});

t.test('Ctrl-C, which goes to the whole group, leaves Postgres to the server', async (t) => {
  const server = await startEmbeddedPostgres({ dataDir, logger: silent });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.kill(server.hostPid, signal);
  t.same(await query(server.url, 'SELECT pg_sleep(0.2)::text'), [''], 'still there');
  await server.stop();
});

t.test('a setting that Postgres refuses is told in one line', async (t) => {
  await t.rejects(
    startEmbeddedPostgres({ dataDir, logger: silent, flags: ['-c', 'shared_buffers=nonsense'] }),
    { name: 'OperatorError', message: /^the embedded database in .* does not start: .*shared_buffers.*$/ },
  );
});

t.test('data of another version and a lost password are refused with what to do', async (t) => {
  const first = await startEmbeddedPostgres({ dataDir, logger: silent });
  await first.stop();
  const versionFile = join(dataDir, 'postgres', 'PG_VERSION');
  const version = await readFile(versionFile, 'utf8');
  await writeFile(versionFile, '12\n');
  await t.rejects(startEmbeddedPostgres({ dataDir, logger: silent }), {
    message: /PostgreSQL 12's.*--data-dir/,
  });
  await writeFile(versionFile, version);
  await rm(join(dataDir, 'postgres-password'));
  await t.rejects(startEmbeddedPostgres({ dataDir, logger: silent }), { message: /password.*--data-dir/ });
});
