import { Packr } from 'msgpackr';
import type { Publication } from './events.js';

/** Times are whole ms below 2^53: read as numbers, never as BigInt. Records would be a private extension. */
const packr = new Packr({ useRecords: false, int64AsType: 'number' });

/**
 * Turns a `Publication` into MessagePack and back, for brokers that leave the process. An array in a fixed order:
 * key names would be a third of a tick's bytes. Numbers come back equal (−0 as 0); `undefined` in a row becomes null,
 * as it does on the wire.
 */
export const publicationCodec = {
  /** Gives bytes that the caller owns. About 1 µs for a candle. */
  encode(publication: Publication): Uint8Array {
    const { channel, offset, time, lossless, row } = publication;
    return packr.pack([channel, offset, time, lossless, row]);
  },

  /** @throws Error if the bytes are no publication */
  decode(bytes: Uint8Array): Publication {
    const value: unknown = packr.unpack(bytes);
    if (!Array.isArray(value) || value.length !== 5) {
      throw new Error('not a publication: an array of five is expected');
    }
    const [channel, offset, time, lossless, row] = value as readonly unknown[];
    if (typeof channel !== 'string') throw new Error('not a publication: channel is not text');
    if (!Number.isSafeInteger(offset)) throw new Error('not a publication: offset is not an integer');
    if (typeof time !== 'number') throw new Error('not a publication: time is not a number');
    if (typeof lossless !== 'boolean') throw new Error('not a publication: lossless is not true or false');
    if (!Array.isArray(row)) throw new Error('not a publication: row is not a list');
    return { channel, offset: offset as number, time, lossless, row };
  },
};
