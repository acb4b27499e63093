import { bucketStart, bucketsBefore, DAY_MS, HOUR_MS, MINUTE_MS } from '../timeframe.js';
import { pruneOutbox } from './outbox.js';
import { analyzeMonths, archiveMonths, ensurePartitionsAhead } from './partitions.js';
import type { Pool } from './pool.js';
import type { TaskData, TaskType } from './repositories/background-tasks.js';
import { duePeriods, writeUseFigures } from './repositories/use-figures.js';
import { deleteOldRows, type HousekeepingSettings } from './retention.js';

/** What a run is given. */
export interface TaskRun {
  readonly pool: Pool;
  /** Aborts when the server stops: the run ends at the next step, and may reject. */
  readonly signal: AbortSignal;
  readonly params: TaskData;
  readonly settings: HousekeepingSettings;
  /** Our clock, ms since the epoch. */
  readonly now: number;
}

/** Work that is done again and again, by one process at a time; broken off at any moment, it goes on the next time. */
export interface HousekeepingTask {
  readonly name: string;
  readonly type: TaskType;
  /** From the end of a run to the next one, ms; null: only when it is asked for. */
  readonly everyMs: number | null;
  /** Does it and gives what was done. */
  run(run: TaskRun): Promise<TaskData>;
}

/** Gives a time of the parameters, ms. */
function timeOf(params: TaskData, name: string): number {
  const time = Date.parse(String(params[name]));
  if (Number.isNaN(time)) throw new RangeError(`${name}: ${JSON.stringify(params[name])} is no time`);
  return time;
}

/** Logs that are kept for good. */
const MOST_DAYS = 36_500;

/** All that keeps the database in order. */
export const HOUSEKEEPING_TASKS: readonly HousekeepingTask[] = [
  {
    name: 'price_partitions',
    type: 'maintenance',
    everyMs: 6 * HOUR_MS,
    run: async ({ pool, signal, now }) => ({ made: await ensurePartitionsAhead(pool, now, 2, { signal }) }),
  },
  {
    name: 'price_archive',
    type: 'maintenance',
    everyMs: DAY_MS,
    async run({ pool, signal, settings, now }) {
      const { archiveAfterMonths: months } = settings;
      if (months === 0) return { months: [], late: 0 };
      return {
        ...(await archiveMonths(pool, bucketsBefore('1M', bucketStart('1M', now), months), { signal })),
      };
    },
  },
  {
    name: 'log_retention',
    type: 'cleanup',
    everyMs: HOUR_MS,
    run: async ({ pool, signal, settings }) => ({ deleted: await deleteOldRows(pool, settings, { signal }) }),
  },
  {
    name: 'outbox_prune',
    type: 'cleanup',
    everyMs: 30 * MINUTE_MS,
    run: async ({ pool, signal }) => ({ deleted: await pruneOutbox(pool, { signal }) }),
  },
  {
    name: 'use_figures',
    type: 'maintenance',
    everyMs: 10 * MINUTE_MS,
    async run({ pool, signal, settings: { keepDays }, now }) {
      const days = Math.min(keepDays.api_request_logs ?? MOST_DAYS, keepDays.user_activities ?? MOST_DAYS);
      let [periods, figures] = [0, 0];
      for (const period of await duePeriods(pool, now, days * DAY_MS)) {
        if (signal.aborted) break;
        figures += await writeUseFigures(pool, period);
        periods += 1;
      }
      return { periods, figures };
    },
  },
  {
    // Parameters `from` and `to`, ISO 8601: the candles that were loaded.
    name: 'price_analyze',
    type: 'maintenance',
    everyMs: null,
    async run({ pool, signal, params }) {
      await analyzeMonths(pool, timeOf(params, 'from'), timeOf(params, 'to'), { signal });
      return {};
    },
  },
];
