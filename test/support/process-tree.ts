import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { until } from './until.js';

/** Reason to skip a test that looks for left processes; false where it can. */
export const skipWithoutProc = existsSync('/proc/self/environ')
  ? false
  : 'this system has no /proc to look for left processes in';

/**
 * Finds every process of a run, also those that left its process group and whose parent is gone: they inherited a
 * mark in their environment, or work in the run's data folder, as each process of Postgres does.
 */
export class ProcessTree {
  /** To be added to the environment of the run's first process. */
  readonly env: Readonly<Record<string, string>>;
  readonly #mark = `PROCESS_TREE=${randomUUID()}`;

  constructor(readonly dataDir: string) {
    const [name = '', value = ''] = this.#mark.split('=');
    this.env = { [name]: value };
  }

  /** Gives the command lines of those that live, by process id. A process that has ended but waits for its parent is none. */
  living(): ReadonlyMap<number, string> {
    const found = new Map<number, string>();
    for (const name of readdirSync('/proc')) {
      const pid = Number(name);
      if (!Number.isInteger(pid) || pid === process.pid) continue;
      const command = look(() => readFileSync(`/proc/${name}/cmdline`, 'utf8')).replaceAll('\0', ' ');
      const environment = look(() => readFileSync(`/proc/${name}/environ`, 'utf8'));
      const folder = look(() => readlinkSync(`/proc/${name}/cwd`));
      const isOurs =
        environment.includes(this.#mark) ||
        command.includes(this.dataDir) ||
        folder.startsWith(`${this.dataDir}/`);
      if (isOurs && !isZombie(name)) found.set(pid, command.trim());
    }
    return found;
  }

  /** Waits until none lives. @throws Error that names those that do after `boundMs` */
  async gone(boundMs: number): Promise<void> {
    await until('every process has ended', () => this.living().size === 0, boundMs).catch(
      (error: unknown) => {
        const left = [...this.living()].map(([pid, command]) => `${pid} ${command}`);
        throw new Error(`${String(error)}; left: ${left.join('; ')}`);
      },
    );
  }

  /** Gives the process id of the first that lives and whose command line fits. */
  find(pattern: RegExp): number | undefined {
    return [...this.living()].find(([, command]) => pattern.test(command))?.[0];
  }

  /** Sends a signal to those whose command line fits. @throws Error if there is none */
  signal(pattern: RegExp, signal: NodeJS.Signals): void {
    const found = [...this.living()].filter(([, command]) => pattern.test(command));
    if (found.length === 0) throw new Error(`no process fits ${pattern}`);
    for (const [pid] of found) send(pid, signal);
  }

  /** Ends what a failed test left. */
  killAll(): void {
    for (const pid of this.living().keys()) send(pid, 'SIGKILL');
  }
}

/** A process may end while we look at it, or belong to somebody else: then there is nothing to see. */
function look(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  look(() => String(process.kill(pid, signal)));
}

function isZombie(pid: string): boolean {
  const stat = look(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  return stat === '' || stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
}
