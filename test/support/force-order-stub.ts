import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

/** Binance's liquidation stream on a local port; everything else is passed on to another server. */
export interface ForceOrderStub {
  readonly url: string;
  /** Streams that were asked for. */
  readonly topics: readonly string[];
  send(message: unknown): void;
  /** Sends messages in one turn of the loop. */
  sendAtOnce(messages: readonly unknown[]): void;
  /** Cuts all streams. */
  cut(): void;
  close(): Promise<void>;
}

/** Starts the stub in front of a server that answers requests, `http://127.0.0.1:…`. */
export async function startForceOrderStub(restUrl: string): Promise<ForceOrderStub> {
  const topics: string[] = [];
  const sockets = new Set<WebSocket>();
  const server = createServer((incoming, response) => {
    const passed = request(`${restUrl}${incoming.url ?? '/'}`, { headers: incoming.headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    passed.on('error', () => response.destroy());
    passed.end();
  });
  const streams = new WebSocketServer({ server });
  streams.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('message', (data) => {
      const { id, method, params } = JSON.parse(String(data)) as {
        id: number;
        method: string;
        params: string[];
      };
      if (method === 'SUBSCRIBE') topics.push(...params);
      socket.send(JSON.stringify({ result: null, id }));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const send = (message: unknown): void => {
    for (const socket of sockets) socket.send(JSON.stringify(message));
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    topics,
    send,
    sendAtOnce: (messages) => {
      for (const message of messages) send(message);
    },
    cut: () => {
      for (const socket of sockets) socket.terminate();
    },
    async close() {
      for (const socket of sockets) socket.terminate();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      streams.close();
      await closed;
    },
  };
}
