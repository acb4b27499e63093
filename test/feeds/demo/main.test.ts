import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { readArguments } from '../../../src/feeds/demo/arguments.js';
import { StreamClient } from '../../support/demo-client.js';

const MAIN = fileURLToPath(new URL('../../../src/feeds/demo/main.js', import.meta.url));

/** Starts the process as the server does: detached, with an IPC channel. */
async function start(
  t: Test,
  ...args: string[]
): Promise<{ child: ChildProcess; message: { type: string; url: string } }> {
  const child = fork(MAIN, args, { detached: true, stdio: 'ignore' });
  t.teardown(() => child.kill('SIGKILL'));
  const [message] = await once(child, 'message');
  return { child, message };
}

async function exitOf(child: ChildProcess): Promise<unknown[]> {
  return child.exitCode === null && child.signalCode === null
    ? once(child, 'exit')
    : [child.exitCode, child.signalCode];
}

t.test('says over IPC where it listens, and ends when the server is gone', async (t) => {
  const { child, message } = await start(t, '--port', '0', '--seed', '7');
  t.equal(message.type, 'ready');
  t.match(await (await fetch(`${message.url}/api/v3/ping`)).json(), {});
  await StreamClient.connect(message.url, '/ws/btcusdt@trade');
  child.disconnect();
  t.strictSame(await exitOf(child), [0, null]);
  await t.rejects(fetch(`${message.url}/api/v3/ping`), 'the port is free');
});

t.test('ends on SIGTERM, but leaves Ctrl-C to the server', async (t) => {
  const { child, message } = await start(t, '--port', '0');
  child.kill('SIGINT');
  t.equal((await fetch(`${message.url}/api/v3/ping`)).status, 200);
  child.kill('SIGTERM');
  t.strictSame(await exitOf(child), [0, null]);
});

t.test('says why it cannot start', async (t) => {
  const { message, child } = await start(t, '--port', '0');
  const second = await start(t, '--port', new URL(message.url).port);
  t.match(second.message, { type: 'failed', message: /EADDRINUSE/ });
  t.strictSame(await exitOf(second.child), [1, null]);
  child.kill('SIGTERM');
  await exitOf(child);
});

t.test('reads its flags', async (t) => {
  t.equal(readArguments(['--help']), null);
  t.match(readArguments([]), { port: 9010, speed: 1, paused: false, source: { type: 'generator' } });
  t.match(
    readArguments([
      '--source',
      'trades:BTC/USDT=a',
      '--source',
      'trades:BTC/USDT=b',
      '--speed',
      '2.5',
      '--paused',
    ]),
    { source: { type: 'trades', files: { 'BTC/USDT': ['a', 'b'] } }, speed: 2.5, paused: true },
  );
  t.match(readArguments(['--start-at', '2024-08-08T00:00:00Z', '--shift-ms=-60000', '--symbols', '300']), {
    startAt: Date.UTC(2024, 7, 8),
    shiftMs: -60_000,
    source: { type: 'generator', symbols: 300 },
  });
});

t.test('refuses bad flags by name', async (t) => {
  const cases: [string[], RegExp][] = [
    [['--port', '70000'], /--port 70000: allowed/],
    [['--speed', '0'], /--speed 0/],
    [['--seed', ''], /--seed/],
    [['--start-at', 'noon'], /--start-at noon/],
    [['--source', 'files'], /--source files: allowed/],
    [['--source', 'candles:A/B=x', '--source', 'trades:A/B=y'], /together/],
    [['--nope'], /nope/],
  ];
  for (const [args, message] of cases) t.throws(() => readArguments(args), { message });
});
