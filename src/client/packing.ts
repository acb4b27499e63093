import type { Position } from '../protocol.js';
import type { ChannelState } from './subscription.js';

/** What a message has beside its channels, bytes. */
const HEAD = 200;
/** What a channel and a position have beside names and epoch, in either encoding, bytes. */
const PER_CHANNEL = 4;
const PER_POSITION = 48;
/** What of the largest message is used: sizes are estimates from above, and it costs little. */
const SHARE = 0.9;

/** Channels that are asked for in one message. */
export interface Pack {
  readonly states: readonly ChannelState<unknown>[];
  /** Where they go on, by channel. */
  readonly recover: Readonly<Record<string, Position>>;
}

/**
 * Divides channels into messages that the server takes, each with the positions of its channels. Of a pattern whose
 * positions do not fit, as many as fit are sent; the other symbols begin anew.
 *
 * @param maxBytes largest message, bytes
 */
export function packed(states: readonly ChannelState<unknown>[], maxBytes: number): readonly Pack[] {
  const room = maxBytes * SHARE - HEAD;
  const packs: Pack[] = [];
  let pack: { states: ChannelState<unknown>[]; recover: Record<string, Position> } | null = null;
  let left = 0;
  for (const state of states) {
    const positions = [...state.positions()];
    const name = bytes(state.channel) + PER_CHANNEL;
    if (pack === null || positions.reduce((sum, entry) => sum + sizeOf(entry), name) > left) {
      pack = { states: [], recover: {} };
      packs.push(pack);
      left = room;
    }
    pack.states.push(state);
    left -= name;
    for (const entry of positions) {
      left -= sizeOf(entry);
      if (left < 0) break;
      pack.recover[entry[0]] = entry[1];
    }
  }
  return packs;
}

function sizeOf([channel, { epoch }]: readonly [string, Position]): number {
  return bytes(channel) + bytes(epoch) + PER_POSITION;
}

/** At most so many bytes in UTF-8. */
function bytes(text: string): number {
  // A code unit takes three bytes at most, and in JSON six if it is escaped, which no name needs.
  return /^[ -~]*$/.test(text) ? text.length : text.length * 3;
}
