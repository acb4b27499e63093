import t from 'tap';
import { encodeFrame } from '../src/web-socket-frame.js';

t.test('frames have the shortest header that their length allows', async (at) => {
  for (const [size, head] of [
    [0, 2],
    [125, 2],
    [126, 4],
    [65_535, 4],
    [65_536, 10],
  ] as const) {
    const bytes = encodeFrame(Buffer.alloc(size, 1), true);
    at.equal(bytes.length, head + size);
    at.equal(bytes[0], 0x82);
  }
  at.same([...encodeFrame(Buffer.from('hi'), false)], [0x81, 2, 0x68, 0x69]);
});
