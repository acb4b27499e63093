/** What the client needs of a WebSocket: the browser's, Node's own (22 and later) and the one of package `ws` fit. */
export interface WebSocketLike {
  binaryType: string;
  readonly protocol: string;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
}

export type WebSocketConstructor = new (url: string, protocols: string[]) => WebSocketLike;

/**
 * Gives the WebSocket of this platform: the global one, else package `ws` (Node 20 has no global one).
 *
 * @throws Error if there is neither
 */
export async function platformWebSocket(): Promise<WebSocketConstructor> {
  const { WebSocket: global } = globalThis as { WebSocket?: WebSocketConstructor };
  if (global !== undefined) return global;
  const { WebSocket } = await import('ws');
  return WebSocket as unknown as WebSocketConstructor;
}
