import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readdir, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import type { AnalysesNews, AnalysesTask } from '../support/analyses-process.js';
import { makeDataDir } from '../support/analyses-site.js';
import { createTestDatabase } from '../support/database.js';
import { assertSignalsTold } from '../support/told-signals.js';

const KILLS = 3;
const MINUTE = 60_000;
const BOUNDARY = Date.UTC(2024, 6, 1);
const BEGIN = BOUNDARY - 8 * 60 * MINUTE;
/** The market goes on for so long while nobody looks. */
const DOWN_MS = 3 * MINUTE;
/** How long the last process plays. */
const REST_MS = 60 * MINUTE;

t.test('the layers killed under load: each signal is there once, and told of once', async (t) => {
  t.setTimeout(120_000);
  const database = await createTestDatabase();
  const dataDir = await makeDataDir();
  let child: ChildProcess | undefined;
  t.teardown(async () => {
    child?.kill('SIGKILL');
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  });
  const { pool, url } = database;
  await pool.query(
    `UPDATE system_config SET value = value || '{"signal_confidence_min": 0.1}' WHERE key = 'ai_thresholds'`,
  );
  let at = BEGIN;
  let isDone = false;
  const handed = new Set<string>();
  const start = (to: number): ChildProcess => {
    const task: AnalysesTask = { url, dataDir, from: at, to };
    const path = fileURLToPath(new URL('../support/analyses-process.js', import.meta.url));
    const started = fork(path, [JSON.stringify(task)], {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    started.on('message', (news: AnalysesNews) => {
      if ('done' in news) {
        isDone = news.refused === 0;
        return;
      }
      at = news.at;
      for (const key of news.signals) handed.add(key);
    });
    return started;
  };
  for (let kill = 0; kill < KILLS; kill++) {
    const begun = at;
    child = start(Number.MAX_SAFE_INTEGER);
    const exited = once(child, 'exit');
    for (let news = 15 + Math.random() * 25; news > 0; news--) await once(child, 'message');
    await sleep(Math.random() * 100);
    child.kill('SIGKILL');
    await exited;
    const files = (await readdir(dataDir, { recursive: true })).filter((name) => name.endsWith('.spool'));
    t.comment(`killed after ${(at - begun) / MINUTE} minutes, with ${files.length} files of rows`);
    at += DOWN_MS;
  }
  child = start(at + REST_MS);
  await once(child, 'exit');
  t.ok(isDone, 'the last one ends in order');

  t.ok((await assertSignalsTold(t, pool)) > 4, 'there are some');
  const { rows } = await pool.query<{ key: string }>(
    `SELECT concat_ws(' ', asset_id, timeframe, (extract(epoch FROM candle_time) * 1000)::bigint, signal_type) AS key
     FROM ai_trading_signals`,
  );
  const stored = new Set(rows.map(({ key }) => key));
  t.strictSame(
    [...handed].filter((key) => !stored.has(key)),
    [],
    `${handed.size} signals were handed over: none is lost`,
  );
  const { rows: doubled } = await pool.query(
    `SELECT asset_id, timeframe, signal_type FROM ai_trading_signals WHERE status = 'active'
     GROUP BY 1, 2, 3 HAVING count(*) > 1`,
  );
  t.strictSame(doubled, [], 'of one kind one is live at most');
});
