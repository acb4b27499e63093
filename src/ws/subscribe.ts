import type { Channel } from '../channels.js';
import { messageOf, RequestError } from '../errors.js';
import type { ClientMessage } from '../protocol.js';
import type { ChannelSource } from './channel-source.js';
import type { Connection } from './connection.js';
import { Subscription } from './group.js';
import type { Hub } from './hub.js';

type SubscribeMessage = Extract<ClientMessage, { op: 'subscribe' }>;

/**
 * Subscribes to all channels of a message or to none: reply, then a snapshot of each, then updates that follow it.
 * A channel that is subscribed already begins anew.
 * @throws RequestError `unknown_channel`, `unauthenticated`, `too_many_subscriptions`, `unavailable`
 */
export async function subscribe(
  connection: Connection,
  hub: Hub,
  source: ChannelSource,
  message: SubscribeMessage,
  maxSubscriptions: number,
): Promise<void> {
  const channels = readChannels(message.channels, source);
  const added = [...channels.keys()].filter((text) => !connection.subscriptions.has(text)).length;
  if (connection.subscriptions.size + added > maxSubscriptions) {
    throw new RequestError(
      'too_many_subscriptions',
      `a connection may have ${maxSubscriptions} subscriptions; this has ${connection.subscriptions.size}`,
      'channels',
    );
  }
  const form = { codec: connection.codec, rows: message.rows === true };
  const mine = [...channels].map(([text, channel]) => new Subscription(connection, text, channel, form));
  // Held before the old ones are released, so that the broker is not asked to stop and to begin again.
  const ready = mine.map((subscription) => hub.acquire(subscription));
  for (const subscription of mine) {
    unsubscribe(connection, hub, subscription.text);
    connection.subscriptions.set(subscription.text, subscription);
  }
  const outcomes = await Promise.allSettled(ready);
  // Some may have been ended meanwhile, by `unsubscribe`, by another `subscribe` or with the connection.
  const current = mine.filter((s) => connection.subscriptions.get(s.text) === s);
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) {
    for (const { text } of current) unsubscribe(connection, hub, text);
    throw new RequestError('unavailable', `the broker or the database is away: ${messageOf(failed.reason)}`);
  }
  if (connection.isClosed) return;
  connection.send({ type: 'reply', id: message.id, ok: true, result: { channels: [...channels.keys()] } });
  for (const subscription of current) {
    // Nothing older is kept for replay: who asks to recover is told so, and gets the full state.
    const asked = message.recover !== undefined && Object.hasOwn(message.recover, subscription.text);
    for (const frame of hub.join(subscription, asked ? false : null)) connection.sendFrame(frame);
  }
}

/** Ends a subscription; gives false if there was none. */
export function unsubscribe(connection: Connection, hub: Hub, text: string): boolean {
  const subscription = connection.subscriptions.get(text);
  if (subscription === undefined) return false;
  connection.subscriptions.delete(text);
  connection.drop(subscription);
  hub.leave(subscription);
  hub.release(subscription.channel);
  return true;
}

/** Ends all subscriptions of a connection that is gone. */
export function unsubscribeAll(connection: Connection, hub: Hub): void {
  for (const text of [...connection.subscriptions.keys()]) unsubscribe(connection, hub, text);
}

function readChannels(texts: readonly string[], source: ChannelSource): Map<string, Channel> {
  return new Map(texts.map((text, index) => [text, source.find(text, `channels[${index}]`)]));
}
