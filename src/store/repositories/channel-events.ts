import {
  type ChannelPlace,
  findPosition,
  findPositions,
  type Position,
  position,
  type Recovery,
  recover,
} from '../outbox.js';
import type { Queryable } from '../pool.js';

/** A channel of events: its name, and whose own it is; null: everybody's. */
export interface EventChannelKey {
  readonly name: string;
  readonly userId: number | null;
}

/** Gives up to where a channel has been told; null: nothing is known of it yet. */
export function readPlace(database: Queryable, { name, userId }: EventChannelKey): Promise<Position | null> {
  return findPosition(database, name, userId);
}

/** Gives up to where channels have been told, also those of others than who asks, as far as anything is known of them. */
export function readPlaces(
  database: Queryable,
  channels: readonly EventChannelKey[],
): Promise<readonly ChannelPlace[]> {
  return findPositions(
    database,
    channels.map(({ name, userId }) => ({ channel: name, userId })),
  );
}

/** Gives up to where a channel has been told; one that nothing is known of begins now. */
export function ensurePlace(database: Queryable, { name, userId }: EventChannelKey): Promise<Position> {
  return position(database, name, userId);
}

/** Gives what was told on a channel behind a position, all or nothing; at most `limit` events. */
export function readMissed(
  database: Queryable,
  { name, userId }: EventChannelKey,
  from: Position,
  limit: number,
): Promise<Recovery> {
  return recover(database, name, userId, from, limit);
}

/** Gives what was told on a user's channel in the last 24 hours, the newest first. */
export async function readLately(
  database: Queryable,
  name: string,
  userId: number,
  limit: number,
): Promise<readonly unknown[]> {
  const { rows } = await database.query<{ data: unknown }>(
    `SELECT data FROM outbox WHERE channel = $1 AND user_id = $2 AND created_at > now() - interval '24 hours'
     ORDER BY "offset" DESC LIMIT $3`,
    [name, userId, limit],
  );
  return rows.map(({ data }) => data);
}
