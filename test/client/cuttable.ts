import { WebSocket } from 'ws';
import type { WebSocketConstructor } from '../../src/client/web-socket.js';

/** WebSockets whose newest connection a test can cut off, whatever it is doing. */
export interface Cuttable {
  readonly webSocket: WebSocketConstructor;
  cut(): void;
}

export function cuttable(): Cuttable {
  let newest: WebSocket | null = null;
  class Kept extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols);
      newest = this;
    }
  }
  return { webSocket: Kept as unknown as WebSocketConstructor, cut: () => newest?.terminate() };
}
