import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { POSTGRES_NAME } from './postgres-cluster.js';
import { commandLine, isAlive } from './processes.js';

/**
 * Gives the address of the embedded database of a folder if a server runs it at this moment, for whoever may read the
 * folder's password; null: none runs.
 */
export async function runningPostgresUrl(dataDir: string): Promise<string | null> {
  const read = (...path: string[]): Promise<string> =>
    readFile(join(dataDir, ...path), 'utf8').catch(() => '');
  // Lines: process, folder, start, port, socket's folder, address, shared memory, state.
  const [pid = '', , , port = '', , , , state = ''] = (await read('postgres', 'postmaster.pid')).split('\n');
  const isRunning = /^\d+$/.test(pid) && isAlive(Number(pid)) && /^\d+$/.test(port);
  if (!isRunning || state.trim() !== 'ready' || commandLine(Number(pid))?.includes('postgres') !== true)
    return null;
  const password = await read('postgres-password');
  return password === ''
    ? null
    : `postgres://${POSTGRES_NAME}:${password}@127.0.0.1:${port}/${POSTGRES_NAME}`;
}
