import t from 'tap';
import { Slices } from '../../src/ws/slices.js';

/** Takes so many ms of the processor, as work that cannot be divided does. */
function work(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

t.test('long work pauses, and everything else comes to its turn meanwhile', async (t) => {
  const slices = new Slices();
  let others = 0;
  let isDone = false;
  const other = (): void => {
    others += 1;
    if (!isDone) setImmediate(other);
  };
  setImmediate(other);
  let pauses = 0;
  for (let n = 0; n < 40; n++) {
    work(0.5);
    if (!slices.isOver) continue;
    pauses += 1;
    await slices.pause();
  }
  isDone = true;
  t.ok(pauses >= 5, `${pauses} pauses in 20 ms of work`);
  t.ok(others >= pauses, `${others} turns of others`);
});

t.test('who waits longest goes on first, and nobody is forgotten', async (t) => {
  const slices = new Slices();
  const order: number[] = [];
  await Promise.all(
    Array.from({ length: 20 }, async (_, n) => {
      await slices.pause();
      order.push(n);
      work(1);
      await slices.pause();
      order.push(n + 20);
    }),
  );
  t.same(
    order.slice(0, 20),
    Array.from({ length: 20 }, (_, n) => n),
  );
  t.same(
    order.toSorted((a, b) => a - b),
    Array.from({ length: 40 }, (_, n) => n),
  );
});

t.test('short work does not pause', async (t) => {
  t.equal(new Slices().isOver, false);
});
