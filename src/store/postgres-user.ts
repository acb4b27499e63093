import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { OperatorError } from '../errors.js';

/** Who runs Postgres. Both absent: whoever we are. */
export interface Identity {
  readonly uid?: number;
  readonly gid?: number;
}

/** Where root keeps what another user must be able to reach. */
export const SHARED_ROOT = '/var/lib/cryptopredict';

/**
 * Says who runs Postgres, which refuses to run as root: as an ordinary user we; as root the owner of the data if
 * there are any, else the system's user `postgres`, who is made if missing.
 *
 * @param clusterDir where the data are, or will be
 * @throws OperatorError if that user cannot be made
 */
export async function postgresIdentity(clusterDir: string): Promise<Identity> {
  if (process.getuid?.() !== 0) return {};
  const owner = await stat(clusterDir).catch(() => undefined);
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const found = lookUp();
  if (found !== undefined) return found;
  // Debian and Red Hat know the first, Alpine the second.
  if (spawnSync('useradd', ['--system', '--user-group', '--no-create-home', 'postgres']).status !== 0) {
    spawnSync('adduser', ['-S', '-D', '-H', 'postgres']);
  }
  const made = lookUp();
  if (made !== undefined) return made;
  throw new OperatorError(
    'PostgreSQL does not run as root and a user "postgres" could not be made: make one, run as an ordinary user, or set DATABASE_URL',
  );
}

function lookUp(): Identity | undefined {
  const uid = spawnSync('id', ['-u', 'postgres'], { encoding: 'utf8' });
  const gid = spawnSync('id', ['-g', 'postgres'], { encoding: 'utf8' });
  if (uid.status !== 0 || gid.status !== 0) return undefined;
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
}

/** Says whether somebody may enter a folder; all folders above it count. */
export function canEnter(folder: string, identity: Identity): boolean {
  if (identity.uid === undefined) return true;
  return spawnSync('/bin/sh', ['-c', 'test -x "$0"', folder], { ...identity, cwd: '/' }).status === 0;
}

/**
 * Gives a copy of the `postgres` binary's installation that `identity` can run, or the one that was given if that is
 * so already. A clone below /root or in a temporary folder cannot be entered by anybody but root; 60 MB are copied
 * then, once per version, rather than opening root's folders.
 *
 * @param binary path of `postgres`, in `<installation>/bin`
 * @throws OperatorError if the copy cannot be made
 */
export function runnableBinary(binary: string, version: string, identity: Identity): string {
  const bin = dirname(binary);
  if (canEnter(bin, identity)) return binary;
  const home = join(SHARED_ROOT, `postgresql-${version}`);
  const copy = join(home, 'bin', 'postgres');
  if (existsSync(copy)) return copy;
  const draft = `${home}.${process.pid}`;
  try {
    makeSharedRoot();
    cpSync(dirname(bin), draft, { recursive: true, verbatimSymlinks: true });
    renameSync(draft, home);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    // Another server may have made the same copy meanwhile.
    if (!existsSync(copy)) throw unreachable(bin, error);
  }
  return copy;
}

/** Makes the folder for root's servers, that others may enter. */
export function makeSharedRoot(): void {
  mkdirSync(SHARED_ROOT, { recursive: true, mode: 0o755 });
}

/** Gives the error for a folder that the user who runs Postgres cannot enter and that has no substitute. */
export function unreachable(folder: string, cause: unknown): OperatorError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new OperatorError(
    `user postgres may not enter ${folder}, and ${SHARED_ROOT} cannot be used instead (${reason}): move the program and --data-dir to where every user may go, run as an ordinary user, or set DATABASE_URL`,
  );
}
