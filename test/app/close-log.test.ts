import t from 'tap';
import { CloseLog } from '../../src/app/close-log.js';

t.test('it tells which closes came after an offset, oldest first', async (t) => {
  const log = new CloseLog();
  t.same(log.after(0), [], 'nothing closed, so nothing is missing');
  for (let n = 1; n <= 10; n++) log.add(n * 7, n * 60_000);
  t.same(log.after(63), [{ offset: 70, time: 600_000 }]);
  t.same(
    log.after(0)?.map(({ offset }) => offset),
    [7, 14, 21, 28, 35, 42, 49, 56, 63, 70],
  );
  t.same(log.after(70), []);
});

t.test('of more than it keeps it says that it has forgotten them', async (t) => {
  const log = new CloseLog();
  for (let n = 1; n <= 1_600; n++) log.add(n * 2, n * 60_000);
  t.equal(log.after(199), null, 'the close at 200 is forgotten');
  const known = log.after(200);
  t.equal(known?.length, 1_500);
  t.same(known?.[0], { offset: 202, time: 101 * 60_000 });
  t.same(known?.at(-1), { offset: 3_200, time: 1_600 * 60_000 });
});
