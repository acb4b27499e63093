import { type KeyedRow, Keyset, type Page, type PageRequest } from '../keyset.js';
import type { Queryable } from '../pool.js';

export type TaskType = 'data_sync' | 'model_training' | 'cleanup' | 'maintenance';
export type TaskStatus = 'pending' | 'running' | 'completed' | 'failed';

/** What a run was given, or what it found: an object of JSON. */
export type TaskData = Readonly<Record<string, unknown>>;

/** A run of a task. Times in ms since the epoch, by the database's clock; null: not yet. */
export interface BackgroundTask {
  readonly id: number;
  readonly name: string;
  readonly type: TaskType;
  readonly status: TaskStatus;
  readonly params: TaskData;
  readonly result: TaskData | null;
  /** Why it failed. */
  readonly error: string | null;
  readonly startedAt: number | null;
  /** The last sign of life of who runs it. */
  readonly heartbeatAt: number | null;
  readonly completedAt: number | null;
  readonly executionSeconds: number | null;
  readonly createdAt: number;
}

export interface TaskListRequest extends PageRequest {
  readonly name?: string;
  readonly status?: TaskStatus;
}

/** What decides when a task is due. */
export interface TaskOutlook {
  readonly name: string;
  readonly isRequested: boolean;
  /** Since the end of the last run that succeeded, ms; null: none has. */
  readonly sinceCompletedMs: number | null;
  /** Runs that have failed since then. */
  readonly failures: number;
  /** Since the end of the last of them, ms; null: there is none. */
  readonly sinceFailedMs: number | null;
}

const NEWEST = new Keyset('background tasks', 'DESC', [{ sql: 'id', type: 'integer' }]);

const COLUMNS = `id, task_name AS name, task_type AS type, status, task_params AS params, result_data AS result,
  error_message AS error, started_at AS "startedAt", heartbeat_at AS "heartbeatAt", completed_at AS "completedAt",
  execution_time_seconds::float8 AS "executionSeconds", created_at AS "createdAt"`;

/** How long a run took; a clock that was set back does not make it negative. */
const ENDED = `heartbeat_at = now(), completed_at = now(),
  execution_time_seconds = greatest(0, extract(epoch FROM now() - started_at))`;

const MAX_ERROR = 10_000;

/** Reads and writes `background_tasks`. */
export class BackgroundTaskRepository {
  readonly #database: Queryable;

  constructor(database: Queryable) {
    this.#database = database;
  }

  /**
   * Gives runs, the newest first.
   *
   * @throws RangeError if the limit is out of its range or the cursor not one of this list
   */
  async list(request: TaskListRequest = {}): Promise<Page<BackgroundTask>> {
    const values: unknown[] = [];
    const only = (column: string, value: string | undefined): string => {
      if (value === undefined) return '';
      values.push(value);
      return `${column} = $${values.length} AND`;
    };
    const { rows } = await this.#database.query<BackgroundTask & KeyedRow>(
      `SELECT ${COLUMNS}, ${NEWEST.select} FROM background_tasks
       WHERE ${only('task_name', request.name)} ${only('status', request.status)} ${NEWEST.after(request, values)}
       ${NEWEST.orderAndLimit(request, values)}`,
      values,
    );
    return NEWEST.page(request, rows, ({ page_key: _, ...task }) => task);
  }

  /** Asks for a run; one that waits with the same parameters is enough. Gives its id. */
  async request(name: string, type: TaskType, params: TaskData = {}): Promise<number> {
    const { rows } = await this.#database.query<{ id: number }>(
      `WITH waiting AS (
         SELECT id FROM background_tasks
         WHERE task_name = $1 AND status = 'pending' AND task_params = $3::jsonb ORDER BY id LIMIT 1
       ), made AS (
         INSERT INTO background_tasks (task_name, task_type, task_params)
         SELECT $1, $2::background_task_type, $3::jsonb WHERE NOT EXISTS (SELECT FROM waiting) RETURNING id
       )
       SELECT id FROM waiting UNION ALL SELECT id FROM made`,
      [name, type, JSON.stringify(params)],
    );
    return onlyId(rows);
  }

  /** Gives the outlook of each of the names. */
  async outlook(names: readonly string[]): Promise<readonly TaskOutlook[]> {
    const { rows } = await this.#database.query<TaskOutlook>(
      `SELECT n.name,
         EXISTS (SELECT FROM background_tasks t WHERE t.task_name = n.name AND t.status = 'pending') AS "isRequested",
         extract(epoch FROM now() - completed.at)::float8 * 1000 AS "sinceCompletedMs",
         failed.count AS failures,
         extract(epoch FROM now() - failed.at)::float8 * 1000 AS "sinceFailedMs"
       FROM unnest($1::text[]) AS n (name)
       LEFT JOIN LATERAL (
         SELECT t.id, t.completed_at AS at FROM background_tasks t
         WHERE t.task_name = n.name AND t.status = 'completed' ORDER BY t.id DESC LIMIT 1
       ) completed ON true
       CROSS JOIN LATERAL (
         SELECT count(*) AS count, max(t.completed_at) AS at FROM background_tasks t
         WHERE t.task_name = n.name AND t.status = 'failed' AND t.id > coalesce(completed.id, 0)
       ) failed`,
      [names],
    );
    return rows;
  }

  /** Begins the oldest run that was asked for, or one of its own accord; the caller holds the lock of the task. */
  async begin(name: string, type: TaskType): Promise<{ readonly id: number; readonly params: TaskData }> {
    const { rows } = await this.#database.query<{ id: number; params: TaskData }>(
      `WITH asked AS (
         UPDATE background_tasks SET status = 'running', started_at = now(), heartbeat_at = now()
         WHERE id = (SELECT id FROM background_tasks WHERE task_name = $1 AND status = 'pending' ORDER BY id LIMIT 1)
         RETURNING id, task_params AS params
       ), made AS (
         INSERT INTO background_tasks (task_name, task_type, status, started_at, heartbeat_at)
         SELECT $1, $2::background_task_type, 'running', now(), now() WHERE NOT EXISTS (SELECT FROM asked)
         RETURNING id, task_params AS params
       )
       SELECT * FROM asked UNION ALL SELECT * FROM made`,
      [name, type],
    );
    return { id: onlyId(rows), params: rows[0]?.params ?? {} };
  }

  /** Says that a run goes on. */
  async heartbeat(id: number): Promise<void> {
    await this.#database.query(
      `UPDATE background_tasks SET heartbeat_at = now() WHERE id = $1 AND status = 'running'`,
      [id],
    );
  }

  async complete(id: number, result: TaskData): Promise<void> {
    await this.#database.query(
      `UPDATE background_tasks SET status = 'completed', result_data = $2, ${ENDED}
       WHERE id = $1 AND status = 'running'`,
      [id, JSON.stringify(result)],
    );
  }

  async fail(id: number, reason: string): Promise<void> {
    await this.#database.query(
      `UPDATE background_tasks SET status = 'failed', error_message = $2, ${ENDED}
       WHERE id = $1 AND status = 'running'`,
      [id, reason.slice(0, MAX_ERROR) || 'no reason given'],
    );
  }

  /** Lets a run wait again, for whoever comes next: it was broken off, not refused. */
  async requeue(id: number): Promise<void> {
    await this.#database.query(
      `UPDATE background_tasks SET status = 'pending', started_at = NULL, heartbeat_at = NULL
       WHERE id = $1 AND status = 'running'`,
      [id],
    );
  }

  /** Marks runs as failed whose process is gone, which only who holds the task's lock can know; gives how many. */
  async abandon(name: string): Promise<number> {
    const { rowCount } = await this.#database.query(
      `UPDATE background_tasks SET status = 'failed', error_message = 'the process that ran it is gone', ${ENDED}
       WHERE task_name = $1 AND status = 'running'`,
      [name],
    );
    return rowCount ?? 0;
  }
}

function onlyId(rows: readonly { readonly id: number }[]): number {
  const [row] = rows;
  if (row === undefined) throw new Error('background_tasks gave no row');
  return row.id;
}
