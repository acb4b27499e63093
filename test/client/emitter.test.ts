import t from 'tap';
import { Emitter } from '../../src/client/emitter.js';

t.test('calls listeners in order until they are removed, and says whether there were any', async (t) => {
  const emitter = new Emitter<{ tick: number }>();
  const got: string[] = [];
  t.equal(emitter.emit('tick', 0), false);
  const off = emitter.on('tick', (n) => got.push(`a${n}`));
  emitter.on('tick', (n) => got.push(`b${n}`));
  t.equal(emitter.emit('tick', 1), true);
  off();
  emitter.emit('tick', 2);
  t.same(got, ['a1', 'b1', 'b2']);
});

t.test(
  'a listener that throws surfaces as an uncaught error and does not keep the next from being called',
  async (t) => {
    const emitter = new Emitter<{ tick: number }>();
    const uncaught = t.capture(process, 'emit', () => true);
    let called = false;
    emitter.on('tick', () => {
      throw new Error('of the user');
    });
    emitter.on('tick', () => {
      called = true;
    });
    t.doesNotThrow(() => emitter.emit('tick', 1));
    t.equal(called, true);
    await new Promise((resolve) => setImmediate(resolve));
    t.match(uncaught().find(({ args }) => args[0] === 'uncaughtException')?.args[1], {
      message: 'of the user',
    });
  },
);
