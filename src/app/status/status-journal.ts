import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StatusEvent, StatusMap } from '../../api/system-status.js';
import { backoffMs } from '../../backoff.js';
import type { Logger } from '../../logger.js';
import { appendEvents } from '../../store/outbox.js';
import { type Connection, type Pool, transaction } from '../../store/pool.js';
import { insertHealthChecks } from '../../store/repositories/system-health.js';
import { healthCheck } from './health-check.js';

/** The outbox channel of the events. */
export const STATUS_CHANNEL = 'system-status';

/** Events and rows that are kept while the database is away; the oldest go first. */
const MAX_EVENTS = 5_000;
const MAX_CHECKS = 1_440;
const BATCH = 500;
const RETRY = { baseMs: 500, maxMs: 10_000 };

type WithoutId<E> = E extends unknown ? Omit<E, 'id'> : never;
/** An event that has no name yet. */
export type NewStatusEvent = WithoutId<StatusEvent>;

export interface StatusJournalOptions {
  /** Of the engine's role. */
  readonly pool: Pool;
  readonly logger: Logger;
  /** Our clock, ms since the epoch. */
  readonly now: () => number;
  /** First and longest pause between tries, ms. Default 500 and 10,000. */
  readonly retry?: { readonly baseMs: number; readonly maxMs: number };
}

/** What waits, and what became of the rest. */
export interface JournalStats {
  readonly waiting: number;
  readonly written: number;
  /** Events given up because too many waited. */
  readonly lost: number;
  readonly retries: number;
}

/**
 * Writes events of `system-status` into the outbox and checks into `system_health`, in order. While the database is away
 * they wait in memory and go out with their own times afterwards. A transaction of which it is not known whether it was
 * committed is looked for by the events' ids before it is tried again: none is told twice.
 */
export class StatusJournal {
  readonly #options: StatusJournalOptions;
  readonly #run = randomBytes(6).toString('hex');
  readonly #stopping = new AbortController();
  #events: StatusEvent[] = [];
  #checks: StatusMap[] = [];
  #count = 0;
  #unsaid = 0;
  #lost = 0;
  #written = 0;
  #retries = 0;
  #running: Promise<void> | null = null;

  constructor(options: StatusJournalOptions) {
    this.#options = options;
  }

  get stats(): JournalStats {
    return {
      waiting: this.#events.length + this.#checks.length,
      written: this.#written,
      lost: this.#lost,
      retries: this.#retries,
    };
  }

  /** Takes events, and how the server stands, to be written soon. O(1), never throws. */
  add(events: readonly NewStatusEvent[], check: StatusMap | null): void {
    for (const event of events) this.#events.push(this.#named(event));
    if (check !== null) this.#checks.push(check);
    const surplus = this.#events.length - MAX_EVENTS;
    if (surplus > 0) {
      this.#events.splice(0, surplus);
      this.#unsaid += surplus;
      this.#lost += surplus;
    }
    if (this.#checks.length > MAX_CHECKS) this.#checks.splice(0, this.#checks.length - MAX_CHECKS);
    if (this.#stopping.signal.aborted) return;
    this.#running ??= this.#drain().finally(() => {
      this.#running = null;
    });
  }

  /** Tries once more to write what waits, and ends. What is left is not written. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    const left = this.stats.waiting;
    if (left > 0) this.#options.logger.warn({ left }, 'events of system-status are not written');
  }

  async #drain(): Promise<void> {
    // What comes in one turn of the loop is one transaction.
    await Promise.resolve();
    let failures = 0;
    while (this.#events.length + this.#checks.length > 0) {
      if (this.#unsaid > 0) {
        const time = this.#options.now();
        this.#events.unshift(this.#named({ event: 'lost', count: this.#unsaid, time }));
        this.#unsaid = 0;
      }
      const events = this.#events.slice(0, BATCH);
      const checks = this.#checks.slice(0, BATCH);
      try {
        await transaction(this.#options.pool, (connection) =>
          write(connection, events, checks, failures > 0),
        );
        const done = new Set<unknown>([...events, ...checks]);
        this.#events = this.#events.filter((event) => !done.has(event));
        this.#checks = this.#checks.filter((check) => !done.has(check));
        this.#written += events.length;
        failures = 0;
      } catch (error) {
        if (failures === 0) {
          this.#options.logger.warn({ err: error }, 'events of system-status wait: the database takes none');
        }
        if (this.#stopping.signal.aborted) return;
        this.#retries += 1;
        const pause = backoffMs(failures, this.#options.retry ?? RETRY);
        failures += 1;
        await sleep(pause, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
      }
    }
  }

  #named(event: NewStatusEvent): StatusEvent {
    this.#count += 1;
    return { id: `${this.#run}-${this.#count}`, ...event };
  }
}

/** Writes what is not there yet. @param mayBeThere whether an earlier try may have been committed after all */
async function write(
  connection: Connection,
  events: readonly StatusEvent[],
  checks: readonly StatusMap[],
  mayBeThere: boolean,
): Promise<void> {
  const known = mayBeThere ? await written(connection, events, checks) : { ids: new Set(), times: new Set() };
  await insertHealthChecks(connection, checks.filter(({ time }) => !known.times.has(time)).map(healthCheck));
  await appendEvents(
    connection,
    events
      .filter(({ id }) => !known.ids.has(id))
      .map((data) => ({ channel: STATUS_CHANNEL, userId: null, data })),
  );
}

async function written(
  connection: Connection,
  events: readonly StatusEvent[],
  checks: readonly StatusMap[],
): Promise<{ readonly ids: ReadonlySet<unknown>; readonly times: ReadonlySet<unknown> }> {
  const found = await connection.query<{ id: string }>(
    `SELECT data->>'id' AS id FROM outbox
     WHERE channel = $1 AND user_id IS NULL AND data->>'id' = ANY($2::text[])`,
    [STATUS_CHANNEL, events.map(({ id }) => id)],
  );
  const times = await connection.query<{ time: number }>(
    `SELECT check_time AS time FROM system_health
     WHERE check_time = ANY(SELECT to_timestamp(ms / 1000) FROM unnest($1::float8[]) AS t (ms))`,
    [checks.map(({ time }) => time)],
  );
  return {
    ids: new Set(found.rows.map(({ id }) => id)),
    times: new Set(times.rows.map(({ time }) => time)),
  };
}
