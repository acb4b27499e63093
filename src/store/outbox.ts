import { setTimeout as sleep } from 'node:timers/promises';
import type { Queryable } from './pool.js';

/**
 * Lossless events: written with the row that they tell of, read again from a position.
 *
 * - An event is there if and only if the transaction that wrote its row is committed.
 * - Offsets of a channel begin at 1 and have no hole; what is rolled back takes none. A channel with a user is that
 *   user's own and counts for itself.
 * - Who has read a channel up to an offset has seen every event up to it: a smaller offset never commits later. For
 *   that appending to a channel holds its lock until the end of the transaction.
 * - Offsets of different epochs have nothing to do with each other. The epoch changes when `renew_outbox_epochs()` is
 *   called, as it must be on a database that is restored from a backup.
 * - The relay (`outbox-relay.ts`) publishes every event at least once, in the order of its channel.
 */
export interface OutboxEvent {
  /** 1–200 characters without white space. */
  readonly channel: string;
  /** Whose channel it is; null: everybody's. */
  readonly userId: number | null;
  /** What JSON can hold, without the character U+0000. */
  readonly data: unknown;
}

/** A place in a channel. Offset 0: before its first event. */
export interface Position {
  readonly epoch: string;
  readonly offset: number;
}

/** Where an event was put. */
export interface AppendedEvent extends Position {
  readonly channel: string;
}

/** An event as it is published and recovered. */
export interface StoredEvent extends Position {
  readonly channel: string;
  readonly userId: number | null;
  readonly data: unknown;
  /** When its transaction began, by the database's clock, ms. */
  readonly createdAt: number;
}

/**
 * What was missed, all or nothing. `epoch`: offsets have begun anew, or nothing is known of the channel; `ahead`: the
 * position lies behind the newest event; `pruned`: some of it is no longer kept; `too_many`: more than the limit. Of the
 * last two `kept` is the offset behind which all could be had now.
 */
export type Recovery =
  | { readonly recovered: true; readonly events: readonly StoredEvent[] }
  | { readonly recovered: false; readonly reason: 'epoch' | 'ahead' }
  | { readonly recovered: false; readonly reason: 'pruned' | 'too_many'; readonly kept: number };

/** Channels are locked in the order of their names, whatever the order of the events is. */
const APPEND = `WITH event AS MATERIALIZED (
    SELECT * FROM unnest($1::text[], $2::int[], $3::jsonb[]) WITH ORDINALITY AS e (channel, user_id, data, n)
  ), channel AS (
    INSERT INTO outbox_channels AS c (channel, user_id, last_offset)
    SELECT channel, user_id, count(*) FROM event GROUP BY channel, user_id
    ORDER BY channel COLLATE "C", user_id NULLS FIRST
    ON CONFLICT (user_id, channel) DO UPDATE SET last_offset = c.last_offset + excluded.last_offset
    RETURNING channel, user_id, epoch, last_offset
  ), placed AS (
    SELECT e.n, e.channel, e.user_id, e.data, c.epoch, c.last_offset + 1
      - row_number() OVER (PARTITION BY e.channel, e.user_id ORDER BY e.n DESC) AS "offset"
    FROM event e JOIN channel c ON c.channel = e.channel AND c.user_id IS NOT DISTINCT FROM e.user_id
  ), stored AS (
    INSERT INTO outbox (channel, user_id, epoch, "offset", data)
    SELECT channel, user_id, epoch, "offset", data FROM placed ORDER BY n
  )
  SELECT channel, epoch, "offset" FROM placed ORDER BY n`;

/**
 * Appends events in the caller's transaction and gives their places, in their order; one statement for any number.
 * Whoever appends to the same channels waits until the transaction ends, so append last, and once: two transactions
 * that append twice may lock each other out (40P01).
 *
 * @param connection in a transaction; on a pool the events would be committed alone
 * @throws what the database throws; the transaction is to be rolled back then
 */
export async function appendEvents(
  connection: Queryable,
  events: readonly OutboxEvent[],
): Promise<readonly AppendedEvent[]> {
  if (events.length === 0) return [];
  const { rows } = await connection.query<AppendedEvent>(APPEND, [
    events.map(({ channel }) => channel),
    events.map(({ userId }) => userId),
    events.map(({ data }) => JSON.stringify(data)),
  ]);
  return rows;
}

/** NULL is nobody's equal, and no index answers IS NOT DISTINCT FROM. */
function isUser(column: string, userId: number | null): string {
  return userId === null ? `${column} IS NULL` : `${column} = $2`;
}

/**
 * Gives the place of the newest event of a channel; a channel that nothing was written to yet gets its epoch now, which
 * the engine's role may do for any channel. Whose channel it is, and who may ask, the caller has checked.
 */
export async function position(
  database: Queryable,
  channel: string,
  userId: number | null,
): Promise<Position> {
  const found = await findPosition(database, channel, userId);
  if (found !== null) return found;
  await database.query(
    'INSERT INTO outbox_channels (channel, user_id) VALUES ($1, $2) ON CONFLICT (user_id, channel) DO NOTHING',
    [channel, userId],
  );
  const made = await findPosition(database, channel, userId);
  if (made === null) throw new Error(`channel ${channel} has no position in the outbox`);
  return made;
}

/** Gives the place of the newest event of a channel; null: nothing was written to it, and nobody has asked `position`. */
export async function findPosition(
  database: Queryable,
  channel: string,
  userId: number | null,
): Promise<Position | null> {
  const { rows } = await database.query<Position>(
    `SELECT epoch, last_offset AS "offset" FROM outbox_channels WHERE channel = $1 AND ${isUser('user_id', userId)}`,
    userId === null ? [channel] : [channel, userId],
  );
  return rows[0] ?? null;
}

/** A channel, and up to where it has been told. */
export interface ChannelPlace extends Position {
  readonly channel: string;
  readonly userId: number | null;
}

/**
 * Gives the places of the newest events of channels, whoever's they are, by one query; those that nothing is known of are
 * left out. @param database of the gateway's role
 */
export async function findPositions(
  database: Queryable,
  channels: readonly { readonly channel: string; readonly userId: number | null }[],
): Promise<readonly ChannelPlace[]> {
  const { rows } = await database.query<ChannelPlace>(
    `SELECT channel, user_id AS "userId", epoch, last_offset AS "offset" FROM outbox_places($1, $2)`,
    [channels.map(({ channel }) => channel), channels.map(({ userId }) => userId)],
  );
  return rows;
}

/** Gives channels that are everybody's their places, as far as they have none yet. @param database of the engine's role */
export async function ensureChannels(database: Queryable, channels: readonly string[]): Promise<void> {
  await database.query(
    `INSERT INTO outbox_channels (channel) SELECT DISTINCT unnest($1::text[]) AS channel ORDER BY channel
     ON CONFLICT (user_id, channel) DO NOTHING`,
    [channels],
  );
}

interface RecoveryRow {
  readonly epoch: string;
  readonly last_offset: number;
  readonly offset: number | null;
  readonly data: unknown;
  readonly created_at: number;
}

/**
 * Gives what was written to a channel behind a position, if that is at most `limit` events and all are kept: at least
 * those of the last 24 hours. Events that are committed and not published yet are among them, and come again.
 */
export async function recover(
  database: Queryable,
  channel: string,
  userId: number | null,
  from: Position,
  limit: number,
): Promise<Recovery> {
  // One statement, so that the channel's end and its events are of one moment.
  const { rows } = await database.query<RecoveryRow>(
    `SELECT c.epoch, c.last_offset, o."offset", o.data, o.created_at
     FROM outbox_channels c LEFT JOIN LATERAL (
       SELECT "offset", data, created_at FROM outbox
       WHERE channel = $1 AND ${isUser('user_id', userId)} AND epoch = $3 AND "offset" > $4::bigint
         AND c.epoch = $3 AND c.last_offset - $4::bigint BETWEEN 1 AND $5::bigint
       ORDER BY "offset" LIMIT $5
     ) o ON true
     WHERE c.channel = $1 AND ${isUser('c.user_id', userId)} AND $2::int IS NOT DISTINCT FROM c.user_id
     ORDER BY o."offset"`,
    [channel, userId, from.epoch, from.offset, limit],
  );
  const [first] = rows;
  if (first === undefined || first.epoch !== from.epoch) return { recovered: false, reason: 'epoch' };
  const missed = first.last_offset - from.offset;
  if (missed < 0) return { recovered: false, reason: 'ahead' };
  if (missed > limit) return { recovered: false, reason: 'too_many', kept: first.last_offset - limit };
  const events = rows.flatMap(({ epoch, offset, data, created_at: createdAt }): StoredEvent[] =>
    offset === null ? [] : [{ channel, userId, epoch, offset, data, createdAt }],
  );
  // Offsets have no hole, so what is short has lost its beginning.
  if (events.length < missed) {
    return { recovered: false, reason: 'pruned', kept: first.last_offset - events.length };
  }
  return { recovered: true, events };
}

export interface PruneOptions {
  /** Events published longer ago go. Default 24 hours, ms. */
  readonly keepMs?: number;
  /** Rows of one statement. Default 5,000. */
  readonly chunkRows?: number;
  /** Ends it between two statements. */
  readonly signal?: AbortSignal;
}

const KEEP_MS = 24 * 3_600_000;

/** Deletes published events that need not be recovered any more, and gives how many. */
export async function pruneOutbox(database: Queryable, options: PruneOptions = {}): Promise<number> {
  const { keepMs = KEEP_MS, chunkRows = 5_000, signal } = options;
  let deleted = 0;
  for (;;) {
    const { rowCount } = await database.query(
      `DELETE FROM outbox WHERE id IN (
         SELECT id FROM outbox WHERE published_at < now() - $1::float8 * interval '1 ms' ORDER BY published_at, id LIMIT $2
       )`,
      [keepMs, chunkRows],
    );
    deleted += rowCount ?? 0;
    if ((rowCount ?? 0) < chunkRows || signal?.aborted === true) return deleted;
    // Others come to their turn between two chunks.
    await sleep(10);
  }
}
