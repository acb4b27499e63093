import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { Logger } from '../../src/logger.js';

/** A logger that says nothing. */
export const silent: Logger = pino({ level: 'silent' });

/** Makes an empty folder that also user postgres can enter, since tests may run as root. */
export async function makeTestFolder(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `cryptopredict-${name}-`));
  await chmod(folder, 0o755);
  return folder;
}
