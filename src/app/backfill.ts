import type { Config } from '../config.js';
import { messageOf, OperatorError } from '../errors.js';
import { fromIndicatorDocument, toIndicatorDocument } from '../indicator-document.js';
import type { Logger } from '../logger.js';
import { migrate } from '../store/migrate.js';
import { monthsBetween } from '../store/partitions.js';
import { patient } from '../store/patient-query.js';
import type { Pool } from '../store/pool.js';
import { AssetRepository } from '../store/repositories/assets.js';
import {
  type BackfillParams,
  type BackfillProgress,
  BackfillTask,
} from '../store/repositories/backfill-tasks.js';
import { CandleRepository } from '../store/repositories/candles.js';
import { bucketEnd, bucketStart, TIMEFRAMES, type Timeframe } from '../timeframe.js';
import { type BackfillSeries, backfillSeries, countBuckets } from './backfill-series.js';
import { openPool } from './database.js';
import { connectFeeds } from './feeds.js';
import { createReadingProgress } from './progress.js';
import { openBesideServer } from './running-database.js';
import { Stopper } from './stopper.js';
import { type Assignment, assignSymbols } from './symbols.js';

/** Series that are fetched at the same time: the exchange's limits do the rest. */
const CONCURRENCY = 4;
/** A connection for each of them, one that holds the task, one that tells how far it is. */
const POOL_SIZE = CONCURRENCY + 2;
/** How often the row that a later run goes on from is written. */
const SAVE_MS = 1_000;
/** So much the exchange's time may have been guessed wrong. */
const CLOCK_MS = 1_000;

/**
 * Fetches history of an exchange into the database, with a progress bar. A run that was broken off, by whatever, goes
 * on where it stood when the same is asked again. A server on the same database is not disturbed: the same rules say
 * which of two rows prevails. Gives the summary for the terminal.
 *
 * @throws OperatorError for a wrong option, and if some series are not complete
 */
export async function backfill(config: Config, logger: Logger, signal: AbortSignal): Promise<string> {
  const asked = required(config);
  const stopper = new Stopper(logger);
  // A signal breaks a start off; later it ends the requests only, so that what was fetched is written down.
  let onAbort = (): unknown => stopper.stop();
  const abort = (): void => void onAbort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    const opening = openBesideServer(config, logger, stopper);
    const connecting = connectFeeds(config, logger, stopper);
    // Both to their end, also if one fails: what is half open cannot be stopped in order.
    await Promise.allSettled([opening, connecting]);
    const [{ pool: owner, url, place }, { feeds }] = await Promise.all([opening, connecting]);
    signal.throwIfAborted();
    onAbort = () => Promise.all(feeds.map((feed) => feed.close()));
    await migrate(owner, { onApplied: (name) => logger.info({ migration: name }, 'migrated') });
    const pool = await openPool({ url, role: 'cryptopredict_engine', size: POOL_SIZE, logger }, stopper);
    const assignments = assignSymbols(feeds, config.symbols);
    const reached = Math.min(...feeds.map((feed) => feed.now())) - config.closeGraceMs - CLOCK_MS;
    for (const [flag, time] of Object.entries({ '--from': asked.from, '--to': asked.to ?? 0 })) {
      if (time >= reached)
        throw new OperatorError(`${flag} ${new Date(time).toISOString()} lies in the future`);
    }
    const series = await toSeries(pool, assignments, asked, reached);
    const task = await BackfillTask.begin(pool, toParams(assignments, asked));
    if (task === null) throw new OperatorError('another process is doing this very backfill');
    return await run(pool, task, series, { place, logger, signal });
  } finally {
    signal.removeEventListener('abort', abort);
    await stopper.stop();
  }
}

interface Asked {
  readonly from: number;
  /** Null: until now. */
  readonly to: number | null;
  readonly timeframes: readonly Timeframe[];
}

function required({ symbols, from, to, timeframes }: Config): Asked {
  const missing = Object.entries({ '--symbols': symbols, '--from': from })
    .filter(([, value]) => value === undefined)
    .map(([flag]) => flag);
  if (from === undefined || symbols === undefined) {
    throw new OperatorError(
      `${missing.join(', ')} must be given; see cryptopredict backfill --help for what is allowed`,
    );
  }
  if (to !== undefined && from >= to) {
    throw new OperatorError(
      `--from ${new Date(from).toISOString()} is not before --to ${new Date(to).toISOString()}`,
    );
  }
  return { from, to: to ?? null, timeframes: timeframes ?? TIMEFRAMES };
}

function nameOf({ feed, market }: Assignment): string {
  return `${feed.dataSource}:${market.symbol}`;
}

function toParams(assignments: readonly Assignment[], { from, to, timeframes }: Asked): BackfillParams {
  return {
    symbols: assignments.map(nameOf).sort(),
    timeframes: TIMEFRAMES.filter((timeframe) => timeframes.includes(timeframe)),
    from: new Date(from).toISOString(),
    to: to === null ? null : new Date(to).toISOString(),
  };
}

/** Gives the series, each with bounds of whole candles that the exchange has finished. */
async function toSeries(
  pool: Pool,
  assignments: readonly Assignment[],
  { from, to, timeframes }: Asked,
  reached: number,
): Promise<readonly BackfillSeries[]> {
  const records = await new AssetRepository(pool).register(
    assignments.map(({ feed, market: { symbol, base, quote } }) => ({
      symbol,
      base,
      quote,
      dataSource: feed.dataSource,
    })),
  );
  return assignments.flatMap((assignment, index) => {
    const firstDay = once(async () => {
      const { feed, market } = assignment;
      const days = await feed.history(market.symbol, '1d', bucketStart('1d', from), to ?? reached);
      return days[0]?.time ?? null;
    });
    return timeframes.map((timeframe): BackfillSeries => {
      const first = bucketStart(timeframe, from);
      const begin = first < from ? bucketEnd(timeframe, first) : first;
      const end = Math.max(begin, bucketStart(timeframe, Math.min(to ?? reached, reached)));
      return {
        name: `${nameOf(assignment)} ${timeframe}`,
        market: assignment.market,
        feed: assignment.feed,
        assetId: records[index]?.id ?? 0,
        timeframe,
        firstDay,
        from: begin,
        to: end,
        ...{ done: begin, written: 0, missing: 0 },
      };
    });
  });
}

/** Asks once; after a failure anew. */
function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | null = null;
  return () => {
    answer ??= ask().catch((error: unknown) => {
      answer = null;
      throw error;
    });
    return answer;
  };
}

async function run(
  pool: Pool,
  task: BackfillTask,
  all: readonly BackfillSeries[],
  how: { readonly place: string; readonly logger: Logger; readonly signal: AbortSignal },
): Promise<string> {
  const { logger, signal } = how;
  const candles = new CandleRepository(pool, {
    toDocument: toIndicatorDocument,
    fromDocument: fromIndicatorDocument,
  });
  resume(all, task.before);
  const state = (): BackfillProgress =>
    Object.fromEntries(
      all.map(({ name, done, written, missing }) => [
        name,
        { done: new Date(done).toISOString(), written, missing },
      ]),
    );
  const total = all.reduce((sum, { timeframe, done, to }) => sum + countBuckets(timeframe, done, to), 0);
  const progress = createReadingProgress('backfill', total, logger);
  let taken = 0;
  let savedAt = performance.now();
  let saving: Promise<void> = Promise.resolve();
  const onStep = (series: BackfillSeries, count: number): void => {
    taken += count;
    progress.update(taken, taken, `${series.name} ${new Date(series.done).toISOString().slice(0, 10)}`);
    if (performance.now() - savedAt < SAVE_MS) return;
    savedAt = performance.now();
    const row = state();
    // A place that is not written down costs the next run a look at what it finds stored.
    saving = saving
      .then(() => task.save(row))
      .catch((err: unknown) => logger.warn({ err }, 'how far the backfill is was not saved'));
  };
  const failures = new Map<string, string>();
  const queue = all.filter((series) => series.done < series.to);
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined && !signal.aborted; next = queue.shift()) {
      try {
        await backfillSeries(next, { candles, logger, signal, now: Date.now, onStep });
      } catch (error) {
        if (signal.aborted) return;
        failures.set(next.name, messageOf(error));
        logger.error({ series: next.name, err: error }, 'history cannot be had: the series is not complete');
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
    await saving;
    if (signal.aborted) {
      await task.end(state(), 'stopped by a signal: the same command goes on from here');
      logger.info('stopped; the same command goes on from here');
      signal.throwIfAborted();
    }
    const failure =
      failures.size === 0
        ? null
        : [...failures]
            .map(([name, reason]) => `${name}: ${reason}`)
            .join('\n')
            .slice(0, 5_000);
    await task.end(state(), failure);
    if (failure !== null) {
      throw new OperatorError(`not complete, the same command goes on from here:\n${failure}`);
    }
    await analyze(pool, all);
  } finally {
    progress.done();
    task.release();
  }
  return summary(all, how.place);
}

/** Tells the planner of the months that have grown. */
async function analyze(pool: Pool, all: readonly BackfillSeries[]): Promise<void> {
  const grown = all.filter(({ written }) => written > 0);
  if (grown.length === 0) return;
  const from = Math.min(...grown.map((series) => series.from));
  const to = Math.max(...grown.map((series) => series.to));
  for (const month of monthsBetween(from, to)) {
    await pool.query(patient('SELECT analyze_price_data(to_timestamp($1::float8 / 1000))', [month]));
  }
}

/** Lets each series go on from where an earlier run of the same has left it. */
function resume(all: readonly BackfillSeries[], before: BackfillProgress): void {
  for (const series of all) {
    const found = before[series.name];
    if (found === undefined) continue;
    const done = Date.parse(found.done);
    if (!(done > series.done)) continue;
    Object.assign(series, { done, written: found.written, missing: found.missing });
  }
}

function summary(all: readonly BackfillSeries[], place: string): string {
  const lines = all.map(({ name, from, to, written, missing }) => {
    const range = `${new Date(from).toISOString()} to ${new Date(to).toISOString()}`;
    const holes = missing === 0 ? '' : `, ${missing} that the exchange does not have`;
    return `${name}: ${range}, ${written} candles written${holes}\n`;
  });
  return `${lines.join('')}Database (${place}): complete.\n`;
}
