import type { Publication } from '../events.js';
import type { StoredEvent } from '../store/outbox.js';

/** Gives the topic of a lossless channel: a user's own channels are topics of their own, which no other user's are. */
export function losslessTopic(channel: string, userId: number | null): string {
  return userId === null ? channel : `${channel}#${userId}`;
}

/** Gives an event of the outbox as it travels to gateways; its row is `[epoch, data]`. */
export function outboxPublication(event: StoredEvent): Publication {
  const { channel, userId, epoch, offset, data, createdAt } = event;
  return {
    channel: losslessTopic(channel, userId),
    offset,
    time: createdAt,
    lossless: true,
    row: [epoch, data],
  };
}
