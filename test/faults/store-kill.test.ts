import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readdir, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { makeAssets } from '../support/candles.js';
import { createTestDatabase } from '../support/database.js';
import { makeTestFolder } from '../support/folder.js';
import { makeModel } from '../support/signals.js';
import { assertExactlyOnce, LOAD_ASSETS } from '../support/store-load.js';
import type { WritingNews, WritingTask } from '../support/writing-process.js';

const KILLS = 10;

function start(task: WritingTask): ChildProcess {
  return fork(
    fileURLToPath(new URL('../support/writing-process.js', import.meta.url)),
    [JSON.stringify(task)],
    {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    },
  );
}

t.test(
  'the writing process killed ten times under full load: every closed candle and signal is there exactly once',
  async (t) => {
    t.setTimeout(120_000);
    const database = await createTestDatabase();
    const dir = await makeTestFolder('killed-writer');
    let child: ChildProcess | undefined;
    t.teardown(async () => {
      child?.kill('SIGKILL');
      await database.drop();
      await rm(dir, { recursive: true, force: true });
    });
    await makeAssets(database.pool, LOAD_ASSETS);
    const model = await makeModel(database.pool);
    const task = { url: database.url, dir, model };
    let handed = -1;
    let unwritten = -1;
    let killedWithFiles = 0;
    const run = (minutes: number): ChildProcess => {
      const started = start({ ...task, minutes, signalsTo: handed });
      started.on('message', (news: WritingNews) => {
        if ('done' in news) unwritten = news.unwritten;
        else handed = Math.max(handed, news.handed);
      });
      return started;
    };
    for (let kill = 0; kill < KILLS; kill++) {
      child = run(Number.MAX_SAFE_INTEGER);
      const exited = once(child, 'exit');
      // Two of them before they have begun.
      if (kill % 5 !== 4) await once(child, 'message');
      await sleep(50 + Math.random() * 700);
      child.kill('SIGKILL');
      await exited;
      const files = (await readdir(dir, { recursive: true })).filter((name) => name.endsWith('.spool'));
      if (files.length > 0) killedWithFiles++;
      t.comment(`killed after minute ${handed}, with ${files.length} files of rows`);
    }
    t.ok(killedWithFiles > 0, 'some died with rows on the disk');
    const minutes = handed + 100;
    child = run(minutes);
    const [code] = await once(child, 'exit');
    t.equal(code, 0);
    t.equal(unwritten, 0);
    await assertExactlyOnce(t, database.pool, minutes);
    t.same(await readdir(dir), [], 'nothing is left on the disk');
  },
);
