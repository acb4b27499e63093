import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { packageRoot } from '../../src/package-root.js';

/** What a request is answered with. Default: 200, at once. */
export interface StubReply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A text as it is, else as JSON. */
  readonly body?: unknown;
  /** Waits so long before the first byte, ms. */
  readonly afterMs?: number;
  /** Sends half of the body and hangs up. */
  readonly isCutOff?: boolean;
  /** Sends so many bytes and more, until it is hung up on. */
  readonly isEndless?: boolean;
}

export interface StubRequest {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** `performance.now()` when it came. */
  readonly at: number;
}

/** A local server in the place of a provider. */
export interface ProviderStub {
  readonly url: string;
  readonly requests: readonly StubRequest[];
  /**
   * Sets what a path is answered with: the replies in turn, the last one from then on. A path may hold query values that
   * have to be there: `/q/d/l/?s=^spx`. The first that matches is taken; others get 404.
   */
  answer(path: string, ...replies: readonly StubReply[]): void;
  /** Resolves when all sockets are closed. */
  close(): Promise<void>;
}

/** Starts a stub on a free loopback port. */
export async function startProviderStub(): Promise<ProviderStub> {
  const requests: StubRequest[] = [];
  const scripts = new Map<string, StubReply[]>();
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://stub');
    requests.push({ path: pathname, query: searchParams, headers: request.headers, at: performance.now() });
    const [script] = [...scripts].flatMap(([key, replies]) =>
      matches(key, pathname, searchParams) ? [replies] : [],
    );
    const reply = script === undefined ? { status: 404 } : script.length > 1 ? script.shift() : script[0];
    send(response, reply ?? { status: 404 });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    answer(path, ...replies) {
      scripts.set(path, [...replies]);
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function matches(key: string, path: string, query: URLSearchParams): boolean {
  const [wantedPath = '', wantedQuery = ''] = key.split('?');
  if (wantedPath !== path) return false;
  // Texts as they are: a caret is not to be escaped by whoever writes a test.
  return wantedQuery.split('&').every((pair) => {
    const [name = '', value = ''] = pair.split('=');
    return name === '' || query.get(name) === value;
  });
}

function send(response: ServerResponse, { status = 200, headers = {}, body = '', ...how }: StubReply): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const go = (): void => {
    response.writeHead(status, { 'content-length': Buffer.byteLength(text), ...headers });
    if (how.isCutOff === true) response.write(text.slice(0, text.length >> 1), () => response.destroy());
    else response.end(text);
  };
  const flood = (): void => {
    const chunk = 'x'.repeat(65_536);
    response.writeHead(status, headers);
    const more = (): void => {
      if (!response.destroyed) response.write(chunk, () => setImmediate(more));
    };
    more();
  };
  if (how.isEndless === true) flood();
  else if (how.afterMs === undefined) go();
  else {
    const timer = setTimeout(go, how.afterMs);
    response.once('close', () => clearTimeout(timer));
  }
}

/** Gives the message of a fixture in `test/fixtures/sources/`. */
export function sourceFixture(name: string): unknown {
  const path = new URL(`test/fixtures/sources/${name}.json`, packageRoot());
  return (JSON.parse(readFileSync(path, 'utf8')) as { message: unknown }).message;
}

/** Gives a fixture that is a table, as its provider sends it. */
export function tableFixture(name: string, newline = '\n'): string {
  return [...(sourceFixture(name) as string[]), ''].join(newline);
}
