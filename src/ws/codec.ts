import { Packr } from 'msgpackr';
import { RequestError } from '../errors.js';
import type { ServerMessage, Subprotocol } from '../protocol.js';
import { decodeMsgpack } from './msgpack-decode.js';
import { checkTree } from './untrusted.js';

/** Turns messages into bytes and back, for one subprotocol. */
export interface Codec {
  readonly name: 'msgpack' | 'json';
  /** Whether its messages are binary WebSocket messages; those of the other kind are refused. */
  readonly isBinary: boolean;
  encode(message: ServerMessage): Uint8Array;
  /** Gives whatever value the bytes hold; keeps no reference to them. @throws RequestError `bad_message` */
  decode(bytes: Uint8Array): unknown;
}

// Plain MessagePack, no private extensions. Integers beyond 32 bits, such as times, go out as float64, which holds
// them exactly and never becomes a BigInt on the other side.
const packr = new Packr({ useRecords: false, encodeUndefinedAsNil: true, moreTypes: false });

const msgpack: Codec = {
  name: 'msgpack',
  isBinary: true,
  encode: (message) => packr.pack(message),
  decode: decodeMsgpack,
};

const json: Codec = {
  name: 'json',
  isBinary: false,
  encode: (message) => Buffer.from(JSON.stringify(message)),
  decode(bytes) {
    let value: unknown;
    try {
      value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString());
    } catch {
      throw new RequestError('bad_message', 'the message is not JSON');
    }
    checkTree(value);
    return value;
  },
};

/** Gives the codec of a subprotocol; null, none named, means the default. */
export function codecOf(subprotocol: string | null): Codec {
  const known = subprotocol as Subprotocol | null;
  return known === 'cryptopredict.v1.json' ? json : msgpack;
}
