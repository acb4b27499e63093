import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Packr } from 'msgpackr';

const packr = new Packr({ useRecords: false });
const SUBSCRIBE = subscription(['indicators:BTC/USDT:1m']);

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
    socket.write(SUBSCRIBE);
    await untilText(socket, 'snapshot');
  }
  return socket;
}

/** The bytes of a request to subscribe to so many channels as fit in 64 KB. */
export function subscription(channels: readonly string[]): Buffer {
  return masked(packr.pack({ id: 1, op: 'subscribe', channels, rows: true }), 0x82);
}

async function untilText(socket: Socket, text: string): Promise<void> {
  let got = '';
  const ended = new AbortController();
  socket.once('close', () => ended.abort(new Error(`the server closed before "${text}" came`)));
  const { signal } = ended;
  while (!got.includes(text)) got += String((await once(socket, 'data', { signal }))[0]);
}

/** A message as clients send it; the mask is zero, which leaves the payload as it is. */
function masked(payload: Uint8Array, first: 0x81 | 0x82): Buffer {
  const head =
    payload.length < 126
      ? [first, 0x80 | payload.length]
      : [first, 0xfe, payload.length >> 8, payload.length & 0xff];
  return Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), payload]);
}
