/**
 * Gives one unmasked, unfragmented WebSocket message as it goes over the wire (RFC 6455, section 5.2): 2, 4 or 10
 * bytes of header, then the payload, copied.
 *
 * @param isDeflated the payload is compressed as RFC 7692 has it
 */
export function encodeFrame(payload: Uint8Array, isBinary: boolean, isDeflated = false): Buffer {
  const length = payload.length;
  const head = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const bytes = Buffer.allocUnsafe(head + length);
  bytes[0] = (isDeflated ? 0xc0 : 0x80) | (isBinary ? 2 : 1);
  if (head === 2) {
    bytes[1] = length;
  } else if (head === 4) {
    bytes[1] = 126;
    bytes.writeUInt16BE(length, 2);
  } else {
    bytes[1] = 127;
    bytes.writeBigUInt64BE(BigInt(length), 2);
  }
  bytes.set(payload, head);
  return bytes;
}
