import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A way to the database that can be cut, or go silent as a network does that lost its far side. */
export interface TcpGate {
  /** The database's address by this way. */
  readonly url: string;
  /** Ends all connections and lets none in. */
  shut(): void;
  /** Lets nothing more through, either way, and does not say so. */
  silence(): void;
  /** Lets everything through again that is connected from now on. */
  open(): void;
  close(): Promise<void>;
}

export async function openTcpGate(databaseUrl: string): Promise<TcpGate> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let isShut = false;
  let isSilent = false;
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
  };
  const server: Server = createServer((near) => {
    keep(near);
    if (isShut) {
      near.destroy();
      return;
    }
    const far = connect(Number(target.port), target.hostname);
    keep(far);
    near.on('data', (data) => isSilent || far.write(data));
    far.on('data', (data) => isSilent || near.write(data));
    near.on('close', () => far.destroy());
    far.on('close', () => isSilent || near.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.toString(),
    shut() {
      isShut = true;
      for (const socket of sockets) socket.destroy();
    },
    silence() {
      isSilent = true;
    },
    open() {
      isShut = false;
      isSilent = false;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
