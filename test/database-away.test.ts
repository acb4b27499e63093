import { createServer } from 'node:net';
import t from 'tap';
import { isDatabaseAway } from '../src/database-away.js';
import { messageOf } from '../src/errors.js';
import { createPool } from '../src/store/pool.js';
import { createTestDatabase } from './support/database.js';
import { silent } from './support/folder.js';

const database = await createTestDatabase({ empty: true });
t.teardown(() => database.drop());

async function thrownBy(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => null,
    (error: unknown) => error,
  );
}

t.test('a connection that is ended by an administrator, in the midst of a query', async (t) => {
  const { pool } = database;
  const connection = await pool.connect();
  const { rows } = await connection.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const sleeping = thrownBy(connection.query('SELECT pg_sleep(60)'));
  await pool.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
  const error = await sleeping;
  t.equal(isDatabaseAway(error), true, messageOf(error));
  const next = await thrownBy(connection.query('SELECT 1'));
  t.equal(isDatabaseAway(next), true, messageOf(next));
  connection.release(true);
});

t.test('nobody at the address, and one who hangs up', async (t) => {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const pool = createPool({ url: `postgres://nobody@127.0.0.1:${port}/x`, logger: silent });
  t.teardown(() => pool.end());
  const hungUp = await thrownBy(pool.query('SELECT 1'));
  t.equal(isDatabaseAway(hungUp), true, messageOf(hungUp));
  await new Promise((resolve) => server.close(resolve));
  const refused = await thrownBy(pool.query('SELECT 1'));
  t.equal(isDatabaseAway(refused), true, messageOf(refused));
});

t.test('one that starts, is full or follows another', async (t) => {
  for (const code of ['57P03', '53300', '25006', '08006']) {
    t.equal(isDatabaseAway(Object.assign(new Error('x'), { code })), true, code);
  }
});

t.test('a mistake of ours is none of these', async (t) => {
  const mistakes = ['SELECT nothing', 'SELECT 1/0', 'SELEC', "SELECT 'x'::int"].map((sql) =>
    thrownBy(database.pool.query(sql)),
  );
  for (const error of await Promise.all(mistakes)) t.equal(isDatabaseAway(error), false, messageOf(error));
  for (const error of [new Error('x'), new TypeError('y'), 'Connection terminated', null]) {
    t.equal(isDatabaseAway(error), false);
  }
});
