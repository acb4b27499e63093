import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Packr } from 'msgpackr';

const SUBSCRIBE = new Packr({ useRecords: false }).pack({
  id: 1,
  op: 'subscribe',
  channels: ['candles:BTC/USDT:1m'],
  rows: true,
});

/**
 * Opens a bare TCP client that speaks just enough WebSocket, so that it costs as little as can be: to a `bare` server
 * without subprotocol, or to ours, `idle` or `subscribed` to one channel. Resolves when all that was asked for has
 * been answered.
 */
export async function openClient(port: number, kind: 'bare' | 'idle' | 'subscribed'): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(
    'GET /v1/stream HTTP/1.1\r\nHost: bench\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n' +
      `${kind === 'bare' ? '' : 'Sec-WebSocket-Protocol: cryptopredict.v1.msgpack\r\n'}\r\n`,
  );
  await untilText(socket, kind === 'bare' ? '\r\n\r\n' : 'welcome');
  if (kind === 'subscribed') {
    socket.write(masked(SUBSCRIBE));
    await untilText(socket, 'snapshot');
  }
  return socket;
}

async function untilText(socket: Socket, text: string): Promise<void> {
  let got = '';
  while (!got.includes(text)) got += String((await once(socket, 'data'))[0]);
}

/** A binary message as clients send it; the mask is zero, which leaves the payload as it is. */
function masked(payload: Uint8Array): Buffer {
  const head = payload.length < 126 ? [0x82, 0x80 | payload.length] : [0x82, 0xfe, 0, payload.length];
  return Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), payload]);
}
