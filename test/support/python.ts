import { spawnSync } from 'node:child_process';

/** Why tests of programs in Python are left out. */
export const NO_PYTHON = 'no python3 with the packages msgpack and websockets';

/** Gives a Python that has both packages, null if there is none; Debian installs them for its own only. */
export function python(): string | null {
  const candidates = ['python3', '/usr/bin/python3'];
  return (
    candidates.find((path) => spawnSync(path, ['-c', 'import msgpack, websockets']).status === 0) ?? null
  );
}
