import {
  CHANNEL_KINDS,
  type Channel,
  isEventChannel,
  isPattern,
  isUserChannel,
  type StateChannel,
} from '../channels.js';
import { RequestError } from '../errors.js';
import type { Logger } from '../logger.js';
import type { ChannelSource } from './channel-source.js';
import type { Connection } from './connection.js';
import { toMap } from './form.js';
import type { Hub } from './hub.js';
import type { GatewayPorts } from './ports.js';
import { admit } from './subscribe.js';

/** What explaining looks at. */
export interface ExplainContext {
  readonly hub: Hub;
  readonly channels: ChannelSource;
  readonly methods: Pick<GatewayPorts, 'users' | 'status' | 'epoch'>;
  readonly logger: Logger;
}

/**
 * Tells what feeds a channel. Times ms; `lag_ms` is how much later than the exchange's time we got its newest data. What is
 * not known is null, and `missing` says why.
 * @throws RequestError as subscribing to it would
 */
export async function explain(
  { hub, channels, methods, logger }: ExplainContext,
  connection: Connection,
  text: string,
): Promise<Record<string, unknown>> {
  const channel = channels.find(text, 'channel', connection.caller.user);
  // How many watch a list is told to nobody who may not.
  await admit({ channels, logger }, channel, 'channel');
  if (isPattern(channel)) {
    throw new RequestError('unknown_channel', 'a pattern stands for many channels: name one', 'channel');
  }
  const mine = connection.subscriptions.get(text);
  const state = isEventChannel(channel) || isUserChannel(channel) ? null : stateOf(channels, channel);
  const exchangeTime = numberIn(state?.data, 'exchange_time');
  const receivedTime = numberIn(state?.data, 'received_time');
  const lastEvent = receivedTime ?? numberIn(state?.data, 'time');
  const lag = exchangeTime === null || receivedTime === null ? null : receivedTime - exchangeTime;
  const offset = state?.offset ?? mine?.offset ?? null;
  const feeds = feedsOf(methods, channel);
  const isLossless = isEventChannel(channel);
  const epoch = isLossless ? (mine?.epoch ?? null) : methods.epoch;
  const stored = 'it is read when somebody subscribes: subscribe, and list tells';
  return {
    channel: text,
    kind: channel.kind,
    role: CHANNEL_KINDS[channel.kind].role,
    delivery: isLossless ? 'lossless' : 'latest',
    source: methods.users?.dataSource ?? null,
    feeds,
    epoch,
    offset,
    last_event: lastEvent,
    lag_ms: lag,
    gaps: numberOfGaps(feeds),
    subscribers: hub.subscribers(channel),
    missing: {
      ...because(methods.users, 'source', 'there is no database that names it'),
      ...because(epoch, 'epoch', stored),
      ...because(offset, 'offset', stored),
      ...because(lastEvent, 'last_event', state === null ? stored : 'nothing has come yet'),
      ...because(lag, 'lag_ms', 'its newest data do not name both times'),
      ...because(numberOfGaps(feeds), 'gaps', 'no feed stands behind it, or nothing is known of the feeds'),
    },
  };
}

interface Feed {
  readonly name: string;
  readonly state: string;
  /** Gaps that are open now; null: not known. */
  readonly gaps: number | null;
}

/** Feeds of the exchanges, for channels that are made of their prices. */
function feedsOf({ status }: Pick<GatewayPorts, 'status'>, channel: Channel): readonly Feed[] {
  if (status === null || isEventChannel(channel)) return [];
  return status
    .current()
    .parts.filter(({ name }) => name.startsWith('feed:'))
    .map(({ name, state, figures }) => ({ name, state, gaps: numberIn(figures, 'open_gaps') }));
}

function numberOfGaps(feeds: readonly Feed[]): number | null {
  const known = feeds.flatMap(({ gaps }) => (gaps === null ? [] : [gaps]));
  return known.length === 0 ? null : known.reduce((sum, gaps) => sum + gaps, 0);
}

function stateOf(channels: ChannelSource, channel: Exclude<StateChannel, { readonly watchlistId: number }>) {
  if (isUserChannel(channel)) return null;
  const { fields, isList } = channels.shape(channel);
  const { row, offset } = channels.state(channel);
  const newest = isList ? (row?.at(-1) as readonly unknown[] | undefined) : row;
  return { offset, data: fields === null || newest == null ? null : toMap(fields, newest) };
}

function numberIn(map: Readonly<Record<string, unknown>> | null | undefined, field: string): number | null {
  const value = map?.[field];
  return typeof value === 'number' ? value : null;
}

function because(value: unknown, field: string, reason: string): Record<string, string> {
  return value === null ? { [field]: reason } : {};
}
