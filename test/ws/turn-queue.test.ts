import t from 'tap';
import { FLUSH_BYTES, type Frame } from '../../src/ws/transport.js';
import { Turn } from '../../src/ws/turn.js';
import { TurnQueue } from '../../src/ws/turn-queue.js';

function frame(text: string): Frame {
  return { bytes: Buffer.from(text), isBinary: false };
}

function makeQueue() {
  const written: string[] = [];
  const queue = new TurnQueue(new Turn(), {
    write: (batch) => {
      written.push(Buffer.from(batch.joined()).toString());
    },
  });
  return { queue, written };
}

const turnEnd = () => new Promise((resolve) => setImmediate(resolve));

t.test('what one turn adds is written in one piece when it ends', async (t) => {
  const { queue, written } = makeQueue();
  queue.add(frame('a'));
  queue.add(frame('bc'));
  t.equal(queue.byteLength, 3);
  t.same(written, []);
  await turnEnd();
  queue.add(frame('d'));
  await turnEnd();
  await turnEnd();
  t.same(written, ['abc', 'd']);
  t.equal(queue.byteLength, 0);
});

t.test('a full queue is written at once, and what follows with the turn', async (t) => {
  const { queue, written } = makeQueue();
  const large = 'x'.repeat(FLUSH_BYTES - 1);
  queue.add(frame(large));
  t.same(written, []);
  queue.add(frame('y'));
  queue.add(frame('z'));
  t.same(written, [`${large}y`]);
  await turnEnd();
  t.same(written, [`${large}y`, 'z']);
});

t.test('what is written early or forgotten is not written again', async (t) => {
  const { queue, written } = makeQueue();
  queue.add(frame('a'));
  queue.writeNow();
  queue.add(frame('b'));
  queue.clear();
  queue.writeNow();
  await turnEnd();
  t.same(written, ['a']);
});
