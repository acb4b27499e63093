import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { startEmbeddedPostgres } from '../../src/store/embedded-postgres.js';
import { isAlive } from '../../src/store/processes.js';
import { query, startOther, told, until } from '../support/embedded.js';
import { makeTestFolder, silent } from '../support/folder.js';

// One folder for all: making a database takes longer than everything else in here.
const dataDir = await makeTestFolder('embedded');
t.teardown(() => rm(dataDir, { recursive: true, force: true }));

t.test('Postgres that is killed is started again on the same address', async (t) => {
  const server = await startEmbeddedPostgres({ dataDir, logger: silent });
  await query(server.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
  process.kill(server.postgresPid, 'SIGKILL');
  await until('Postgres answers again', () =>
    query(server.url, 'SELECT answer FROM kept').then(
      (rows) => rows[0] === 42,
      () => false,
    ),
  );
  await server.stop();
  t.equal(await server.exited, null);
});

t.test('a killed server takes its Postgres along, and what it had committed is there', async (t) => {
  const other = startOther(dataDir);
  const { hostPid, postgresPid } = await told(other, (message) => message.url !== undefined);
  const { written } = await told(other, (message) => (message.written ?? 0) >= 20);
  const exit = new Promise((resolve) => other.once('exit', resolve));
  other.kill('SIGKILL');
  await exit;
  // At once: the host may still be stopping Postgres.
  const server = await startEmbeddedPostgres({ dataDir, logger: silent });
  const [count, distinct] = await query(
    server.url,
    'SELECT count(*)::int, count(DISTINCT n)::int FROM written',
  );
  t.ok(Number(count) >= Number(written), 'every row that was acknowledged');
  t.equal(count, distinct, 'each once');
  await until('the old host has ended', () => !isAlive(hostPid ?? 0));
  t.notOk(isAlive(postgresPid ?? 0), 'the old Postgres has ended');
  await server.stop();
});

t.test('an orphan, whose host was killed too, is stopped before the new start', async (t) => {
  const other = startOther(dataDir);
  const { hostPid, postgresPid } = await told(other, (message) => message.url !== undefined);
  await told(other, (message) => (message.written ?? 0) >= 5);
  const exit = new Promise((resolve) => other.once('exit', resolve));
  process.kill(hostPid ?? 0, 'SIGKILL');
  other.kill('SIGKILL');
  await exit;
  t.ok(isAlive(postgresPid ?? 0), 'Postgres was left alone');
  const server = await startEmbeddedPostgres({ dataDir, logger: silent });
  t.not(server.postgresPid, postgresPid);
  const [count] = await query(server.url, 'SELECT count(*)::int FROM written');
  t.ok(Number(count) >= 5);
  await server.stop();
});

t.test('a postmaster.pid whose number is another program now does not stop the start', async (t) => {
  const first = await startEmbeddedPostgres({ dataDir, logger: silent });
  await first.stop();
  await writeFile(join(dataDir, 'postgres', 'postmaster.pid'), `${process.pid}\n${dataDir}\n`);
  const second = await startEmbeddedPostgres({ dataDir, logger: silent });
  t.same(await query(second.url, 'SELECT 1'), [1]);
  await second.stop();
});

t.test('a first start that was cut off half-way does not stand in the way', async (t) => {
  const freshDir = await makeTestFolder('embedded');
  t.teardown(() => rm(freshDir, { recursive: true, force: true }));
  await mkdir(join(freshDir, 'postgres.new'));
  await writeFile(join(freshDir, 'postgres.new', 'half'), '');
  const server = await startEmbeddedPostgres({ dataDir: freshDir, logger: silent });
  t.same(await query(server.url, 'SELECT 1'), [1]);
  await server.stop();
});
