import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { ServedFolder } from './served-folder.js';

/** What the product promises for the end of everything. */
export const PROMISED_MS = 5_000;
/** How a server ends that was asked to. */
export const IN_ORDER = { code: 0, signal: null };

/** Asserts that within the promised time no process, lock or open database is left of what ran on a folder. */
export async function assertNothingLeft(t: Test, { tree, dataDir }: ServedFolder): Promise<void> {
  await tree.gone(PROMISED_MS);
  t.equal(tree.living().size, 0, 'no process is left');
  const files = existsSync(dataDir) ? await readdir(dataDir) : [];
  t.same(
    files.filter((name) => name.startsWith('lock')),
    [],
    'no lock file is left',
  );
  t.notOk(existsSync(join(dataDir, 'postgres', 'postmaster.pid')), 'Postgres was stopped in order');
}
