import t from 'tap';
import { connect } from '../../src/client/client.js';
import { collectCandles } from '../support/closed-collector.js';
import { ordinaryUser } from '../support/ordinary-user.js';
import { skipWithoutProc } from '../support/process-tree.js';
import { makeServedFolder, QUICK } from '../support/served-folder.js';
import type { ServerProcess } from '../support/server-process.js';
import { until } from '../support/until.js';

/** Waits for the first candle on a socket; gives the time since `started`, ms. */
async function firstCandle(server: ServerProcess, started: number): Promise<number> {
  await until('the gateway listens', () => server.url !== null || server.hasEnded, 60_000);
  const client = connect(server.url ?? '');
  try {
    const candles = await collectCandles(client, 'BTC/USDT', '1m');
    await until('a candle came', () => candles.forming !== null, 60_000);
    return performance.now() - started;
  } finally {
    client.close();
  }
}

t.test('serve with nothing but a folder', { skip: skipWithoutProc }, async (t) => {
  t.setTimeout(110_000);
  const folder = await makeServedFolder(t);
  await t.test('brings database and demo exchange, and says what it started and where to look', async (t) => {
    const started = performance.now();
    const server = folder.serve([]);
    const first = await firstCandle(server, started);
    t.comment(`first start: the first candle came ${(first / 1_000).toFixed(1)} s after the command`);
    const url = server.url ?? '';
    t.match(server.stdout, `page       ${url}/`);
    t.match(server.stdout, `stream     ${url.replace('http', 'ws')}/v1/stream`);
    t.match(server.stdout, 'PRICES ARE SIMULATED');
    t.match(server.stdout, `embedded, in ${folder.dataDir}`);
    t.match(server.stdout, /in all/, 'more symbols than it lists');
    const page = await fetch(`${url}/`);
    t.equal(page.status, 200);
    t.match(await page.text(), /<html/i);
    t.equal((await fetch(`${url}/healthz`)).status, 200);
    t.equal(await server.end('SIGTERM'), 0);
    await folder.tree.gone(5_000);
  });

  await t.test('sends candles that move, marked as simulated, and turns ready', async (t) => {
    const started = performance.now();
    const server = folder.serve(QUICK);
    const first = await firstCandle(server, started);
    t.comment(`second start: the first candle came ${(first / 1_000).toFixed(1)} s after the command`);
    const client = connect(await server.ready());
    t.teardown(() => client.close());
    t.equal((await client.ready()).simulated, true);
    const candles = await collectCandles(client, 'ETH/USDT', '1m');
    const before = candles.forming;
    await until('the candle moved', () => candles.forming !== before || candles.closed.length > 0);
    t.equal(candles.forming?.source, 'simulated');
    t.ok(Number(candles.forming?.close) > 0);
    t.equal(await server.end('SIGTERM'), 0);
    await folder.tree.gone(5_000);
  });
});

const user = ordinaryUser();
const skip = skipWithoutProc || ('reason' in user ? user.reason : false);
t.test('an ordinary user can serve, and leaves nothing', { skip }, async (t) => {
  if ('reason' in user) return;
  t.setTimeout(60_000);
  const folder = await makeServedFolder(t);
  await folder.giveTo(user);
  const server = folder.serve(QUICK, user, { HOME: folder.folder });
  await server.ready();
  t.equal(await server.end('SIGINT'), 0);
  await folder.tree.gone(5_000);
});
