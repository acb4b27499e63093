import { type ChildProcess, fork } from 'node:child_process';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import t from 'tap';
import { OperatorError } from '../../src/errors.js';
import { startEmbeddedPostgres } from '../../src/store/embedded-postgres.js';
import { isAlive } from '../../src/store/processes.js';
import { makeTestFolder, silent } from '../support/database.js';

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query({ text: sql, rowMode: 'array' })).rows.flat();
  } finally {
    await client.end();
  }
}

/** Waits until `condition` holds, at most 20 s. */
async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 400; i++) {
    if (await condition()) return;
    await sleep(50);
  }
  throw new Error(`did not happen: ${what}`);
}

interface Told {
  readonly url?: string;
  readonly hostPid?: number;
  readonly postgresPid?: number;
  readonly error?: string;
  readonly written?: number;
}

/** Starts a process that uses the embedded database of `dataDir`. */
function startOther(dataDir: string): ChildProcess {
  return fork(fileURLToPath(new URL('../support/embedded-server.js', import.meta.url)), [dataDir], {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

function told(child: ChildProcess, matches: (message: Told) => boolean): Promise<Told> {
  return new Promise((resolve, reject) => {
    child.on('message', (message: Told) => {
      if (matches(message)) resolve(message);
    });
    child.on('exit', () => reject(new Error('the other server ended')));
  });
}

t.test('a data folder keeps its database from one start to the next', async (t) => {
  const dataDir = await makeTestFolder('embedded');
  t.teardown(() => rm(dataDir, { recursive: true, force: true }));
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
  const dataDir = await makeTestFolder('embedded');
  t.teardown(() => rm(dataDir, { recursive: true, force: true }));
  const first = await startEmbeddedPostgres({ dataDir, logger: silent });
  const other = startOther(dataDir);
  const { error } = await told(other, (message) => message.error !== undefined);
  t.match(error, new RegExp(`^OperatorError: .* in use by process ${process.pid}: .*--data-dir$`));
  t.same(await query(first.url, 'SELECT 1'), [1], 'the first server is not disturbed');
  await first.stop();
});

t.test('Ctrl-C, which goes to the whole group, leaves Postgres to the server', async (t) => {
  const dataDir = await makeTestFolder('embedded');
  t.teardown(() => rm(dataDir, { recursive: true, force: true }));
  const server = await startEmbeddedPostgres({ dataDir, logger: silent });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.kill(server.hostPid, signal);
  t.same(await query(server.url, 'SELECT pg_sleep(0.2)::text'), [''], 'still there');
  await server.stop();
});

t.test('Postgres that is killed is started again on the same address', async (t) => {
  const dataDir = await makeTestFolder('embedded');
  t.teardown(() => rm(dataDir, { recursive: true, force: true }));
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
  const dataDir = await makeTestFolder('embedded');
  t.teardown(() => rm(dataDir, { recursive: true, force: true }));
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
  const dataDir = await makeTestFolder('embedded');
  t.teardown(() => rm(dataDir, { recursive: true, force: true }));
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
  const dataDir = await makeTestFolder('embedded');
  t.teardown(() => rm(dataDir, { recursive: true, force: true }));
  const first = await startEmbeddedPostgres({ dataDir, logger: silent });
  await first.stop();
  await writeFile(join(dataDir, 'postgres', 'postmaster.pid'), `${process.pid}\n${dataDir}\n`);
  const second = await startEmbeddedPostgres({ dataDir, logger: silent });
  t.same(await query(second.url, 'SELECT 1'), [1]);
  await second.stop();
});

t.test('a first start that was cut off half-way does not stand in the way', async (t) => {
  const dataDir = await makeTestFolder('embedded');
  t.teardown(() => rm(dataDir, { recursive: true, force: true }));
  await mkdir(join(dataDir, 'postgres.new'));
  await writeFile(join(dataDir, 'postgres.new', 'half'), '');
  const server = await startEmbeddedPostgres({ dataDir, logger: silent });
  t.same(await query(server.url, 'SELECT 1'), [1]);
  await server.stop();
});

t.test('data of another version and a lost password are refused with what to do', async (t) => {
  const dataDir = await makeTestFolder('embedded');
  t.teardown(() => rm(dataDir, { recursive: true, force: true }));
  const first = await startEmbeddedPostgres({ dataDir, logger: silent });
  await first.stop();
  const versionFile = join(dataDir, 'postgres', 'PG_VERSION');
  const version = await readFile(versionFile, 'utf8');
  await writeFile(versionFile, '12\n');
  await t.rejects(startEmbeddedPostgres({ dataDir, logger: silent }), new OperatorError(), 'another version');
  await t.rejects(startEmbeddedPostgres({ dataDir, logger: silent }), {
    message: /PostgreSQL 12's.*--data-dir/,
  });
  await writeFile(versionFile, version);
  await rm(join(dataDir, 'postgres-password'));
  await t.rejects(startEmbeddedPostgres({ dataDir, logger: silent }), { message: /password.*--data-dir/ });
});

t.test('a setting that Postgres refuses is told in one line', async (t) => {
  const dataDir = await makeTestFolder('embedded');
  t.teardown(() => rm(dataDir, { recursive: true, force: true }));
  await t.rejects(
    startEmbeddedPostgres({ dataDir, logger: silent, flags: ['-c', 'shared_buffers=nonsense'] }),
    { name: 'OperatorError', message: /^the embedded database in .* does not start: .*shared_buffers.*$/ },
  );
});
