/** One WebSocket frame as a client sends it, right or wrong. */
export interface ClientFrame {
  readonly opcode: number;
  readonly payload: Buffer;
  /** Default: true. */
  readonly isFinal?: boolean;
  /** Bits 0x40, 0x20 and 0x10 of the first byte. Default: none. */
  readonly reserved?: number;
}

const MASK = [0x12, 0x34, 0x56, 0x78];

/** Gives the bytes of a frame, masked. */
export function clientFrame(frame: ClientFrame): Buffer {
  const { opcode, payload, isFinal = true, reserved = 0 } = frame;
  const { length } = payload;
  const head = [(isFinal ? 0x80 : 0) | reserved | opcode];
  if (length < 126) head.push(0x80 | length);
  else if (length < 65_536) head.push(0x80 | 126, length >> 8, length & 255);
  else
    head.push(0x80 | 127, 0, 0, 0, 0, length >>> 24, (length >> 16) & 255, (length >> 8) & 255, length & 255);
  const masked = payload.map((byte, index) => byte ^ (MASK[index & 3] ?? 0));
  return Buffer.concat([Buffer.from(head), Buffer.from(MASK), masked]);
}
