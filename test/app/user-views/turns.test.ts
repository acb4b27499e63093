import t from 'tap';
import { Batched } from '../../../src/app/user-views/batched.js';
import { Turns } from '../../../src/app/user-views/turns.js';

t.test('work is done in order, some in each turn, and others come through between', async (t) => {
  const turns = new Turns(1);
  const done: number[] = [];
  const busy = (n: number) => () => {
    const until = performance.now() + 0.4;
    while (performance.now() < until);
    done.push(n);
    return n;
  };
  let between = 0;
  const count = (): void => {
    between += 1;
    if (done.length < 20) setImmediate(count);
  };
  setImmediate(count);
  const all = Array.from({ length: 20 }, (_, n) => turns.run(busy(n)));
  await t.rejects(
    turns.run(() => {
      throw new Error('broken');
    }),
    { message: 'broken' },
  );
  t.same(await Promise.all(all), done);
  t.same(
    done,
    Array.from({ length: 20 }, (_, n) => n),
  );
  t.ok(between >= 3, `${between} turns came between`);
  t.equal(await turns.run(() => 'later'), 'later');
});

t.test('work for many waits for its turn, and lets others through between', async (t) => {
  const turns = new Turns(1);
  const done: number[] = [];
  let between = 0;
  const count = (): void => {
    between += 1;
    if (done.length < 20) setImmediate(count);
  };
  setImmediate(count);
  const busy = (n: number): void => {
    if (n === 99) throw new Error('broken');
    const until = performance.now() + 0.4;
    while (performance.now() < until);
    done.push(n);
  };
  const many = turns.each(
    Array.from({ length: 20 }, (_, n) => n),
    busy,
  );
  t.equal(await turns.run(() => done.length), 20, 'in the order in which it came');
  await many;
  t.ok(between >= 3, `${between} turns came between`);
  await t.rejects(turns.each([1, 99, 2], busy), { message: 'broken' });
  t.same(done.slice(20), [1], 'what would have followed is left');
  await turns.each([], busy);
});

t.test('keys of one turn are read at once, and each has its own', async (t) => {
  const reads: (readonly number[])[] = [];
  const batched = new Batched(async (keys: readonly number[]) => {
    reads.push(keys);
    if (keys.includes(13)) throw new Error('away');
    return new Map(keys.filter((key) => key % 2 === 0).map((key) => [key, `v${key}`]));
  });
  t.same(await Promise.all([2, 3, 4, 2].map((key) => batched.get(key))), ['v2', null, 'v4', 'v2']);
  t.same(reads, [[2, 3, 4]]);
  await t.rejects(batched.get(13), { message: 'away' });
  t.equal(await batched.get(6), 'v6', 'a failed read is no reason not to read again');
});
