import { isUserChannel, type StateChannel } from '../channels.js';
import type { Group, Subscription } from './group.js';
import type { ChannelState } from './ports.js';
import type { Frame } from './transport.js';

/**
 * Gives how many changes of a channel a client has missed that asks to go on; null: it does not ask, or cannot have them.
 * Of trades each is wanted, and one is one change; of everything else the newest state is enough.
 * @param epoch names the run of the server whose offsets mean something
 */
export function missedBy(
  { from }: Subscription,
  channel: StateChannel,
  state: ChannelState,
  epoch: string,
): number | null {
  if (from === null || from.epoch !== epoch || from.offset < 0 || channel.kind === 'candles') return null;
  const missed = state.offset - from.offset;
  if (missed < 0) return null;
  // Offsets of all users count alike: the same one may be that of who was logged in before, and of another state.
  if (missed === 0 && isUserChannel(channel) && channel.kind !== 'watchlist') return null;
  return channel.kind === 'trades' && missed > (state.row?.length ?? 0) ? null : missed;
}

/** Gives the update that brings a client from where it was to the state; none if nothing has changed. */
export function updatesOf(
  group: Group,
  channel: StateChannel,
  { offset, time, row }: ChannelState,
  missed: number,
): readonly Frame[] {
  if (missed === 0 || row === null) return [];
  const told = channel.kind === 'trades' ? row.slice(-missed) : row;
  return [group.encodeAlone({ channel: channel.name, offset, time, lossless: false, row: told }, false)];
}
