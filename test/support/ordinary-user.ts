import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../src/package-root.js';

/** Who an ordinary user is, for `spawn`; or why there is none to be had. */
export type OrdinaryUser = { readonly uid: number; readonly gid: number } | { readonly reason: string };

/** Gives ourselves if we are no root, else the system's user `nobody`, if that one may read the project. */
export function ordinaryUser(): OrdinaryUser {
  const uid = process.getuid?.();
  const gid = process.getgid?.();
  if (uid === undefined || gid === undefined) return { reason: 'this system knows no user ids' };
  if (uid !== 0) return { uid, gid };
  const ids = ['-u', '-g'].map((flag) => spawnSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  const [nobody, group] = ids.map(({ status, stdout }) => (status === 0 ? Number(stdout) : undefined));
  if (nobody === undefined || group === undefined)
    return { reason: 'we are root and there is no user nobody' };
  const user = { uid: nobody, gid: group };
  const root = fileURLToPath(packageRoot());
  const entered = spawnSync(process.execPath, ['--version'], { ...user, cwd: '/' }).status === 0;
  if (!entered) return { reason: 'we are root, and user nobody may not run this Node' };
  const read = spawnSync('/bin/sh', ['-c', 'test -r package.json -a -x node_modules'], {
    ...user,
    cwd: root,
  });
  if (read.status !== 0) return { reason: 'we are root, and user nobody may not enter the project' };
  return user;
}
