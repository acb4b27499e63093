import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { OperatorError } from '../errors.js';
import type { Logger } from '../logger.js';
import { lockDataDir } from './data-dir.js';
import type { FromHost, ToHost } from './embedded-postgres-host.js';

export interface EmbeddedPostgresOptions {
  /** Folder of the data; made if missing. Locked for this process until `stop`. */
  readonly dataDir: string;
  readonly logger: Logger;
  /** More arguments for `postgres`, such as `-c fsync=off` in tests. Default: none. */
  readonly flags?: readonly string[];
  /** Breaks a start off, which then rejects when all of it has ended. Of no effect afterwards: `stop` is for that. */
  readonly signal?: AbortSignal;
}

export interface EmbeddedPostgres {
  /** Address with name and password; loopback only. */
  readonly url: string;
  /** Process id of the host, which is the parent of Postgres. */
  readonly hostPid: number;
  /** Process id of Postgres itself; it changes if it dies and the host starts it again. */
  readonly postgresPid: number;
  /** Stops Postgres and lets go of the data folder; resolves when it has ended. May be called again. */
  stop(): Promise<void>;
  /** Resolves with the reason when Postgres ended for good without `stop`; with null after `stop`. */
  readonly exited: Promise<string | null>;
}

/**
 * Starts a PostgreSQL that keeps its data below `dataDir`: under a second, the first time some two seconds. It runs
 * under a host process that stops it when this process ends, however it ends, and starts it again if it dies.
 *
 * @throws OperatorError that says what to do: folder in use, not writable, of another user or version
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const lock = await lockDataDir(options.dataDir);
  const host = startHost();
  const ended = whenEnded(host);
  const abort = (): void => {
    if (host.connected) host.disconnect();
  };
  if (options.signal?.aborted === true) abort();
  options.signal?.addEventListener('abort', abort);
  let failure: string | null = null;
  try {
    const { url, pid } = await ready(host, ended, options, (message) => {
      failure = message;
    });
    options.signal?.removeEventListener('abort', abort);
    let stopping: Promise<void> | undefined;
    let isStopping = false;
    const exited = ended.then(async (how) => {
      await lock.release();
      return isStopping ? null : (failure ?? `the host of the embedded database ended (${how})`);
    });
    return {
      url,
      hostPid: host.pid ?? 0,
      postgresPid: pid,
      exited,
      stop() {
        isStopping = true;
        stopping ??= (async () => {
          if (host.connected) send(host, { type: 'stop' });
          await exited;
        })();
        return stopping;
      },
    };
  } catch (error) {
    if (host.connected) host.disconnect();
    await ended;
    await lock.release();
    throw error;
  }
}

function startHost(): ChildProcess {
  return fork(fileURLToPath(new URL('./embedded-postgres-host.js', import.meta.url)), {
    // A process group of its own: Ctrl-C goes to the terminal's whole group.
    detached: true,
    // Nothing to write to: were it a pipe of ours, writing to it after our death would end the host early.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    execArgv: [],
  });
}

function whenEnded(host: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    host.on('exit', (code, signal) => resolve(signal ?? `code ${code}`));
    host.on('error', (error) => resolve(error.message));
  });
}

/** Resolves when Postgres takes connections. Goes on passing the host's log lines to ours afterwards. */
function ready(
  host: ChildProcess,
  ended: Promise<string>,
  { dataDir, flags = [], logger }: EmbeddedPostgresOptions,
  onFailure: (message: string) => void,
): Promise<Extract<FromHost, { type: 'ready' }>> {
  return new Promise((resolve, reject) => {
    host.on('message', (message: FromHost) => {
      if (message.type === 'log') logger[message.level](message.text);
      else if (message.type === 'ready') resolve(message);
      else {
        onFailure(message.message);
        reject(message.isOperatorError ? new OperatorError(message.message) : new Error(message.message));
      }
    });
    void ended.then((how) => reject(new Error(`the host of the embedded database ended (${how})`)));
    send(host, { type: 'start', dataDir, flags });
  });
}

function send(host: ChildProcess, message: ToHost): void {
  // It may have ended this moment; `exit` tells.
  host.send(message, () => undefined);
}
