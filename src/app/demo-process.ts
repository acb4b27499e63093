import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { OperatorError } from '../errors.js';
import { packageRoot } from '../package-root.js';

const START_MS = 15_000;
/** It has nothing to save: if it does not end by itself in this time, it is ended. */
const STOP_MS = 1_000;

export interface DemoProcess {
  /**
   * Origin that speaks the exchange's REST and WebSocket dialect, as soon as it does.
   *
   * Rejects with an OperatorError if it does not say within 15 s that it is ready.
   */
  readonly url: Promise<string>;
  /** Resolves with a reason if the process ends without having been asked to. */
  readonly lost: Promise<string>;
  /** Ends it, also while it starts; resolves when it has ended. */
  stop(): Promise<void>;
}

/**
 * Starts the demo exchange as a process of its own on a free loopback port. It is detached from the terminal, so
 * that Ctrl-C reaches the server alone, which then stops it in order; it ends by itself when the server dies.
 */
export function startDemoProcess(seed: number): DemoProcess {
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
  const url = new Promise<string>((resolve, reject) => {
    const late = setTimeout(
      () => reject(new OperatorError(`the demo exchange did not start within ${START_MS / 1_000} s`)),
      START_MS,
    );
    child.on('message', (message) => {
      if (typeof message !== 'object' || message === null || !('url' in message)) return;
      clearTimeout(late);
      resolve(String(message.url));
    });
    void ended.then((reason) => {
      clearTimeout(late);
      reject(new OperatorError(`the demo exchange did not start: ${reason}`));
    });
  });
  // Whoever stops it while it starts need not hear that it did not start.
  url.catch(() => undefined);
  let stopping = false;
  return {
    url,
    lost: new Promise((resolve) => {
      void ended.then((reason) => {
        if (!stopping) resolve(`the demo exchange ${reason}`);
      });
    }),
    async stop() {
      stopping = true;
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await ended;
      clearTimeout(late);
    },
  };
}
