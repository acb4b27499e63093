import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs } from '../backoff.js';
import { messageOf } from '../errors.js';
import type { Logger } from '../logger.js';
import type { StoredEvent } from './outbox.js';
import type { Connection, Pool } from './pool.js';

export interface OutboxRelayOptions {
  /** One connection is taken out of it for as long as we lead. */
  readonly pool: Pool;
  readonly logger: Logger;
  /** Hands an event on. It counts as published when this resolves; if it rejects, its channel waits and tries again. */
  readonly publish: (event: StoredEvent) => Promise<void> | void;
  /** Events of one read. Default 500. */
  readonly batchRows?: number;
  /** Looked this often without being woken, ms. Default 1,000. */
  readonly pollMs?: number;
  /** Tried this often to take the lead, ms. Default 500. */
  readonly electMs?: number;
  /** A publication without an end for so long has failed, ms. Default 10,000. */
  readonly publishTimeoutMs?: number;
  /** First and longest pause between tries, ms. Default 100 and 5,000. */
  readonly retry?: { readonly baseMs: number; readonly maxMs: number };
}

export interface OutboxRelayStats {
  /** Whether this process is the one that publishes. */
  readonly isLeader: boolean;
  /** Events that waited when we last looked, counted to 10,000; null while another process leads. */
  readonly pending: number | null;
  /** Age of the oldest of them, ms, 0 when none waits; null while another process leads. */
  readonly lagMs: number | null;
  /** Events published by this process, one that was published twice counted twice. */
  readonly published: number;
  /** Publications that failed. */
  readonly failed: number;
  /** Why the last thing that failed did; null: all has gone well since. */
  readonly lastError: string | null;
}

/** Any number that no other program on the same database takes for its own lock. */
const LOCK = 4_871_029_367;
/** A connection that says nothing for so long is given up, and the lead with it. */
const QUERY_TIMEOUT_MS = 5_000;
/** So long a stop waits for publications under way. */
const GRACE_MS = 500;
const STOP_MS = 900;
const DEFAULT_RETRY = { baseMs: 100, maxMs: 5_000 };

/** The database lets go of the lock of a host that is gone within some twenty seconds, and of a process at once. */
const LEAD = `SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3;
  LISTEN cryptopredict_outbox`;

const READ = `SELECT id, channel, user_id AS "userId", epoch, "offset", data, created_at AS "createdAt" FROM outbox o
  WHERE published_at IS NULL AND NOT EXISTS (
    SELECT FROM unnest($2::text[], $3::int[]) AS waiting (channel, user_id)
    WHERE waiting.channel = o.channel AND waiting.user_id IS NOT DISTINCT FROM o.user_id)
  ORDER BY id LIMIT $1`;

const MEASURE = `SELECT count(*) AS pending,
    coalesce(extract(epoch FROM clock_timestamp() - min(created_at)) * 1000, 0)::float8 AS "lagMs"
  FROM (SELECT created_at FROM outbox WHERE published_at IS NULL ORDER BY id LIMIT 10000) o`;

interface OutboxRow extends StoredEvent {
  readonly id: number;
}

/** A channel of which an event could not be published. */
interface Blocked {
  readonly channel: string;
  readonly userId: number | null;
  readonly failures: number;
  /** By `performance.now()`. */
  readonly until: number;
}

/**
 * Publishes what is committed to the outbox, in the order of each channel, from one process per database at a time.
 *
 * An event is marked when it has been published, so a crash between the two publishes it again: every event at least
 * once, and of a channel never one before another that has a smaller offset for the first time. Whoever consumes them
 * drops what does not follow the offset that it has seen. A channel whose event is refused waits with it, the others
 * go on.
 *
 * The lead is an advisory lock of a connection, and everything is read and marked over that connection: with the
 * connection both are lost. The same connection listens to the database's notices of new events. That is all that
 * pg-listen would do for us, and two connections could be lost one without the other.
 */
export class OutboxRelay {
  readonly #options: OutboxRelayOptions;
  readonly #retry: { readonly baseMs: number; readonly maxMs: number };
  readonly #blocked = new Map<string, Blocked>();
  readonly #stopping = new AbortController();
  /** Ends the wait for each publication that has not ended. */
  readonly #underWay = new Set<() => void>();
  #isGivenUp = false;
  #running: Promise<void> | null = null;
  #isWoken = false;
  #endWait: () => void = () => undefined;
  #isLeader = false;
  #pending = 0;
  #lagMs = 0;
  #measuredAt = Number.NEGATIVE_INFINITY;
  #published = 0;
  #failed = 0;
  /** Times in a row that the lead could not be had or kept. */
  #failures = 0;
  #lastError: string | null = null;

  constructor(options: OutboxRelayOptions) {
    this.#options = options;
    this.#retry = options.retry ?? DEFAULT_RETRY;
  }

  /** Begins, and goes on until `stop`. Never throws: what fails is logged and tried again. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Says that events may have been committed. O(1). */
  wake(): void {
    this.#isWoken = true;
    this.#endWait();
  }

  /** Publishes nothing more, marks what was published, and gives the lead away; resolves within a second. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#endWait();
    const done = new AbortController();
    const { signal } = done;
    const grace = sleep(GRACE_MS, undefined, { signal }).then(
      () => this.#giveUp(),
      () => undefined,
    );
    const late = sleep(STOP_MS, undefined, { signal }).catch(() => undefined);
    await Promise.race([this.#running, late]);
    done.abort();
    await grace;
  }

  get stats(): OutboxRelayStats {
    return {
      isLeader: this.#isLeader,
      pending: this.#isLeader ? this.#pending : null,
      lagMs: this.#isLeader ? this.#lagMs : null,
      published: this.#published,
      failed: this.#failed,
      lastError: this.#lastError,
    };
  }

  #giveUp(): void {
    this.#isGivenUp = true;
    for (const abandon of this.#underWay) abandon();
  }

  async #run(): Promise<void> {
    const { pool, logger, electMs = 500 } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      let pauseMs = electMs;
      try {
        const connection = await pool.connect();
        await this.#takeLead(connection);
        this.#noteSuccess();
      } catch (error) {
        this.#lastError = messageOf(error);
        if (this.#failures === 0)
          logger.warn({ err: error }, 'events of the outbox are not relayed; trying again');
        pauseMs = backoffMs(this.#failures++, this.#retry);
      }
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }

  #noteSuccess(): void {
    this.#failures = 0;
    this.#lastError = null;
  }

  /** Leads until we stop, or resolves at once if another does. Rejects when the connection is lost. */
  async #takeLead(connection: Connection): Promise<void> {
    let isOther = false;
    try {
      const lock = 'SELECT pg_try_advisory_lock($1) AS leads';
      const { rows } = await ask<{ leads: boolean }>(connection, lock, [LOCK]);
      isOther = rows[0]?.leads === false;
      if (!isOther) await this.#lead(connection);
    } finally {
      this.#isLeader = false;
      // Of a leader everything that it holds and hears ends with the connection.
      connection.release(!isOther);
    }
  }

  async #lead(connection: Connection): Promise<void> {
    const lost = new AbortController();
    connection.once('end', () => {
      lost.abort();
      this.#endWait();
    });
    connection.on('notification', () => this.wake());
    await ask(connection, LEAD);
    this.#isLeader = true;
    this.#options.logger.info('relaying the events of the outbox');
    this.#measuredAt = Number.NEGATIVE_INFINITY;
    while (!this.#stopping.signal.aborted) {
      // Before the read: what is committed while we read wakes us once more.
      this.#isWoken = false;
      const isMore = await this.#relay(connection, lost.signal);
      await this.#measure(connection);
      if (this.#blocked.size === 0) this.#noteSuccess();
      if (!isMore) await this.#wait();
    }
  }

  /** Reads, publishes and marks one batch; true if there may be more at once. */
  async #relay(connection: Connection, lost: AbortSignal): Promise<boolean> {
    const { batchRows = 500 } = this.#options;
    const now = performance.now();
    const waiting = [...this.#blocked.values()].filter(({ until }) => until > now);
    const { rows } = await ask<OutboxRow>(connection, READ, [
      batchRows,
      waiting.map(({ channel }) => channel),
      waiting.map(({ userId }) => userId),
    ]);
    const channels = byChannel(rows);
    if (rows.length < batchRows) this.#forget(channels, now);
    const published: number[] = [];
    await Promise.all(
      [...channels].map(([key, events]) => this.#publishChannel(key, events, published, lost)),
    );
    if (published.length > 0) {
      await ask(connection, 'UPDATE outbox SET published_at = now() WHERE id = ANY ($1)', [published]);
    }
    return rows.length === batchRows;
  }

  /** Publishes the events of one channel one after the other, up to the first that fails. Never rejects. */
  async #publishChannel(
    key: string,
    events: readonly OutboxRow[],
    published: number[],
    lost: AbortSignal,
  ): Promise<void> {
    for (const { id, ...event } of events) {
      if (this.#stopping.signal.aborted || lost.aborted) return;
      try {
        await this.#publishOne(event);
      } catch (error) {
        if (!this.#isGivenUp) this.#block(key, event, error);
        return;
      }
      published.push(id);
      this.#published++;
      this.#blocked.delete(key);
    }
  }

  async #publishOne(event: StoredEvent): Promise<void> {
    const publishing = this.#options.publish(event);
    if (publishing === undefined) return;
    const { publishTimeoutMs = 10_000 } = this.#options;
    let abandon = (): void => undefined;
    const abandoned = new Promise<never>((_, reject) => {
      abandon = () => reject(new Error(`not published within ${publishTimeoutMs} ms`));
    });
    const timer = setTimeout(abandon, publishTimeoutMs);
    this.#underWay.add(abandon);
    try {
      await Promise.race([publishing, abandoned]);
    } finally {
      clearTimeout(timer);
      this.#underWay.delete(abandon);
    }
  }

  #block(key: string, { channel, userId, offset }: StoredEvent, error: unknown): void {
    const failures = (this.#blocked.get(key)?.failures ?? 0) + 1;
    const pauseMs = backoffMs(failures - 1, this.#retry);
    this.#blocked.set(key, { channel, userId, failures, until: performance.now() + pauseMs });
    this.#failed++;
    this.#lastError = `${channel}: ${messageOf(error)}`;
    if (failures === 1) {
      this.#options.logger.warn({ err: error, channel, userId, offset }, 'an event was not published yet');
    }
  }

  /** Drops channels whose turn to be tried has come and that have nothing left: their user may be gone. */
  #forget(channels: ReadonlyMap<string, unknown>, now: number): void {
    for (const [key, { until }] of this.#blocked) {
      if (until <= now && !channels.has(key)) this.#blocked.delete(key);
    }
  }

  /** Looks once a second how much is left. */
  async #measure(connection: Connection): Promise<void> {
    if (performance.now() - this.#measuredAt < 1_000) return;
    const { rows } = await ask<{ pending: number; lagMs: number }>(connection, MEASURE);
    this.#pending = rows[0]?.pending ?? 0;
    this.#lagMs = Math.max(0, rows[0]?.lagMs ?? 0);
    this.#measuredAt = performance.now();
  }

  /** Resolves when we are woken, lose the lead, stop, or it is time to look again. */
  async #wait(): Promise<void> {
    if (this.#isWoken || this.#stopping.signal.aborted) return;
    const { pollMs = 1_000 } = this.#options;
    const retryMs = Math.min(...[...this.#blocked.values()].map(({ until }) => until - performance.now()));
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(1, Math.min(pollMs, retryMs)));
      this.#endWait = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** The events in the order of each channel, by channel and user. */
function byChannel(rows: readonly OutboxRow[]): ReadonlyMap<string, OutboxRow[]> {
  const channels = new Map<string, OutboxRow[]>();
  for (const row of rows) {
    const key = `${row.userId ?? ''} ${row.channel}`;
    const events = channels.get(key);
    if (events === undefined) channels.set(key, [row]);
    else events.push(row);
  }
  return channels;
}

/** A query that must be answered soon: we lead only as long as the connection lives. */
function ask<Row extends object>(connection: Connection, text: string, values: readonly unknown[] = []) {
  // The types do not know that a query may bring its own limit.
  const query = { text, values: [...values], query_timeout: QUERY_TIMEOUT_MS };
  return connection.query<Row>(query);
}
