import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import t from 'tap';
import { startDemoExchange } from '../../src/feeds/demo/exchange.js';
import { createTestDatabase } from '../support/database.js';
import { ServerProcess } from '../support/server-process.js';
import { startSmtpSink } from '../support/smtp-sink.js';
import { tlsFixture } from '../support/tls.js';

const CHECKS = [
  'node',
  'websocket',
  'port',
  'database',
  'redis',
  'exchanges',
  'kernel',
  'sources',
  'tls',
  'mail',
];

/** Runs doctor to its end; gives its lines by the name of the check, and the exit code. */
async function doctor(args: readonly string[]) {
  const child = ServerProcess.spawn(['doctor', '--log-level', 'error', ...args]);
  await once(child.child, 'close');
  const lines = child.stdout.split('\n');
  const marks = new Map<string, { mark: string; text: string }>();
  lines.forEach((line, index) => {
    const match = /^(ok|note|BAD) +(\w+) +(.*)$/.exec(line);
    if (match === null) return;
    const [, mark = '', name = '', fact = ''] = match;
    const mend = lines[index + 1]?.trim() ?? '';
    marks.set(name, { mark, text: mend.startsWith('→') ? `${fact} ${mend}` : fact });
  });
  return {
    marks,
    verdict: lines.findLast((line) => line !== ''),
    code: child.child.exitCode,
    stderr: child.stderr,
  };
}

t.test('where all is well each check says so, and the exit code is 0', async (t) => {
  const demo = await startDemoExchange({});
  t.teardown(() => demo.close());
  const smtp = await startSmtpSink(t);
  const database = await createTestDatabase();
  t.teardown(() => database.drop());
  const { marks, verdict, code, stderr } = await doctor([
    ...[
      '--port',
      '0',
      '--database-url',
      database.url,
      '--exchange',
      'demo',
      '--exchange-url',
      `demo=${demo.url}`,
    ],
    ...['--tls-cert', tlsFixture('cert'), '--tls-key', tlsFixture('key'), '--smtp-url', smtp.url],
  ]);
  t.same([...marks.keys()], CHECKS);
  for (const name of ['port', 'database', 'redis', 'exchanges']) t.equal(marks.get(name)?.mark, 'ok', name);
  for (const [name, { mark, text }] of marks) {
    t.not(mark, 'BAD', name);
    t.equal(mark === 'note', text.includes('→'), `${name}: advice says what to do`);
  }
  t.match(marks.get('node')?.text, `Node ${process.versions.node}`);
  t.match(marks.get('database')?.text, /^PostgreSQL \d+/);
  t.match(marks.get('exchanges')?.text, /^demo: \d+ symbols, clock -?\d+ ms from ours/);
  t.match(
    marks.get('sources')?.text,
    /^derivatives: answers; fear_greed: answers; global_market: answers; macro: answers/,
  );
  t.match(marks.get('tls')?.text, /^certificate and key fit, until /);
  t.equal(marks.get('mail')?.text, 'the mail server takes us');
  t.equal(verdict, 'The server will run.');
  t.equal(code, 0, stderr);
});

t.test(
  'what would keep the server from running is marked, each with what to do, and the exit code is 1',
  async (t) => {
    const taken = createServer();
    taken.listen(0, '127.0.0.1');
    await once(taken, 'listening');
    t.teardown(() => taken.close());
    const { port } = taken.address() as AddressInfo;
    const closed = createServer();
    closed.listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const unused = (closed.address() as AddressInfo).port;
    await new Promise((resolve) => closed.close(resolve));
    const database = await createTestDatabase();
    t.teardown(() => database.drop());
    const nowhere = new URL(database.url);
    nowhere.pathname = '/no_such_database';
    const { marks, verdict, code } = await doctor([
      ...[
        '--port',
        String(port),
        '--database-url',
        nowhere.toString(),
        '--redis-url',
        `redis://127.0.0.1:${unused}`,
      ],
      ...['--exchange', 'binanse', '--tls-cert', tlsFixture('cert'), '--tls-key', tlsFixture('other-key')],
      ...['--smtp-url', `smtp://127.0.0.1:${unused}`],
    ]);
    t.same([...marks.keys()], CHECKS, 'one fault does not hide the others');
    const bad = [...marks].filter(([, { mark }]) => mark === 'BAD').map(([name]) => name);
    t.same(bad, ['port', 'database', 'redis', 'exchanges', 'tls']);
    t.match(marks.get('tls')?.text, /→ the key of --tls-key .* is not that of --tls-cert/);
    t.match(marks.get('mail'), { mark: 'note', text: /→ mend --smtp-url: .*ECONNREFUSED/ });
    t.equal(marks.get('sources')?.text, 'not asked: the exchanges come first');
    t.match(
      marks.get('port')?.text,
      `→ port ${port} is in use on 127.0.0.1; stop what uses it or choose another with --port`,
    );
    t.match(
      marks.get('database')?.text,
      /→ the database refuses us: .*no_such_database.*; check DATABASE_URL/,
    );
    t.match(marks.get('redis')?.text, new RegExp(`→ .*${unused}.*(REDIS_URL|--redis-url)`));
    t.match(marks.get('exchanges')?.text, /→ .*binanse.*binance/);
    t.equal(verdict, 'The server will not run as configured; see the lines marked BAD.');
    t.equal(code, 1);
  },
);
