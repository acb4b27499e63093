import { RequestError } from '../errors.js';
import { FORBIDDEN_KEYS, MAX_DEPTH } from './untrusted.js';

/**
 * Gives the value of one MessagePack message from a client: maps become objects with text keys, binary and
 * extension types are refused.
 *
 * Written out and not left to a library: five bytes can announce an array of four billion, extension types of
 * libraries do unexpected things, and 64-bit integers become BigInt. Here every length is checked against what is
 * there before anything is allocated.
 *
 * @throws RequestError `bad_message`
 */
export function decodeMsgpack(bytes: Uint8Array): unknown {
  const reader = new Reader(bytes);
  const value = reader.value(0);
  reader.expectEnd();
  return value;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

class Reader {
  private at = 0;
  private readonly view: DataView;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  expectEnd(): void {
    const left = this.bytes.length - this.at;
    if (left > 0) throw bad(`${left} bytes follow the message`);
  }

  value(depth: number): unknown {
    if (depth > MAX_DEPTH) throw bad(`nested deeper than ${MAX_DEPTH}`);
    const tag = this.bytes[this.skip(1)] ?? 0;
    if (tag < 0x80) return tag;
    if (tag < 0x90) return this.map(tag & 0x0f, depth);
    if (tag < 0xa0) return this.array(tag & 0x0f, depth);
    if (tag < 0xc0) return this.text(tag & 0x1f);
    if (tag >= 0xe0) return tag - 0x100;
    switch (tag) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xca:
        return this.view.getFloat32(this.skip(4));
      case 0xcb:
        return this.view.getFloat64(this.skip(8));
      case 0xcc:
        return this.view.getUint8(this.skip(1));
      case 0xcd:
        return this.view.getUint16(this.skip(2));
      case 0xce:
        return this.view.getUint32(this.skip(4));
      case 0xcf:
        return safe(this.view.getBigUint64(this.skip(8)));
      case 0xd0:
        return this.view.getInt8(this.skip(1));
      case 0xd1:
        return this.view.getInt16(this.skip(2));
      case 0xd2:
        return this.view.getInt32(this.skip(4));
      case 0xd3:
        return safe(this.view.getBigInt64(this.skip(8)));
      case 0xd9:
        return this.text(this.view.getUint8(this.skip(1)));
      case 0xda:
        return this.text(this.view.getUint16(this.skip(2)));
      case 0xdb:
        return this.text(this.view.getUint32(this.skip(4)));
      case 0xdc:
        return this.array(this.view.getUint16(this.skip(2)), depth);
      case 0xdd:
        return this.array(this.view.getUint32(this.skip(4)), depth);
      case 0xde:
        return this.map(this.view.getUint16(this.skip(2)), depth);
      case 0xdf:
        return this.map(this.view.getUint32(this.skip(4)), depth);
      default:
        throw bad(`type 0x${tag.toString(16)} is not used here; no binary and no extension types`);
    }
  }

  /** Moves on by `length` bytes and gives where they begin. */
  private skip(length: number): number {
    const from = this.at;
    if (length > this.bytes.length - from) throw bad('the message ends too early');
    this.at = from + length;
    return from;
  }

  private text(length: number): string {
    const from = this.skip(length);
    try {
      return UTF8.decode(this.bytes.subarray(from, from + length));
    } catch {
      throw bad('a text is not UTF-8');
    }
  }

  private array(length: number, depth: number): unknown[] {
    // Every element takes a byte at least.
    if (length > this.bytes.length - this.at) throw bad('the message ends too early');
    const items: unknown[] = [];
    for (let i = 0; i < length; i++) items.push(this.value(depth + 1));
    return items;
  }

  private map(length: number, depth: number): Record<string, unknown> {
    if (length * 2 > this.bytes.length - this.at) throw bad('the message ends too early');
    const map: Record<string, unknown> = {};
    for (let i = 0; i < length; i++) {
      const key = this.value(depth + 1);
      if (typeof key !== 'string') throw bad('a key of a map is not text');
      if (FORBIDDEN_KEYS.has(key)) throw bad(`the key "${key}" is not allowed`);
      map[key] = this.value(depth + 1);
    }
    return map;
  }
}

function safe(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw bad('an integer is beyond 2^53');
  return number;
}

function bad(message: string): RequestError {
  return new RequestError('bad_message', message);
}
