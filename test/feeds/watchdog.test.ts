import t from 'tap';
import { Watchdog } from '../../src/feeds/watchdog.js';

function speakEvery(dog: Watchdog, stepMs: number, count: number): number {
  for (let index = 1; index <= count; index++) dog.message(index * stepMs);
  return count * stepMs;
}

t.test('a busy connection that falls silent is a stall', async (t) => {
  const dog = new Watchdog(30_000, 0);
  const at = speakEvery(dog, 200, 500);
  t.equal(dog.isStalled(at + 30_000), false);
  t.equal(dog.isStalled(at + 30_001), true);
});

t.test('a market that trades once an hour is not', async (t) => {
  const dog = new Watchdog(30_000, 0);
  const at = speakEvery(dog, 3_600_000, 200);
  t.equal(dog.isStalled(at + 10 * 3_600_000), false);
  t.equal(dog.isStalled(at + 21 * 3_600_000), true);
});

t.test('a connection that has never spoken is given more time', async (t) => {
  const dog = new Watchdog(2_000, 1_000);
  t.equal(dog.isStalled(20_000), false);
  t.equal(dog.isStalled(21_001), true);
});

t.test('a new connection begins afresh but keeps what is usual', async (t) => {
  const dog = new Watchdog(2_000, 0);
  const at = speakEvery(dog, 200, 500);
  dog.restart(at + 10_000);
  t.equal(dog.isStalled(at + 12_000), false);
  t.equal(dog.isStalled(at + 16_001), true);
});

t.test('time in which we could not listen is no silence', async (t) => {
  const dog = new Watchdog(2_000, 0);
  const at = speakEvery(dog, 100, 100);
  dog.deaf(60_000);
  t.equal(dog.isStalled(at + 61_000), false);
  t.equal(dog.isStalled(at + 63_000), true);
});

t.test('new connections that stay silent too are made ever less often', async (t) => {
  const dog = new Watchdog(2_000, 0);
  let at = speakEvery(dog, 10, 500);
  const patience: number[] = [];
  for (let count = 0; count < 6; count++) {
    const since = at;
    while (!dog.isStalled(at)) at += 100;
    patience.push(Math.round((at - since) / 1_000));
    dog.restart(at);
    dog.message(at);
  }
  t.same(patience, [2, 4, 8, 16, 32, 32]);
});
