import { createServer } from 'node:net';
import t from 'tap';
import { errorCode } from '../../src/store/error-code.js';
import { createPool, transaction, waitForDatabase } from '../../src/store/pool.js';
import { createTestDatabase } from '../support/database.js';
import { until } from '../support/embedded.js';
import { silent } from '../support/folder.js';

t.test('values come back as the program knows them', async (t) => {
  const { pool, drop } = await createTestDatabase({ empty: true });
  t.teardown(drop);
  const { rows } = await pool.query(`SELECT 9007199254740991::int8 AS big, 0.100000000000000000001 AS exact,
    '2024-03-10T12:00:00.123+03:30'::timestamptz AS time, '1970-01-01Z'::timestamptz AS epoch, NULL::timestamptz AS none,
    current_setting('TimeZone') AS zone`);
  t.strictSame(rows, [
    {
      big: 9_007_199_254_740_991,
      exact: '0.100000000000000000001',
      time: Date.UTC(2024, 2, 10, 8, 30, 0, 123),
      epoch: 0,
      none: null,
      zone: 'UTC',
    },
  ]);
  await t.rejects(pool.query('SELECT 9007199254740992::int8'), { message: /9007199254740992 does not fit/ });
  await t.rejects(pool.query(`SELECT 'infinity'::timestamptz`), { message: /infinity/ });
  t.same((await pool.query('SELECT 1 AS one')).rows, [{ one: 1 }], 'the pool lives on');
});

t.test('a transaction is kept as a whole or not at all', async (t) => {
  const { pool, drop } = await createTestDatabase({ empty: true });
  t.teardown(drop);
  await pool.query('CREATE TABLE n (n integer)');
  t.equal(
    await transaction(pool, async (connection) => {
      await connection.query('INSERT INTO n VALUES (1)');
      return 'done';
    }),
    'done',
  );
  await t.rejects(
    transaction(pool, async (connection) => {
      await connection.query('INSERT INTO n VALUES (2)');
      throw new Error('changed my mind');
    }),
    { message: 'changed my mind' },
  );
  await t.rejects(
    transaction(pool, async (connection) => {
      await connection.query('INSERT INTO n VALUES (3)');
      await connection.query('SELECT pg_terminate_backend(pg_backend_pid())');
    }),
    { code: '57P01' },
  );
  t.same((await pool.query('SELECT n FROM n')).rows, [{ n: 1 }]);
  t.equal(pool.idleCount, pool.totalCount, 'every connection was given back or dropped');
});

t.test('an idle connection that breaks is told of and replaced', async (t) => {
  const { url, pool: other, drop } = await createTestDatabase({ empty: true });
  let broken = 0;
  const pool = createPool({
    url,
    logger: silent,
    onConnectionError: () => broken++,
    applicationName: 'to be cut',
  });
  t.teardown(async () => {
    await pool.end();
    await drop();
  });
  await pool.query('SELECT 1');
  await other.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'to be cut'`,
  );
  await until('it is told', () => broken === 1);
  t.same((await pool.query('SELECT 1 AS one')).rows, [{ one: 1 }]);
});

t.test('a connection that breaks while its pool ends is no trouble', async (t) => {
  const { pool, url, drop } = await createTestDatabase({ empty: true });
  t.teardown(drop);
  const told: Error[] = [];
  const ending = createPool({ url, logger: silent, onConnectionError: (error) => told.push(error) });
  const connection = await ending.connect();
  const { rows } = await connection.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const gone = new Promise((resolve) => connection.once('end', resolve));
  const ended = ending.end();
  await pool.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
  await gone;
  connection.release();
  await ended;
  t.same(told, []);
});

t.test('a query without an answer fails, and its connection is dropped', async (t) => {
  const { connect, drop } = await createTestDatabase({ empty: true });
  t.teardown(drop);
  const pool = await connect({ queryTimeoutMs: 100, size: 1 });
  await t.rejects(pool.query('SELECT pg_sleep(60)'), { message: /timeout/i });
  t.same((await pool.query('SELECT 1 AS one')).rows, [{ one: 1 }], 'the next one gets a fresh connection');
});

t.test('waiting ends when the database answers', async (t) => {
  const { url, drop } = await createTestDatabase({ empty: true });
  t.teardown(drop);
  // A server that hangs up on the first two visitors, as one that is still starting does.
  let visits = 0;
  const target = new URL(url);
  const proxy = createServer((socket) => {
    visits++;
    socket.destroy();
    if (visits === 2) proxy.close();
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const address = proxy.address();
  target.host = `127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  const absent = createPool({ url: target.toString(), logger: silent });
  await t.rejects(waitForDatabase(absent, { logger: silent, timeoutMs: 400 }), {
    name: 'OperatorError',
    message: /^the database does not answer: .*DATABASE_URL/,
  });
  t.equal(visits, 2, 'it was tried again');
  await absent.end();
  const present = createPool({ url, logger: silent });
  await waitForDatabase(present, { logger: silent });
  await present.end();
});

t.test('a refusal for good is told at once', async (t) => {
  const { url, drop } = await createTestDatabase({ empty: true });
  t.teardown(drop);
  const nowhere = new URL(url);
  nowhere.pathname = '/no_such_database';
  const pool = createPool({ url: nowhere.toString(), logger: silent });
  const variable = 'DATABASE_ENGINE_URL';
  await t.rejects(waitForDatabase(pool, { logger: silent, timeoutMs: 3_600_000, variable }), {
    name: 'OperatorError',
    message: /refuses us: .*no_such_database.*; check DATABASE_ENGINE_URL$/,
  });
  await pool.end();
});

t.test('so is a right that is missing', async (t) => {
  const { url, pool: owner, drop } = await createTestDatabase({ empty: true });
  t.teardown(drop);
  const login = new URL(url);
  const stranger = `stranger_${login.pathname.slice(1)}`;
  [login.username, login.password] = [stranger, 'secret'];
  await owner.query(`CREATE ROLE ${stranger} LOGIN PASSWORD 'secret'`);
  const pool = createPool({ url: login.toString(), logger: silent });
  try {
    await owner.query(`REVOKE CONNECT ON DATABASE ${login.pathname.slice(1)} FROM PUBLIC`);
    await t.rejects(waitForDatabase(pool, { logger: silent, timeoutMs: 300 }), {
      name: 'OperatorError',
      message: /refuses us: permission denied for database/,
    });
  } finally {
    await pool.end();
    await owner.query(`DROP ROLE ${stranger}`);
  }
});

t.test('codes of errors, of the database and of the system', (t) => {
  t.equal(errorCode(Object.assign(new Error(), { code: '23505' })), '23505');
  t.equal(errorCode(new Error('none')), undefined);
  t.equal(errorCode(null), undefined);
  t.equal(errorCode('text'), undefined);
  t.end();
});
