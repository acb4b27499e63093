import { type ChildProcess, fork } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

/** Gives all values of all rows of a query on a connection of its own. */
export async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query({ text: sql, rowMode: 'array' })).rows.flat();
  } finally {
    await client.end();
  }
}

/** Waits until `condition` holds, at most 20 s. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 2_000; i++) {
    if (await condition()) return;
    await sleep(10);
  }
  throw new Error(`did not happen: ${what}`);
}

/** What `embedded-server.ts` tells. */
export interface Told {
  readonly url?: string;
  readonly hostPid?: number;
  readonly postgresPid?: number;
  readonly error?: string;
  readonly written?: number;
}

/** Starts a process that uses the embedded database of `dataDir`. */
export function startOther(dataDir: string): ChildProcess {
  return fork(fileURLToPath(new URL('./embedded-server.js', import.meta.url)), [dataDir], {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

/** Resolves with the first message that fits; rejects when the process ends before. */
export function told(child: ChildProcess, matches: (message: Told) => boolean): Promise<Told> {
  return new Promise((resolve, reject) => {
    child.on('message', (message: Told) => {
      if (matches(message)) resolve(message);
    });
    child.on('exit', () => reject(new Error('the other server ended')));
  });
}
