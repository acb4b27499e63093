import t from 'tap';
import { Batch } from '../../src/ws/batch.js';

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
