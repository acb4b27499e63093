import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import t, { type Test } from 'tap';
import { Listener, type ListenOptions } from '../../src/store/listen.js';
import type { Pool } from '../../src/store/pool.js';
import { createTestDatabase } from '../support/database.js';
import { silent } from '../support/folder.js';
import { recordingLogger } from '../support/recording-logger.js';
import { openTcpGate, type TcpGate } from '../support/tcp-gate.js';
import { until } from '../support/until.js';

interface Site {
  readonly pool: Pool;
  readonly gate: TcpGate;
  readonly listener: Listener<number>;
  /** `connected`, and numbers that were notified. */
  readonly heard: (string | number)[];
  notify(payload: string): Promise<unknown>;
}

function numberOf(text: string): number {
  const number = Number(text);
  if (Number.isNaN(number)) throw new TypeError(`${text} is no number`);
  return number;
}

async function listenTo(t: Test, options: Partial<ListenOptions<number>> = {}): Promise<Site> {
  const database = await createTestDatabase();
  const gate = await openTcpGate(database.url);
  const heard: (string | number)[] = [];
  const listener = new Listener<number>({
    ...{ url: gate.url, channel: 'Some channel', logger: silent, parse: numberOf },
    // A machine that is busy for a while has not gone silent.
    ...{ checkMs: 60_000, timeoutMs: 30_000, retry: { baseMs: 5, maxMs: 50 } },
    onConnected: () => heard.push('connected'),
    onNotification: (number) => heard.push(number),
    ...options,
  });
  t.teardown(async () => {
    await listener.close();
    await gate.close();
    await database.drop();
  });
  const { pool } = database;
  const notify = (payload: string): Promise<unknown> =>
    pool.query('SELECT pg_notify($1, $2)', ['Some channel', payload]);
  return { pool, gate, listener, heard, notify };
}

t.test('what is committed after it has begun to listen is heard, in its order', async (t) => {
  const { pool, listener, heard, notify } = await listenTo(t, { now: () => 42 });
  t.same(listener.stats, {
    ...{ isConnected: false, reconnects: 0, notifications: 0, refused: 0 },
    ...{ lastNotificationAt: null, lastError: null },
  });
  await notify('1');
  listener.start();
  await until('it listens', () => listener.stats.isConnected);
  await notify('2');
  const connection = await pool.connect();
  await connection.query('BEGIN');
  await connection.query(`SELECT pg_notify('Some channel', '9')`);
  await connection.query('ROLLBACK');
  connection.release();
  await notify('3');
  await until('all is heard', () => heard.length === 3);
  t.same(heard, ['connected', 2, 3]);
  t.match(listener.stats, { notifications: 2, lastNotificationAt: 42, lastError: null });
});

t.test('a payload that is not understood is counted, logged once, and stops nothing', async (t) => {
  const { logger, lines } = recordingLogger();
  const { listener, heard, notify } = await listenTo(t, { logger });
  listener.start();
  await until('it listens', () => listener.stats.isConnected);
  for (const payload of ['x', 'y', '', '4']) await notify(payload);
  await until('the last is heard', () => heard.includes(4));
  t.same(heard, ['connected', 0, 4], 'an empty payload is an empty text');
  t.equal(listener.stats.refused, 2);
  t.equal(lines.filter(({ msg }) => msg.includes('not understood')).length, 1);
});

t.test('a connection that the database ends is replaced, and says so', async (t) => {
  const { logger, lines } = recordingLogger();
  const { pool, listener, heard, notify } = await listenTo(t, { logger });
  listener.start();
  for (let times = 1; times <= 3; times++) {
    await until('it listens', () => heard.filter((what) => what === 'connected').length === times);
    await notify(String(times));
    await until('it hears', () => heard.includes(times));
    await pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name = 'cryptopredict listener' AND datname = current_database()`,
    );
  }
  await until('it is back', () => listener.stats.reconnects === 3);
  t.same(heard, ['connected', 1, 'connected', 2, 'connected', 3, 'connected']);
  t.ok(listener.stats.lastError);
  t.equal(lines.filter(({ msg }) => msg.includes('are heard again')).length, 3);
});

t.test('while the database is away it tries on, and listens as soon as it can', async (t) => {
  const { gate, listener, heard, notify } = await listenTo(t);
  gate.shut();
  listener.start();
  await until('it has failed', () => listener.stats.lastError !== null);
  t.equal(listener.stats.isConnected, false);
  await notify('1');
  gate.open();
  await until('it listens', () => listener.stats.isConnected);
  gate.shut();
  await until('it noticed', () => !listener.stats.isConnected);
  await notify('2');
  gate.open();
  await until('it is back', () => listener.stats.isConnected);
  await notify('3');
  await until('it hears', () => heard.includes(3));
  t.same(heard, ['connected', 'connected', 3], 'what was notified meanwhile is lost');
});

t.test('a far side that has gone silent is given up, and replaced when it answers', async (t) => {
  const { gate, listener, heard, notify } = await listenTo(t, { checkMs: 400, timeoutMs: 300 });
  listener.start();
  await until('it listens', () => listener.stats.isConnected);
  gate.silence();
  await until('it noticed', () => !listener.stats.isConnected);
  gate.open();
  await until('it is back', () => listener.stats.isConnected);
  await notify('5');
  await until('it hears', () => heard.includes(5));
});

t.test('it closes at once, whatever it is at', async (t) => {
  // Takes connections and says nothing.
  const mute = createServer((socket) => socket.on('error', () => undefined).resume());
  mute.listen(0, '127.0.0.1');
  await once(mute, 'listening');
  const { port } = mute.address() as AddressInfo;
  const options = { channel: 'c', logger: silent, parse: numberOf } as const;
  const told = { onConnected: () => t.fail(), onNotification: () => t.fail() };
  const connecting = new Listener({ ...options, ...told, url: `postgres://a:b@127.0.0.1:${port}/c` });
  connecting.start();
  await until(
    'it connects',
    () => new Promise((done) => mute.getConnections((_, count) => done(count === 1))),
  );
  await connecting.close();
  await until('it let go', () => new Promise((done) => mute.getConnections((_, count) => done(count === 0))));
  mute.close();
  await once(mute, 'close');

  const pausing = new Listener({
    ...{ ...options, ...told, url: `postgres://a:b@127.0.0.1:${port}/c` },
    retry: { baseMs: 3_600_000, maxMs: 3_600_000 },
  });
  pausing.start();
  await until('it has failed', () => pausing.stats.lastError !== null);
  await pausing.close();

  const { gate, listener } = await listenTo(t, { checkMs: 3_600_000 });
  listener.start();
  await until('it listens', () => listener.stats.isConnected);
  gate.silence();
  await listener.close();
  t.equal(listener.stats.isConnected, false);

  const unused = new Listener({ ...options, ...told, url: 'postgres://a:b@127.0.0.1:1/c' });
  await unused.close();
});

t.test('a database that is away for long leaves nothing behind for each try', async (t) => {
  let tries = 0;
  const away = createServer((socket) => {
    tries += 1;
    socket.on('error', () => undefined).destroy();
  });
  away.listen(0, '127.0.0.1');
  await once(away, 'listening');
  const { port } = away.address() as AddressInfo;
  const warnings: Error[] = [];
  const onWarning = (warning: Error): number => warnings.push(warning);
  process.on('warning', onWarning);
  t.teardown(() => process.off('warning', onWarning));
  const listener = new Listener({
    ...{ url: `postgres://a:b@127.0.0.1:${port}/c`, channel: 'c', logger: silent, parse: numberOf },
    ...{ retry: { baseMs: 1, maxMs: 1 }, onConnected: () => t.fail(), onNotification: () => t.fail() },
  });
  listener.start();
  // Node warns of the eleventh listener on one signal.
  await until('it has tried often', () => tries > 12);
  await listener.close();
  away.close();
  await once(away, 'close');
  t.same(warnings, []);
});
