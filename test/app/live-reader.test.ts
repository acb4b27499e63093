import t from 'tap';
import { LiveReader } from '../../src/app/live-reader.js';
import { LiveTable } from '../../src/app/live-table.js';
import type { Queryable } from '../../src/store/pool.js';
import type { LiveSource } from '../../src/store/repositories/live-rows.js';

interface Row {
  readonly id: number;
  readonly value: number;
}

/** Nothing is asked of it: the rows come from memory, so that a test can say when. */
const NO_CONNECTION = {} as Queryable;

/** Rows whose answers come `beforeAnswer` after they were looked up. */
class Source implements LiveSource<number, Row> {
  readonly table = 'rows';
  readonly rows = new Map<number, number>();
  beforeAnswer: () => void = () => undefined;

  keyOf({ id }: Row): number {
    return id;
  }

  async byKeys(_: Queryable, keys: readonly number[]): Promise<readonly Row[]> {
    return this.#answer((id) => keys.includes(id), keys.length);
  }

  async page(_: Queryable, after: number | null, limit: number): Promise<readonly Row[]> {
    return this.#answer((id) => id > (after ?? 0), limit);
  }

  #answer(fits: (id: number) => boolean, limit: number): readonly Row[] {
    const found = [...this.rows]
      .filter(([id]) => fits(id))
      .toSorted(([a], [b]) => a - b)
      .slice(0, limit);
    this.beforeAnswer();
    return found.map(([id, value]) => ({ id, value }));
  }
}

function setUp(count: number) {
  const source = new Source();
  for (let id = 1; id <= count; id++) source.rows.set(id, id);
  const table = new LiveTable<number, Row>(({ id }) => id);
  return { source, table, reader: new LiveReader(source, table) };
}

t.test('all rows are read, over as many pages as it takes, and those that are gone go', async (t) => {
  const { source, table, reader } = setUp(1_205);
  t.equal(reader.isDue, false);
  reader.mark(null);
  await reader.read(NO_CONNECTION);
  t.equal(table.size, 1_205);
  for (let id = 1; id <= 1_205; id += 2) source.rows.delete(id);
  source.rows.set(5_000, 1);
  reader.mark(null);
  await reader.read(NO_CONNECTION);
  t.same(
    [...table.keys()].toSorted((a, b) => a - b),
    [...source.rows.keys()],
  );
  t.equal(reader.isDue, false);
});

t.test('marked rows alone are read', async (t) => {
  const { source, table, reader } = setUp(9);
  reader.mark([2, 3]);
  reader.mark([3, 77]);
  await reader.read(NO_CONNECTION);
  t.same([...table.keys()], [2, 3]);
  source.rows.delete(2);
  reader.mark([2]);
  await reader.read(NO_CONNECTION);
  t.same([...table.keys()], [3]);
});

t.test('what is marked while it is being read is left to the next reading', async (t) => {
  const { source, table, reader } = setUp(3);
  reader.mark([1, 2, 9]);
  source.beforeAnswer = () => {
    // The answer is on its way when a row changes, and another comes into being.
    source.rows.set(2, 22).set(9, 99);
    reader.mark([2, 9]);
    source.beforeAnswer = () => undefined;
  };
  await reader.read(NO_CONNECTION);
  t.same([...table.keys()], [1], 'neither the old row nor its absence');
  t.equal(reader.isDue, true);
  await reader.read(NO_CONNECTION);
  t.equal(table.get(2)?.value, 22);
  t.equal(table.get(9)?.value, 99);
});

t.test('what could not be read stays marked; keys that the table cannot have mark all', async (t) => {
  const { source, table, reader } = setUp(3);
  const failWith = (code: string): void => {
    source.beforeAnswer = () => {
      source.beforeAnswer = () => undefined;
      throw Object.assign(new Error(code), { code });
    };
  };
  reader.mark([1]);
  failWith('57P01');
  await t.rejects(reader.read(NO_CONNECTION), { message: '57P01' });
  await reader.read(NO_CONNECTION);
  t.same([...table.keys()], [1]);
  reader.mark([2]);
  failWith('22P02');
  await t.rejects(reader.read(NO_CONNECTION), { message: '22P02' });
  await reader.read(NO_CONNECTION);
  t.equal(table.size, 3);
});
