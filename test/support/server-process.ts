import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { until } from './until.js';

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));

/** `cryptopredict` as a process of its own. */
export class ServerProcess {
  #stdout = '';
  #stderr = '';

  private constructor(readonly child: ChildProcess) {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
  }

  /** Starts the command with these arguments; `env` is added to a clean environment without configuration. */
  static spawn(args: readonly string[], env: Readonly<Record<string, string>> = {}): ServerProcess {
    const inherited = Object.entries(process.env).filter(
      ([name]) => !/^(CRYPTOPREDICT_|DATABASE_URL|REDIS_URL|TAP)/.test(name),
    );
    const child = spawn(process.execPath, [MAIN, ...args], {
      env: { ...Object.fromEntries(inherited), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new ServerProcess(child);
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** Origin of the page, once the banner told it. */
  get url(): string | null {
    return /page\s+(http:\/\/\S+)\//.exec(this.#stdout)?.[1] ?? null;
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Waits until the server listens and every symbol is live; gives its origin. @throws Error with its log if it ends */
  async ready(boundMs = 60_000): Promise<string> {
    await until(
      'the server is ready',
      async () => {
        if (this.hasEnded) throw new Error(`the server ended: ${this.#stderr}`);
        if (this.url === null) return false;
        return (await fetch(`${this.url}/readyz`)).ok;
      },
      boundMs,
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${this.#stderr}`);
    });
    return this.url ?? '';
  }

  /** Sends a signal and waits for the end; gives the exit code, null after a signal that was not handled. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    if (!this.hasEnded) {
      const exit = once(this.child, 'exit');
      this.child.kill(signal);
      await exit;
    }
    return this.child.exitCode;
  }
}
