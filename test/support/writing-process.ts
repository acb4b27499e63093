/**
 * A process to be killed: writes the load of `store-load.ts` with a spool, as a server does, and tells its parent which
 * minutes it has handed over a turn of the loop before. Arguments: see `WritingProcess`.
 */
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { createPool } from '../../src/store/pool.js';
import { Spool } from '../../src/store/spool/spool.js';
import { StoreWriter } from '../../src/store/writer.js';
import { toDocument } from './candles.js';
import { silent } from './folder.js';
import { newestMinute, writeMinute } from './store-load.js';

/** What it is told to do. */
export interface WritingTask {
  readonly url: string;
  readonly dir: string;
  readonly model: number;
  /** Minutes of the whole load. */
  readonly minutes: number;
  /** Signals of minutes up to this one are in good hands: they are not made again. */
  readonly signalsTo: number;
}

/** What it tells: the newest minute that was handed over, or that all is written. */
export type WritingNews = { readonly handed: number } | { readonly done: true; readonly unwritten: number };

/** An engine that goes on from a checkpoint makes these candles again. */
const MINUTES_AGAIN = 3;
/** Rows that wait at most; the engine would be slower than this, the test is not to be. */
const QUEUED_ROWS = 4_000;

const { url, dir, model, minutes, signalsTo } = JSON.parse(process.argv[2] ?? '{}') as WritingTask;
const tell = (news: WritingNews): void => {
  process.send?.(news, undefined, undefined, () => undefined);
};
const pool = createPool({ url, logger: silent, role: 'cryptopredict_engine' });
const writer = new StoreWriter({
  pool,
  logger: silent,
  toDocument,
  spool: await Spool.open({ dir, logger: silent }),
  formingWriteMs: 20,
  // So few that some always lie on the disk.
  maxMemoryClosed: 1_500,
});
const first = Math.max(0, (await newestMinute(pool)) - MINUTES_AGAIN);
for (let minute = first; minute < minutes; minute++) {
  writeMinute(writer, model, minute, { withSignal: minute > signalsTo });
  await nextTurn();
  tell({ handed: minute });
  while (writer.stats.closedQueued > QUEUED_ROWS) await sleep(1);
}
await writer.flush();
tell({ done: true, unwritten: await writer.close() });
await pool.end();
process.disconnect?.();
