import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import t from 'tap';
import { createFeed } from '../../src/feeds/ccxt-feed.js';

t.test('an exchange that cannot be asked for its time is timed by the dates of its answers', async (t) => {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end('[]');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const fastMs = 300_000;
  const feed = createFeed({
    exchange: 'bitstamp',
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mode: 'auto',
    stallSeconds: 30,
    closeGraceMs: 1_500,
    logger: pino({ level: 'silent' }),
    clock: () => Date.now() + fastMs,
  });
  t.teardown(async () => {
    await feed.close();
    server.close();
  });
  await feed.connect();
  const lateMs = Date.now() - feed.now();
  t.ok(lateMs >= 0, `our clock is five minutes fast, the feed's time is not: ${-lateMs} ms ahead`);
  t.ok(lateMs < 60_000);
});
