import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { packageRoot } from '../../src/package-root.js';
import { NO_PYTHON, python } from '../support/python.js';
import { ServedMarket } from '../support/served-market.js';
import { until } from '../support/until.js';

const START = Date.UTC(2024, 7, 8, 12, 0);
const NODE_PROGRAM = fileURLToPath(new URL('../../examples/node-candles.js', import.meta.url));
const PYTHON_PROGRAM = fileURLToPath(new URL('examples/python_candles.py', packageRoot()));

interface Program {
  readonly child: ChildProcess;
  readonly out: () => string[];
  readonly err: () => string;
}

function run(t: Test, command: string, args: readonly string[]): Program {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  t.teardown(() => child.kill('SIGKILL'));
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  return { child, out: () => out.split('\n').filter((line) => line !== ''), err: () => err };
}

async function exitCode(program: Program): Promise<number | null> {
  if (program.child.exitCode === null && program.child.signalCode === null) await once(program.child, 'exit');
  return program.child.exitCode;
}

function printsCandles(name: string, command: string | null, program: string): void {
  const skip = command === null ? NO_PYTHON : false;
  const start = (t: Test, market: ServedMarket, ...args: string[]): Program =>
    run(t, command ?? '', [program, '--url', `${market.url}/v1/stream`, ...args]);

  t.test(
    `${name} prints candles, comes back after a restart, and ends after --count`,
    { skip },
    async (t) => {
      const market = await new ServedMarket().start();
      t.teardown(() => market.stop());
      market.candle(START, 101.5, false);
      const running = start(t, market, '--symbol', 'BTC/USDT', '--timeframe', '1m', '--count', '4');
      await until('the snapshot is printed', () => running.out().length === 1);
      market.candle(START, 102.5, true);
      await until('the update is printed', () => running.out().length === 2);
      await market.stop();
      await until('it noticed', () => running.err().includes('connection lost'));
      market.candle(START + 60_000, 103.5, false);
      await market.start();
      await until('it is back', () => running.out().length === 3, 15_000);
      market.candle(START + 60_000, 104.5, false);
      t.equal(await exitCode(running), 0);
      t.same(
        running.out().map((line) => line.replace('.000Z', 'Z')),
        [
          '2024-08-08T12:00:00Z BTC/USDT 1m O 100 H 200 L 50 C 101.5 V 1.5 forming',
          '2024-08-08T12:00:00Z BTC/USDT 1m O 100 H 200 L 50 C 102.5 V 1.5 closed',
          '2024-08-08T12:01:00Z BTC/USDT 1m O 100 H 200 L 50 C 103.5 V 1.5 forming',
          '2024-08-08T12:01:00Z BTC/USDT 1m O 100 H 200 L 50 C 104.5 V 1.5 forming',
        ],
      );
      t.match(running.err(), /PRICES ARE SIMULATED/);
    },
  );

  t.test(`${name} ends on Ctrl-C`, { skip }, async (t) => {
    const market = await new ServedMarket().start();
    t.teardown(() => market.stop());
    market.candle(START, 101.5, false);
    const running = start(t, market);
    await until('the snapshot is printed', () => running.out().length === 1);
    running.child.kill('SIGINT');
    t.equal(await exitCode(running), 0);
  });

  t.test(`${name} says why a symbol is refused and fails`, { skip }, async (t) => {
    const market = await new ServedMarket().start();
    t.teardown(() => market.stop());
    const running = start(t, market, '--symbol', 'DOGE/USDT');
    t.equal(await exitCode(running), 1);
    t.match(running.err(), /DOGE\/USDT/);
  });
}

printsCandles('node-candles', process.execPath, NODE_PROGRAM);
printsCandles('python_candles', python(), PYTHON_PROGRAM);
