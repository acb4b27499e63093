import { topicName } from '../channels.js';
import type { Publication } from '../events.js';
import type { StoredEvent } from '../store/outbox.js';

/** Gives an event of the outbox as it travels to gateways; its row is `[epoch, data]`. */
export function outboxPublication(event: StoredEvent): Publication {
  const { channel, userId, epoch, offset, data, createdAt } = event;
  return {
    channel: topicName(channel, userId),
    offset,
    time: createdAt,
    lossless: true,
    row: [epoch, data],
  };
}
