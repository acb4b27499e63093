import type { Connection, Pool } from '../pool.js';

/** What a backfill was asked for; the same question finds the row of the run that was broken off. */
export interface BackfillParams {
  /** `<data source>:<symbol>`, sorted. */
  readonly symbols: readonly string[];
  readonly timeframes: readonly string[];
  /** ISO 8601. */
  readonly from: string;
  /** ISO 8601; null: until now. */
  readonly to: string | null;
}

/** How far a series is. */
export interface SeriesProgress {
  /** Everything before it (ISO 8601) has been asked for and is stored. */
  readonly done: string;
  /** Candles written, those that were there already not counted. */
  readonly written: number;
  /** Candles that the exchange does not have. */
  readonly missing: number;
}

/** By `<data source>:<symbol> <timeframe>`. */
export type BackfillProgress = Readonly<Record<string, SeriesProgress>>;

/** Any number that no other program on the same database takes for its own locks. */
const LOCK = 48_710;

/**
 * The row of one backfill in `background_tasks`: what was asked, how far it is, how it ended. Held by an advisory lock
 * on a connection of its own, so that two processes never do the same.
 */
export class BackfillTask {
  private constructor(
    private readonly pool: Pool,
    private readonly holder: Connection,
    private readonly id: number,
    /** How far an earlier run came; empty: there was none. */
    readonly before: BackfillProgress,
  ) {}

  /** Goes on with the newest unfinished run of the same, or begins one. Null: another process is at it. */
  static async begin(pool: Pool, params: BackfillParams): Promise<BackfillTask | null> {
    const holder = await pool.connect();
    try {
      const asked = JSON.stringify(params);
      const { rows: locks } = await holder.query<{ held: boolean }>(
        'SELECT pg_try_advisory_lock($1, hashtext($2)) AS held',
        [LOCK, asked],
      );
      if (locks[0]?.held !== true) {
        holder.release();
        return null;
      }
      const { rows } = await holder.query<{ id: number; series: BackfillProgress | null }>(
        `UPDATE background_tasks SET status = 'running', heartbeat_at = now(), error_message = NULL,
           completed_at = NULL, execution_time_seconds = NULL
         WHERE id = (
           SELECT id FROM background_tasks
           WHERE task_name = 'backfill' AND task_params = $1::jsonb AND status <> 'completed'
           ORDER BY id DESC LIMIT 1
         )
         RETURNING id, result_data -> 'series' AS series`,
        [asked],
      );
      const [found] = rows;
      if (found !== undefined) return new BackfillTask(pool, holder, found.id, found.series ?? {});
      const { rows: made } = await holder.query<{ id: number }>(
        `INSERT INTO background_tasks (task_name, task_type, status, task_params, started_at, heartbeat_at)
         VALUES ('backfill', 'data_sync', 'running', $1, now(), now()) RETURNING id`,
        [asked],
      );
      return new BackfillTask(pool, holder, made[0]?.id ?? 0, {});
    } catch (error) {
      holder.release(true);
      throw error;
    }
  }

  /** Writes down how far it is; a sign of life at the same time. */
  async save(series: BackfillProgress): Promise<void> {
    await this.pool.query(
      'UPDATE background_tasks SET result_data = $2, heartbeat_at = now() WHERE id = $1',
      [this.id, JSON.stringify({ series })],
    );
  }

  /** Writes down the end. @param failure why it is not complete; null: it is */
  async end(series: BackfillProgress, failure: string | null): Promise<void> {
    await this.pool.query(
      `UPDATE background_tasks SET status = $3, result_data = $2, error_message = left($4, 10000),
         heartbeat_at = now(), completed_at = now(),
         execution_time_seconds = extract(epoch FROM now() - started_at)
       WHERE id = $1`,
      [this.id, JSON.stringify({ series }), failure === null ? 'completed' : 'failed', failure],
    );
  }

  /** Lets others do the same backfill. */
  release(): void {
    this.holder.release(true);
  }
}
