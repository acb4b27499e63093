import { spawn } from 'node:child_process';
import { chmod, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { lockDataDir, prepareDataDir } from '../../src/store/data-dir.js';
import { commandLine, isAlive, processIdentity } from '../../src/store/processes.js';
import { makeTestFolder } from '../support/folder.js';

async function makeDataDir(t: Test): Promise<string> {
  const folder = await makeTestFolder('data');
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'deep', 'data');
}

const inUse = (pid: number) => ({
  name: 'OperatorError',
  message: new RegExp(`in use by process ${pid}:.*--data-dir`),
});

t.test('a folder is held until it is let go', async (t) => {
  const dataDir = await makeDataDir(t);
  const lock = await lockDataDir(dataDir);
  await t.rejects(lockDataDir(dataDir), inUse(process.pid), 'also against ourselves');
  await lock.release();
  const again = await lockDataDir(dataDir);
  await lock.release();
  await again.release();
  t.same(await readdir(dataDir), [], 'nothing is left behind');
});

t.test('of many at once one gets a folder whose holder is gone', async (t) => {
  const dataDir = await makeDataDir(t);
  await prepareDataDir(dataDir);
  await writeFile(join(dataDir, 'lock'), JSON.stringify({ pid: 2 ** 22 + 1, identity: null }));
  const results = await Promise.allSettled(Array.from({ length: 10 }, () => lockDataDir(dataDir)));
  t.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
  t.same(await readdir(dataDir), ['lock']);
});

t.test(
  'a living holder is respected, one that died or whose number is taken by another is not',
  async (t) => {
    const dataDir = await makeDataDir(t);
    await prepareDataDir(dataDir);
    const path = join(dataDir, 'lock');
    const other = spawn(process.execPath, ['-e', 'setTimeout(() => undefined, 60_000)'], { stdio: 'ignore' });
    const pid = other.pid ?? 0;
    const held = JSON.stringify({ pid, identity: processIdentity(pid) });
    await writeFile(path, held);
    await t.rejects(lockDataDir(dataDir), inUse(pid));

    await writeFile(path, JSON.stringify({ pid, identity: 'another boot, another start' }));
    await (await lockDataDir(dataDir)).release();

    await writeFile(path, held);
    const exit = new Promise((resolve) => other.once('exit', resolve));
    other.kill('SIGKILL');
    await exit;
    await (await lockDataDir(dataDir)).release();
  },
);

t.test('a lock that was cut off by a full disk is nobody’s', async (t) => {
  const dataDir = await makeDataDir(t);
  await prepareDataDir(dataDir);
  for (const text of ['', '{"pid":', '7', '{"pid":"x","identity":1}']) {
    await writeFile(join(dataDir, 'lock'), text);
    await (await lockDataDir(dataDir)).release();
  }
  t.same(await readdir(dataDir), []);
});

t.test('a folder that cannot be made or written is refused in one line', async (t) => {
  const folder = await makeTestFolder('data');
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'file');
  await writeFile(file, 'not a folder');
  const refusal = {
    name: 'OperatorError',
    message: /^cannot write to the data folder .* \((EEXIST|ENOTDIR)\).*--data-dir/,
  };
  await t.rejects(lockDataDir(file), refusal);
  await t.rejects(lockDataDir(join(file, 'below')), refusal);
  if (process.getuid?.() === 0)
    return t.comment('root may write anywhere: the case of a read-only folder is left out');
  await chmod(folder, 0o500);
  await t.rejects(lockDataDir(folder), { name: 'OperatorError', message: /\(EACCES\).*--data-dir/ });
  return undefined;
});

t.test('processes are told apart', async (t) => {
  t.ok(isAlive(process.pid));
  t.notOk(isAlive(2 ** 22 + 1));
  t.equal(processIdentity(process.pid), processIdentity(process.pid));
  t.not(processIdentity(process.pid), processIdentity(1));
  t.equal(processIdentity(2 ** 22 + 1), null);
  t.match(commandLine(process.pid), /node/);
  t.equal(commandLine(2 ** 22 + 1), null);
});
