import t from 'tap';
import { type LiveChange, LiveTable } from '../../src/app/live-table.js';

interface Entry {
  readonly id: number;
  readonly list: number | null;
  readonly note?: object;
}

function makeTable(): { table: LiveTable<number, Entry>; changes: LiveChange<Entry>[] } {
  const table = new LiveTable<number, Entry>(
    ({ id }) => id,
    ({ list }) => list,
  );
  const changes: LiveChange<Entry>[] = [];
  table.subscribe((change) => changes.push(change));
  return { table, changes };
}

t.test('rows are found by key and by group, also after they moved', async (t) => {
  const { table } = makeTable();
  table.apply(
    [
      { id: 1, list: 7 },
      { id: 2, list: 7 },
      { id: 3, list: null },
    ],
    [],
  );
  t.same(
    [...table.of(7)].map(({ id }) => id),
    [1, 2],
  );
  table.apply([{ id: 1, list: 8 }], [2, 99]);
  t.same([...table.of(7)], []);
  t.same([...table.of(8)], [{ id: 1, list: 8 }]);
  t.equal(table.get(2), undefined);
  t.same([...table.values()].length, table.size);
  t.same([...table.keys()].toSorted(), [1, 3]);
});

t.test('what changes nothing is not told and counts no version', async (t) => {
  const { table, changes } = makeTable();
  table.apply([{ id: 1, list: 7, note: { a: [1] } }], []);
  table.apply([{ id: 1, list: 7, note: { a: [1] } }], [5]);
  t.equal(table.version, 1);
  table.apply([{ id: 1, list: 7, note: { a: [2] } }], []);
  table.apply([], [1]);
  t.equal(table.version, 3);
  t.same(changes, [
    { set: [{ id: 1, list: 7, note: { a: [1] } }], removed: [] },
    { set: [{ id: 1, list: 7, note: { a: [2] } }], removed: [] },
    { set: [], removed: [{ id: 1, list: 7, note: { a: [2] } }] },
  ]);
});

t.test('who has unsubscribed hears nothing more', async (t) => {
  const { table, changes } = makeTable();
  const stop = table.subscribe(() => stop());
  table.apply([{ id: 1, list: 7 }], []);
  table.apply([{ id: 2, list: 7 }], []);
  t.equal(changes.length, 2);
});
