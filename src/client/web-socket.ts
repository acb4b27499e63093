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

/** No server is taken at its word beyond this, ms. */
const LONGEST_AFTER_MS = 10 * 60_000;

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

/** What package `ws` has beyond a browser's WebSocket. */
interface WithUpgrade {
  on?: (
    event: 'unexpected-response',
    listener: (
      request: unknown,
      response: { readonly statusCode?: number; readonly headers: Record<string, string | undefined> },
    ) => void,
  ) => void;
}

/**
 * Tells of an HTTP answer in place of a WebSocket, where the platform shows it: package `ws` does, browsers do not.
 *
 * @param refused `afterMs`: what the header `Retry-After` says, ms from now; null without one
 */
export function onRefusedUpgrade(
  socket: WebSocketLike,
  refused: (status: number, afterMs: number | null) => void,
): void {
  (socket as WithUpgrade).on?.('unexpected-response', (_request, { statusCode = 0, headers }) => {
    refused(statusCode, retryAfterMs(headers['retry-after']));
  });
}

/** Reads `Retry-After`: seconds, or a date. */
function retryAfterMs(text: string | undefined): number | null {
  if (text === undefined) return null;
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - Date.now();
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), LONGEST_AFTER_MS) : null;
}
