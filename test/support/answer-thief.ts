import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to the database on which an answer can be lost together with its connection. */
export interface AnswerThief {
  /** The database's address by this way. */
  readonly url: string;
  /** How many answers were lost. */
  readonly stolen: number;
  /** Loses the answer to the next message that holds `text`: the database has done what it says. */
  steal(text: string): void;
  close(): Promise<void>;
}

export async function openAnswerThief(databaseUrl: string): Promise<AnswerThief> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let wanted: string | null = null;
  let stolen = 0;
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    let isTheft = false;
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.on('data', (data) => {
      if (wanted !== null && data.includes(wanted)) {
        wanted = null;
        isTheft = true;
      }
      far.write(data);
    });
    far.on('data', (data) => {
      if (!isTheft) {
        near.write(data);
        return;
      }
      // Ready for the next query, not in a transaction: the statement is done.
      if (!data.subarray(-6).equals(Buffer.from('Z\0\0\0\x05I', 'latin1'))) return;
      stolen++;
      near.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.toString(),
    get stolen() {
      return stolen;
    },
    steal(text) {
      wanted = text;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
