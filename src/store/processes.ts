import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { errorCode } from './error-code.js';

/** Says whether a process with this id lives, ours or another user's. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

/**
 * Gives what tells a process from a later one that was given the same id: when it was started, on which boot. Ids
 * come again soon in containers, where a server is often process 1. Null: no such process, or the system cannot say.
 */
export function processIdentity(pid: number): string | null {
  if (process.platform === 'linux') {
    try {
      const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // The second field, the program's name, may hold blanks and brackets; start time is the 22nd field.
      const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
      return `${boot} ${started}`;
    } catch {
      return null;
    }
  }
  return ask(pid, 'lstart=');
}

/** Gives the command line of a process; null: no such process, or the system cannot say. */
export function commandLine(pid: number): string | null {
  if (process.platform === 'linux') {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    } catch {
      return null;
    }
  }
  return ask(pid, 'command=');
}

function ask(pid: number, column: string): string | null {
  if (process.platform === 'win32') return null;
  const { status, stdout } = spawnSync('ps', ['-o', column, '-p', String(pid)], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
}
