import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { OperatorError } from '../errors.js';
import type { Logger } from '../logger.js';
import { packageRoot } from '../package-root.js';

const START_MS = 15_000;

export interface DemoProcess {
  /** Origin that speaks the exchange's REST and WebSocket dialect. */
  readonly url: string;
  /** Resolves with a reason if the process ends without having been asked to. */
  readonly lost: Promise<string>;
  stop(): Promise<void>;
}

/**
 * Starts the demo exchange as a process of its own on a free loopback port. It is detached from the terminal, so
 * that Ctrl-C reaches the server alone, which then stops it in order; it ends by itself when the server dies.
 *
 * @throws OperatorError if it does not say within 15 s that it is ready
 */
export async function startDemoProcess(seed: number, logger: Logger): Promise<DemoProcess> {
  const entry = fileURLToPath(new URL('../feeds/demo/main.js', import.meta.url));
  const child = fork(entry, ['--port', '0', '--seed', String(seed)], {
    cwd: fileURLToPath(packageRoot()),
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors = `${errors}${text}`.slice(-2_000);
  });
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(`ended with ${signal ?? `code ${code}`} ${errors}`.trim()));
  });
  const ready = new Promise<string>((resolve) => {
    child.on('message', (message) => {
      if (typeof message === 'object' && message !== null && 'url' in message) resolve(String(message.url));
    });
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new OperatorError('the demo exchange did not start within 15 s')),
      START_MS,
    );
  });
  const failed = ended.then((reason) => {
    throw new OperatorError(`the demo exchange did not start: ${reason}`);
  });
  try {
    const url = await Promise.race([ready, failed, late]);
    failed.catch((error: unknown) => logger.debug({ error }, 'demo exchange ended'));
    let stopping = false;
    return {
      url,
      lost: new Promise((resolve) => {
        void ended.then((reason) => {
          if (!stopping) resolve(reason);
        });
      }),
      async stop() {
        stopping = true;
        child.kill('SIGTERM');
        await ended;
      },
    };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
