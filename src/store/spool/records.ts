import { Packr } from 'msgpackr';
import { crc32 } from './crc32.js';

/*
 * A segment file, little-endian: 8 bytes magic, then records:
 *   u32 length of the payload, never 0
 *   u32 CRC-32 of these four bytes: a length that is wrong is told from a write that was cut off
 *   u32 CRC-32 of the payload
 *   payload: MessagePack [when it was handed in (our clock, ms), the row]
 */
export const MAGIC = Buffer.from('CPSPOOL1', 'latin1');
const HEAD_BYTES = 12;

const packr = new Packr({ useRecords: false, int64AsType: 'number' });

/** A row as it lies on the disk. */
export interface SpooledRow {
  /** When it was handed in, our clock, ms since the epoch. */
  readonly at: number;
  readonly value: unknown;
}

/** What a segment file holds. */
export interface SegmentContent {
  /** Payloads of whole records, up to the damage if there is any. */
  readonly payloads: readonly Buffer[];
  /** Where the last whole record ends. */
  readonly soundBytes: number;
  /** `torn`: the last write was cut off; `corrupt`: something else is wrong, and more may lie behind it. */
  readonly damage: 'torn' | 'corrupt' | null;
}

/** Gives the bytes of one record. */
export function encodeRecord({ at, value }: SpooledRow): Buffer {
  const payload = packr.pack([at, value]);
  const record = Buffer.allocUnsafe(HEAD_BYTES + payload.length);
  record.writeUInt32LE(payload.length, 0);
  record.writeUInt32LE(crc32(record.subarray(0, 4)), 4);
  record.writeUInt32LE(crc32(payload), 8);
  payload.copy(record, HEAD_BYTES);
  return record;
}

/** Reads a payload whose checksum is right; null if we did not write it. */
export function decodePayload(payload: Buffer): SpooledRow | null {
  try {
    const entry: unknown = packr.unpack(payload);
    return Array.isArray(entry) && typeof entry[0] === 'number' ? { at: entry[0], value: entry[1] } : null;
  } catch {
    return null;
  }
}

/** Takes a segment file apart as far as it is whole. Never throws. */
export function parseSegment(bytes: Buffer): SegmentContent {
  const isOurs = bytes.subarray(0, MAGIC.length).equals(MAGIC);
  if (!isOurs) {
    const isCutOff = bytes.length < MAGIC.length || isZero(bytes);
    return { payloads: [], soundBytes: 0, damage: isCutOff ? 'torn' : 'corrupt' };
  }
  const payloads: Buffer[] = [];
  let at = MAGIC.length;
  while (at < bytes.length) {
    const rest = bytes.length - at - HEAD_BYTES;
    if (rest < 0) return { payloads, soundBytes: at, damage: 'torn' };
    const length = bytes.readUInt32LE(at);
    const payload = bytes.subarray(at + HEAD_BYTES, at + HEAD_BYTES + length);
    const isLength = length > 0 && crc32(bytes.subarray(at, at + 4)) === bytes.readUInt32LE(at + 4);
    if (!isLength || length > rest || crc32(payload) !== bytes.readUInt32LE(at + 8)) {
      // A power cut may leave a file longer than what reached it: zeros.
      const isTorn = (isLength && length > rest) || isZero(bytes.subarray(at));
      return { payloads, soundBytes: at, damage: isTorn ? 'torn' : 'corrupt' };
    }
    payloads.push(payload);
    at += HEAD_BYTES + length;
  }
  return { payloads, soundBytes: at, damage: null };
}

function isZero(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0);
}
