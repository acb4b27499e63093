import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { until } from './until.js';

/** File that Node runs for our command. */
export const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));

export interface SpawnHow {
  /** Leads a process group of its own, as what a shell starts does; for `signalGroup`. */
  readonly detached?: boolean;
  /** Who runs it; whoever we are, if absent. */
  readonly uid?: number;
  readonly gid?: number;
  readonly cwd?: string;
  /** Program and what comes before the arguments. Default: this Node and our command. */
  readonly command?: readonly [string, ...string[]];
}

/** How a process ended; one of the two is null. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

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
  static spawn(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    how: SpawnHow = {},
  ): ServerProcess {
    const { command = [process.execPath, MAIN], ...options } = how;
    const inherited = Object.entries(process.env).filter(
      ([name]) => !/^(CRYPTOPREDICT_|DATABASE_URL|REDIS_URL|TAP)/.test(name),
    );
    const [program, ...before] = command;
    const child = spawn(program, [...before, ...args], {
      ...options,
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

  /** Sends a signal to the whole process group, as a terminal does on Ctrl-C. Only for a detached one. */
  signalGroup(signal: NodeJS.Signals): void {
    process.kill(-(this.child.pid ?? 0), signal);
  }

  /** Waits until it has ended and all it said has arrived. @throws Error with its log after `boundMs` */
  async ended(boundMs: number): Promise<Ending> {
    const isClosed = (): boolean =>
      this.hasEnded && this.child.stdout?.closed !== false && this.child.stderr?.closed !== false;
    await until('the process has ended', isClosed, boundMs).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${this.#stderr}`);
    });
    return { code: this.child.exitCode, signal: this.child.signalCode };
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
