import { spawnSync } from 'node:child_process';
import t from 'tap';
import { createLogger, type LogLevel, redactText, redactUrl } from '../src/logger.js';

function logged(level: LogLevel = 'info') {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  return { lines, logger: createLogger({ level, format: 'json', destination }) };
}

t.test('a line is one JSON object with time, level, component and message', async (t) => {
  const { lines, logger } = logged();
  logger.child({ component: 'store' }).warn({ rows: 3 }, 'slow');
  t.equal(lines.length, 1);
  t.ok(lines[0]?.endsWith('\n'));
  const entry = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
  t.match(entry, { level: 40, component: 'store', rows: 3, msg: 'slow' });
  t.match(entry.time, /^\d{4}-\d\d-\d\dT.*Z$/);
  t.notOk('pid' in entry);
});

t.test('lines below the level are not written', async (t) => {
  const { lines, logger } = logged('warn');
  logger.info('quiet');
  logger.error('loud');
  t.equal(lines.length, 1);
  const none = logged('silent');
  none.logger.fatal('x');
  t.same(none.lines, []);
});

const SECRET = 'hunter2';

t.test('no secret reaches a line under its name, however deep it lies', async (t) => {
  for (const name of [
    'password',
    'token',
    'secret',
    'apiKey',
    'api_key',
    'authorization',
    'Authorization',
    'x-api-key',
    'cookie',
    'set-cookie',
    'databaseUrl',
    'redisUrl',
    'refreshToken',
  ]) {
    const value = name.endsWith('Url') ? `redis://u:${SECRET}@h` : `${SECRET} "quoted" \\`;
    for (const bag of [
      { [name]: value },
      { a: { [name]: value } },
      { a: { b: { [name]: value } } },
      { a: { b: { c: { d: { [name]: value } } } } },
      { list: [{ [name]: value }] },
    ]) {
      const { lines, logger } = logged();
      logger.info({ ...bag, kept: 'kept' }, 'told');
      t.notMatch(lines.join(''), SECRET, JSON.stringify(bag));
      t.match(JSON.parse(lines[0] ?? ''), { kept: 'kept', msg: 'told' }, 'the line is still JSON');
    }
  }
});

t.test('no password of a URL reaches a line in a message, an error or its stack', async (t) => {
  const { lines, logger } = logged();
  const url = `postgres://user:${SECRET}@host:5432/db`;
  const error = new Error(`cannot connect to ${url}`, { cause: new Error(`"${url}" refused`) });
  logger.info(`connecting to ${url}`);
  logger.error({ err: error }, 'failed');
  logger.error({ error }, 'failed');
  logger.error(error);
  logger.info({ urls: [url], address: `https://host/?apiKey=${SECRET}&x=1` }, 'places');
  logger.child({ place: url }).info('child');
  const text = lines.join('');
  t.equal(lines.length, 6);
  t.notMatch(text, SECRET);
  for (const line of lines) t.match(line, /user:\*\*\*@host:5432/, 'the rest is told');
  t.match(
    JSON.parse(lines[2] ?? ''),
    { error: { type: 'Error', stack: String } },
    'an error shows its stack',
  );
  t.match(text, '&x=1');
});

t.test('a text keeps everything but passwords and tokens', async (t) => {
  const same = [
    'candles:BTC/USDT:1m@250ms',
    'listening on http://127.0.0.1:8080/ and ws://127.0.0.1:8080/v1/stream',
    'mail me@example.org: ready',
    'https://example.org/?page=2',
  ];
  for (const text of same) t.equal(redactText(text), text);
  t.equal(redactText(`http://u:${SECRET}@h then redis://:p@ss@h/1`), 'http://u:***@h then redis://:***@h/1');
  t.equal(redactText(`wss://h/s?a=1&signature=${SECRET}#x y`), 'wss://h/s?a=1&signature=*** y');
});

t.test('a URL fit to be shown has no password and no secret parameter', async (t) => {
  t.equal(redactUrl(`postgres://user:${SECRET}@host:5432/db`), 'postgres://user:***@host:5432/db');
  t.equal(redactUrl(`redis://:${SECRET}@host`), 'redis://:***@host');
  t.equal(
    redactUrl(`postgres://host/db?sslmode=require&password=${SECRET}`),
    'postgres://host/db?sslmode=require&password=***',
  );
  t.equal(redactUrl('postgres://user@host/db'), 'postgres://user@host/db');
  t.equal(redactUrl(`not a url ${SECRET}`), '<not a URL>');
});

t.test('logs go to stderr as JSON where there is no terminal, so that stdout stays for output', async (t) => {
  const script = `
    const { createLogger } = await import(${JSON.stringify(new URL('../src/logger.js', import.meta.url).href)});
    createLogger({ level: 'info', format: process.argv[1] }).info({ token: '${SECRET}' }, 'to ws://u:${SECRET}@h');
  `;
  for (const format of ['auto', 'json', 'pretty']) {
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ['--input-type=module', '-e', script, '--', format],
      {
        encoding: 'utf8',
      },
    );
    t.equal(stdout, '', format);
    t.match(stderr, 'to ws://u:***@h', format);
    t.notMatch(stderr, SECRET, format);
    if (format !== 'pretty') t.match(JSON.parse(stderr), { token: '***' }, format);
  }
});
