import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { deflateRawSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { WebSocket } from 'ws';
import { clientFrame } from '../support/client-frame.js';
import { SocketClient } from '../support/socket-client.js';
import { until } from '../support/until.js';
import { candleRow, gatewaySite, NOW, record } from './gateway-site.js';

const QUERY = {
  op: 'query',
  method: 'candles.list',
  params: { symbol: 'BTC/USDT', timeframe: '1m', limit: 500 },
};

async function site(at: Test, compression: boolean) {
  const here = await gatewaySite(at, { transport: 'ws', compression });
  here.store.candles = Array.from({ length: 500 }, (_, n) => record(NOW - n * 60_000));
  return here;
}

/** A client that offers compression, with the bytes that have come over its wire. */
async function offering(at: Test, port: number) {
  const client = await SocketClient.connect(port, { encoding: 'json', perMessageDeflate: true });
  at.teardown(() => client.ws.terminate());
  const { _socket } = client.ws as unknown as { _socket: { bytesRead: number } };
  return { client, bytesRead: () => _socket.bytesRead };
}

t.test('agrees on compression where it is on, without context either way', async (at) => {
  for (const compression of [true, false]) {
    const { gateway } = await site(at, compression);
    const ws = new WebSocket(`ws://127.0.0.1:${gateway.port}/v1/stream`);
    at.teardown(() => ws.terminate());
    const [response] = (await once(ws, 'upgrade')) as [IncomingMessage];
    at.equal(
      response.headers['sec-websocket-extensions'],
      compression ? 'permessage-deflate; server_no_context_takeover; client_no_context_takeover' : undefined,
    );
  }
});

t.test('compresses what is large, leaves what is small, and every client reads the same', async (at) => {
  const { gateway, connect, market } = await site(at, true);
  const { client, bytesRead } = await offering(at, gateway.port);
  const plain = await connect({ encoding: 'json' });
  const before = bytesRead();
  const reply = await client.request(QUERY);
  const wire = bytesRead() - before;
  const size = JSON.stringify(reply).length;
  at.ok(wire < size / 4, `${size} bytes came in ${wire}`);
  at.same(reply.result, (await plain.request(QUERY)).result);
  at.same(reply.result, (await client.request(QUERY)).result, 'each stands alone');
  const channels = ['candles:BTC/USDT:1m', 'trades:BTC/USDT'];
  for (const one of [client, plain]) await one.request({ op: 'subscribe', channels });
  for (let n = 1; n <= 20; n++) {
    market.change('candles:BTC/USDT:1m', candleRow(n));
    market.change(
      'trades:BTC/USDT',
      Array.from({ length: 50 }, (_, i) => [`t${n}-${i}`, NOW, 1, 1, 'buy', true, NOW, NOW]),
    );
  }
  for (const one of [client, plain]) await one.until('all', () => one.of('update').length === 40);
  at.same(client.of('update'), plain.of('update'), 'small and large ones stay in order');
});

t.test('takes compressed messages, and cuts one that unpacks to more than is allowed', async (at) => {
  const { gateway, connect } = await site(at, true);
  const good = await connect();
  const { client } = await offering(at, gateway.port);
  client.ws.send(JSON.stringify({ id: 'x', op: 'ping' }) + ' '.repeat(5_000), { compress: true });
  at.match(await client.wait('a pong', (m) => m.id === 'x'), { ok: true });
  const bomb = new WebSocket(`ws://127.0.0.1:${gateway.port}/v1/stream`, ['cryptopredict.v1.json']);
  bomb.on('error', () => undefined);
  at.teardown(() => bomb.terminate());
  await once(bomb, 'open');
  const small = deflateRawSync(Buffer.alloc(100_000_000, 0x20), { level: 9 });
  const { _socket } = bomb as unknown as { _socket: { write(bytes: Buffer): void } };
  _socket.write(clientFrame({ opcode: 1, payload: small, reserved: 0x40 }));
  await until('it is cut', () => bomb.readyState === WebSocket.CLOSED);
  at.match(await good.request({ op: 'ping' }), { ok: true });
});
