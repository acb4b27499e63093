import t from 'tap';
import { RowQueue, uniqueHead } from '../../../src/store/lanes/row-queue.js';

t.test('gives rows in the order they came, and forgets only what was taken', (t) => {
  const queue = new RowQueue<number>();
  t.equal(queue.oldestAt, undefined);
  const taken: number[] = [];
  let next = 0;
  for (let round = 0; round < 200; round++) {
    for (let i = 0; i < round % 7; i++) queue.push(next, 1_000 + next++);
    const batch = queue.from(queue.start, 3);
    t.same(queue.from(queue.start, 3), batch, 'looking takes nothing');
    t.same(
      batch.times,
      batch.rows.map((row) => 1_000 + row),
    );
    queue.dropBefore(queue.start + batch.rows.length);
    taken.push(...batch.rows);
    t.equal(queue.length, next - taken.length);
    t.equal(queue.start, taken.length);
    t.equal(queue.end, next);
    t.equal(queue.oldest, queue.length === 0 ? undefined : taken.length);
    t.equal(queue.oldestAt, queue.length === 0 ? undefined : 1_000 + taken.length);
  }
  t.same(
    taken,
    Array.from({ length: taken.length }, (_, i) => i),
  );
  t.end();
});

t.test('rows are found by their position, also after others have left', (t) => {
  const queue = new RowQueue<number>();
  for (let i = 0; i < 10; i++) queue.push(i, i);
  queue.dropBefore(4);
  queue.dropBefore(2);
  t.same(queue.from(6, 3).rows, [6, 7, 8]);
  t.same(queue.from(0, 2).rows, [4, 5], 'what has left is not given');
  t.same(queue.from(10, 2).rows, []);
  queue.dropBefore(99);
  t.equal(queue.start, 10, 'a position never passes the end');
  t.end();
});

t.test('a batch stops before a key comes again', (t) => {
  const key = (row: string): string => row.slice(0, 1);
  t.equal(uniqueHead(['a1', 'b1', 'a2', 'c1'], key), 2);
  t.equal(uniqueHead(['a1', 'b1'], key), 2);
  t.equal(uniqueHead(['a1', 'a2'], undefined), 2, 'without a key any may go together');
  t.equal(uniqueHead([], key), 0);
  t.end();
});
