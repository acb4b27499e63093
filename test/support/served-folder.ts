import { chown, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Test } from 'tap';
import { makeTestFolder } from './folder.js';
import { ProcessTree } from './process-tree.js';
import { ServerProcess, type SpawnHow } from './server-process.js';

/** Two symbols and little history: what makes a start quick. */
export const QUICK = ['--symbols', 'BTC/USDT,ETH/USDT', '--history-depth', '300'];

/** A data folder and all that runs on it. */
export interface ServedFolder {
  /** Holds the data folder and nothing else. */
  readonly folder: string;
  readonly dataDir: string;
  readonly tree: ProcessTree;
  /** Lets another user make the data folder. */
  giveTo(user: { readonly uid: number; readonly gid: number }): Promise<void>;
  /** Starts `cryptopredict serve` on the folder and on a free port, unless the arguments name others. */
  serve(args?: readonly string[], how?: SpawnHow, env?: Readonly<Record<string, string>>): ServerProcess;
}

/** Makes a data folder; with the test ends what runs on it, and the folder. */
export async function makeServedFolder(t: Test): Promise<ServedFolder> {
  const folder = await makeTestFolder('process');
  const dataDir = join(folder, 'data');
  const tree = new ProcessTree(dataDir);
  t.teardown(async () => {
    tree.killAll();
    await tree.gone(10_000);
    await rm(folder, { recursive: true, force: true });
  });
  return {
    folder,
    dataDir,
    tree,
    giveTo: ({ uid, gid }) => chown(folder, uid, gid),
    serve: (args = QUICK, how = {}, env = {}) =>
      ServerProcess.spawn(
        ['serve', ...preset(args, '--port', '0'), ...preset(args, '--data-dir', dataDir), ...args],
        { ...tree.env, ...env },
        how,
      ),
  };
}

function preset(args: readonly string[], flag: string, value: string): readonly string[] {
  return args.includes(flag) ? [] : [flag, value];
}
