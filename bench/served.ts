import { rm } from 'node:fs/promises';
import { makeTestFolder } from '../test/support/folder.js';
import { ServerProcess } from '../test/support/server-process.js';

/** `cryptopredict serve` as a user has it: a process of its own, the embedded Postgres with its production settings. */
export interface Served {
  readonly url: string;
  /** Reads metrics by name, each summed over its labels; 0 for one that is not there. */
  metrics(...names: readonly string[]): Promise<readonly number[]>;
  stop(): Promise<void>;
}

/** Starts a server on an exchange's origin with an empty database; resolves when it listens. */
export async function startServed(exchangeUrl: string, flags: readonly string[]): Promise<Served> {
  const folder = await makeTestFolder('bench');
  const server = ServerProcess.spawn([
    'serve',
    ...['--port', '0', '--exchange', 'demo', '--exchange-url', `demo=${exchangeUrl}`],
    ...['--data-dir', folder, '--log-level', 'warn', ...flags],
  ]);
  const stop = async (): Promise<void> => {
    await server.end('SIGTERM');
    await rm(folder, { recursive: true, force: true });
  };
  while (server.url === null) {
    if (server.hasEnded) {
      await stop();
      throw new Error(`the server ended: ${server.stderr}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  const { url } = server;
  return {
    url,
    async metrics(...names) {
      const text = await (await fetch(`${url}/metrics`)).text();
      return names.map((name) => {
        const lines = text
          .split('\n')
          .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
        return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
      });
    },
    stop,
  };
}

/** Waits until every symbol is live. @throws Error after `boundMs` */
export async function untilLive(served: Served, boundMs: number): Promise<void> {
  const end = performance.now() + boundMs;
  for (;;) {
    const [total = 0, live = 0] = await served.metrics('cryptopredict_symbols', 'cryptopredict_symbols_live');
    if (total > 0 && live === total) return;
    if (performance.now() > end) throw new Error(`${live} of ${total} symbols are live after ${boundMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
