import { spawnSync } from 'node:child_process';
import { readdir, rm } from 'node:fs/promises';
import t, { type Test } from 'tap';
import { createPool } from '../../src/store/pool.js';
import { Spool } from '../../src/store/spool/spool.js';
import { StoreWriter } from '../../src/store/writer.js';
import { makeAssets, toDocument } from '../support/candles.js';
import { createTestDatabase } from '../support/database.js';
import { makeTestFolder, silent } from '../support/folder.js';
import { makeModel } from '../support/signals.js';
import { assertExactlyOnce, LOAD_ASSETS, writeMinute } from '../support/store-load.js';
import { openTcpGate } from '../support/tcp-gate.js';
import { until } from '../support/until.js';

const DISK_BYTES = 256 * 1_024;

/** Makes a disk of its own that is soon full; null where this user may not. */
async function makeSmallDisk(t: Test): Promise<string | null> {
  const dir = await makeTestFolder('small-disk');
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', dir]);
  t.teardown(async () => {
    if (mounted.status === 0) spawnSync('umount', [dir]);
    await rm(dir, { recursive: true, force: true });
  });
  return mounted.status === 0 ? dir : null;
}

t.test('a full disk while the database is away: all is there once when it is back', async (t) => {
  const dir = await makeSmallDisk(t);
  if (dir === null) {
    t.pass('no small disk can be mounted here', { skip: 'needs the right to mount' });
    return;
  }
  const database = await createTestDatabase();
  const gate = await openTcpGate(database.url);
  const pool = createPool({ url: gate.url, logger: silent, role: 'cryptopredict_engine' });
  const writer = new StoreWriter({
    ...{ pool, logger: silent, toDocument, maxMemoryClosed: 500, retry: { baseMs: 5, maxMs: 100 } },
    spool: await Spool.open({ dir, logger: silent }),
  });
  t.teardown(async () => {
    await writer.close(100);
    await pool.end();
    await gate.close();
    await database.drop();
  });
  await makeAssets(database.pool, LOAD_ASSETS);
  const model = await makeModel(database.pool);
  let minutes = 0;
  const write = async (count: number): Promise<void> => {
    const end = minutes + count;
    while (minutes < end) {
      writeMinute(writer, model, minutes++);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };
  await write(5);
  await writer.flush();
  gate.shut();
  // Some five times what the disk holds.
  await write(150);
  await until('it is tried again', () => writer.stats.retries > 5);
  const { spool, lanes, closedOverflowed } = writer.stats;
  t.ok((spool?.bytes ?? 0) > DISK_BYTES / 2, 'what has room is on the disk');
  t.ok((spool?.bytes ?? 0) <= DISK_BYTES);
  t.ok((lanes.closed?.queuedBytes ?? 0) > 3_000 * 320, 'the rest is kept in memory');
  t.equal(closedOverflowed, 0);
  t.match(lanes.signals, { overflowed: 0, dropped: 0 });
  t.match(spool, { isFailing: true });

  gate.open();
  await writer.flush();
  await write(20);
  await writer.flush();
  t.match(writer.stats, { closedQueued: 0, spool: { bytes: 0, isFailing: false, tornSegments: 0 } });
  await assertExactlyOnce(t, database.pool, minutes);
  t.equal(await writer.close(), 0);
  t.same(await readdir(dir), []);
});
