import type { ClientMessage, ServerMessage, Subprotocol } from '../protocol.js';

/** How messages become frames: `json` needs no library, `msgpack` is smaller and faster and needs `msgpackr`. */
export type EncodingName = 'msgpack' | 'json';

export interface Encoding {
  readonly subprotocol: Subprotocol;
  encode(message: ClientMessage): string | Uint8Array<ArrayBuffer>;
  /** @throws Error if the frame is no message of this encoding */
  decode(frame: unknown): ServerMessage;
}

/** Loads an encoding; msgpackr is imported only if it is asked for, so a page that takes JSON needs no bundler. */
export async function loadEncoding(name: EncodingName): Promise<Encoding> {
  return name === 'json' ? JSON_ENCODING : loadMsgpack();
}

const JSON_ENCODING: Encoding = {
  subprotocol: 'cryptopredict.v1.json',
  encode: (message) => JSON.stringify(message),
  decode(frame) {
    if (typeof frame !== 'string') throw new TypeError('a binary frame on a JSON connection');
    return asMessage(JSON.parse(frame));
  },
};

async function loadMsgpack(): Promise<Encoding> {
  const { Packr } = await import('msgpackr');
  const packr = new Packr({ useRecords: false, int64AsType: 'number' });
  return {
    subprotocol: 'cryptopredict.v1.msgpack',
    encode: (message) => new Uint8Array(packr.pack(message)),
    decode(frame) {
      if (!(frame instanceof ArrayBuffer)) throw new TypeError('a text frame on a MessagePack connection');
      return asMessage(packr.unpack(new Uint8Array(frame)));
    },
  };
}

function asMessage(value: unknown): ServerMessage {
  if (typeof value !== 'object' || value === null || !('type' in value) || typeof value.type !== 'string') {
    throw new TypeError('a message of the server is a map with a type');
  }
  return value as ServerMessage;
}
