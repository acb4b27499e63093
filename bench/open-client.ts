import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Packr } from 'msgpackr';

const SUBSCRIBE = new Packr({ useRecords: false }).pack({
  id: 1,
  op: 'subscribe',
  channels: ['indicators:BTC/USDT:1m'],
  rows: true,
});

/** `bare`: any WebSocket server without subprotocol; `idle` and `subscribed`: ours; `socket.io`: one of Socket.IO. */
export type ClientKind = 'bare' | 'idle' | 'subscribed' | 'socket.io';

/**
 * Opens a bare TCP client that speaks just enough WebSocket, so that it costs as little as can be. Resolves when all that
 * was asked for has been answered.
 */
export async function openClient(port: number, kind: ClientKind): Promise<Socket> {
  const isOurs = kind === 'idle' || kind === 'subscribed';
  const path = kind === 'socket.io' ? '/socket.io/?EIO=4&transport=websocket' : '/v1/stream';
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: bench\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n' +
      `${isOurs ? 'Sec-WebSocket-Protocol: cryptopredict.v1.msgpack\r\n' : ''}\r\n`,
  );
  if (kind === 'socket.io') {
    await untilText(socket, '"sid"');
    // To the default namespace.
    socket.write(masked(Buffer.from('40'), 0x81));
    await untilText(socket, '40{');
    return socket;
  }
  await untilText(socket, isOurs ? 'welcome' : '\r\n\r\n');
  if (kind === 'subscribed') {
    socket.write(masked(SUBSCRIBE, 0x82));
    await untilText(socket, 'snapshot');
  }
  return socket;
}

async function untilText(socket: Socket, text: string): Promise<void> {
  let got = '';
  while (!got.includes(text)) got += String((await once(socket, 'data'))[0]);
}

/** A message as clients send it; the mask is zero, which leaves the payload as it is. */
function masked(payload: Uint8Array, first: 0x81 | 0x82): Buffer {
  const head = payload.length < 126 ? [first, 0x80 | payload.length] : [first, 0xfe, 0, payload.length];
  return Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), payload]);
}
