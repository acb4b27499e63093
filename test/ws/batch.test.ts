import t from 'tap';
import { Batch } from '../../src/ws/batch.js';
import { encodeFrame } from '../../src/ws/frame.js';

const frame = (text: string) => ({ bytes: Buffer.from(text), isBinary: false });

t.test('sockets that get the same frames share one chain, and its bytes are joined once', async (at) => {
  const root = new Batch(null, null);
  const [a, b, c] = [frame('a'), frame('bb'), frame('c')];
  const one = root.append(a).append(b);
  const two = root.append(a).append(b);
  at.equal(one, two);
  at.equal(one.joined(), two.joined());
  at.equal(Buffer.from(one.joined()).toString(), 'abb');
  at.equal(one.byteLength, 3);
  const other = root.append(a).append(c);
  at.equal(Buffer.from(other.joined()).toString(), 'ac');
  at.equal(Buffer.from(one.joined()).toString(), 'abb', 'and one that goes another way changes nothing');
  at.equal(root.append(a).joined(), a.bytes, 'a single frame is not copied');
  at.same(root.joined().length, 0);
});

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
