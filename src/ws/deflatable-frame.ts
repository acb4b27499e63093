import { constants, deflateRawSync } from 'node:zlib';
import { encodeFrame } from '../web-socket-frame.js';
import type { Frame } from './transport.js';

/** Smaller messages do not become worth it: a row of 180 bytes keeps 94 % of them. */
const MIN_BYTES = 1_024;
/** Larger ones would hold the event loop up for more than some milliseconds. */
const MAX_BYTES = 262_144;
/** What ends every deflated block and is left out of a message (RFC 7692, section 7.2.1). */
const TAIL_BYTES = 4;
/** The fastest: the best one saves a tenth more, for three times the time. */
const LEVEL = 1;

/** A frame of the `ws` driver that is also there compressed: once, however many sockets get it. */
export class DeflatableFrame implements Frame {
  readonly bytes: Uint8Array;
  #deflated: Frame | null = null;

  /** `payload` must not change afterwards. */
  constructor(
    private readonly payload: Uint8Array,
    readonly isBinary: boolean,
  ) {
    this.bytes = encodeFrame(payload, isBinary);
  }

  /** Says whether a message of so many bytes is worth it. */
  static isWorthIt(length: number): boolean {
    return length >= MIN_BYTES && length <= MAX_BYTES;
  }

  /** Gives the frame for sockets that agreed on compression without context. */
  deflated(): Frame {
    if (this.#deflated === null) {
      const { isBinary } = this;
      const small = deflateRawSync(this.payload, { level: LEVEL, finishFlush: constants.Z_SYNC_FLUSH });
      this.#deflated = { bytes: encodeFrame(small.subarray(0, -TAIL_BYTES), isBinary, true), isBinary };
    }
    return this.#deflated;
  }
}
