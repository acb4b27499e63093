import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { packageRoot } from '../../src/package-root.js';
import { PASSWORD } from '../support/account-site.js';
import { openConformanceBase, startConformanceSite } from '../support/conformance-site.js';
import { NO_PYTHON, python } from '../support/python.js';
import { ServedMarket } from '../support/served-market.js';
import { until } from '../support/until.js';

const START = Date.UTC(2024, 7, 8, 12, 0);
const FOLDER = fileURLToPath(new URL('examples/', packageRoot()));
const command = python();
const skip = command === null ? NO_PYTHON : false;

/** Starts Python in the folder of the client; gives what it has printed, and how it ends. */
function start(at: Test, args: readonly string[]) {
  const child = spawn(command ?? '', ['-B', ...args], { cwd: FOLDER, stdio: ['ignore', 'pipe', 'pipe'] });
  at.teardown(() => child.kill('SIGKILL'));
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    out += piece;
  });
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    err += piece;
  });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return { lines: () => out.split('\n').filter((line) => line !== ''), err: () => err, ended };
}

t.test('it comes back by itself, and goes on', { skip }, async (at) => {
  const market = await new ServedMarket().start();
  at.teardown(() => market.stop());
  market.candle(START, 101.5, false);
  const url = `${market.url}/v1/stream`;
  const { lines, ended, err } = start(at, [
    ...['python_client.py', '--url', url, '--count', '5'],
    ...['candles:BTC/USDT:1m', 'ticker:*@100ms'],
  ]);
  await until('snapshots', () => lines().length === 3, 20_000, err);
  await market.stop();
  await market.start();
  await until('it is back', () => lines().length >= 4, 20_000, err);
  at.equal(await ended, 0, err());
  at.match(lines()[0], /^snapshot candles:BTC\/USDT:1m 1 \{.*'close': 101.5/);
  at.same(
    lines()
      .slice(1, 3)
      .map((line) => line.split(' ').slice(0, 2)),
    [
      ['snapshot', 'ticker:BTC/USDT@100ms'],
      ['snapshot', 'ticker:ETH/USDT@100ms'],
    ],
  );
});

t.test('what the server refuses ends it with the reason', { skip }, async (at) => {
  const market = await new ServedMarket().start();
  at.teardown(() => market.stop());
  const { ended, err } = start(at, [
    'python_client.py',
    '--url',
    `${market.url}/v1/stream`,
    'ticker:NO/SUCH',
  ]);
  at.equal(await ended, 1);
  at.match(err(), /^refused: .*NO\/SUCH/);
});

const SIGNED_IN = `
import asyncio, sys
from python_client import Client
url, email, password = sys.argv[1:]
async def main():
    kept = []
    async with Client(url, login=(email, password), on_tokens=kept.append) as client:
        print((await client.query("users.profile"))["email"])
        async for message in client.stream("portfolio"):
            print(message["type"], message["channel"])
            break
    old = {**kept[0], "access_token": "nobody", "expires_at": 0}
    async with Client(url, tokens=old, on_tokens=kept.append) as client:
        print((await client.query("users.profile"))["email"])
    print(len(kept), kept[1]["access_token"] != kept[0]["access_token"])
asyncio.run(main())
`;

t.test('it logs in, and takes new tokens for a log-in that is over', { skip }, async (at) => {
  const base = await openConformanceBase(at);
  const { gateway, admin } = await startConformanceSite(at, base, 'ws');
  const url = `ws://127.0.0.1:${gateway.port}/v1/stream`;
  const { lines, ended, err } = start(at, ['-c', SIGNED_IN, url, admin.email, PASSWORD]);
  at.equal(await ended, 0, err());
  at.same(lines(), [admin.email, 'snapshot portfolio', admin.email, '2 True']);
});
