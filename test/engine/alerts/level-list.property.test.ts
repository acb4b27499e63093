import fc from 'fast-check';
import t from 'tap';
import { type Level, LevelList } from '../../../src/engine/alerts/level-list.js';

const RUNS = 60;

function compare(list: LevelList, levels: readonly Level[], value: number, other: number): void {
  const low = Math.min(value, other);
  const high = Math.max(value, other);
  const is = (what: string, found: unknown, wanted: unknown): void => {
    if (JSON.stringify(found) !== JSON.stringify(wanted)) {
      throw new Error(`${what}: ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`);
    }
  };
  is('size', list.size, levels.length);
  is(
    'upward',
    list.upward(low, high),
    levels.filter((level) => level.value > low && level.value <= high),
  );
  is(
    'downward',
    list.downward(high, low),
    levels.filter((level) => level.value >= low && level.value < high).sort((a, b) => b.value - a.value),
  );
  is(
    'at',
    list.at(value),
    levels.filter((level) => level.value === value),
  );
  list.gapAbove(value);
  const highest = (wanted: (level: Level) => boolean): string =>
    String(levels.findLast(wanted)?.value ?? -Infinity);
  const lowest = (wanted: (level: Level) => boolean): string =>
    String(levels.find(wanted)?.value ?? Infinity);
  is(
    'low of gapAbove',
    String(list.low),
    highest((level) => level.value <= value),
  );
  is(
    'high of gapAbove',
    String(list.high),
    lowest((level) => level.value > value),
  );
  list.gapBelow(value);
  is(
    'low of gapBelow',
    String(list.low),
    highest((level) => level.value < value),
  );
  is(
    'high of gapBelow',
    String(list.high),
    lowest((level) => level.value >= value),
  );
}

t.test('a level list equals a plain sorted list', async (t) => {
  const value = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 2_000 }));
  // Runs that grow over several blocks and shrink again, so that blocks are halved, joined and removed.
  const step = fc.record({
    count: fc.constantFrom(1, 1, 5, 300, 900),
    removes: fc.boolean(),
    value,
    other: value,
    spread: fc.constantFrom(0, 1, 7),
    stride: fc.constantFrom(1, 3, 17),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 3, maxLength: 14 }), (steps) => {
      const list = new LevelList();
      const plain: Level[] = [];
      let id = 0;
      for (const { count, removes, value, other, spread, stride } of steps) {
        for (let i = 0; i < count; i++) {
          if (removes) {
            const at = (value + i * stride) % Math.max(plain.length, 1);
            const [level] = plain.splice(at, 1);
            if (level === undefined) break;
            list.remove(level.value, level.id);
          } else {
            id += 1;
            // Ids do not come in the order of values.
            const key = (id * 7_919) % 1_000_003;
            list.add(value + (i % 50) * spread, key);
            plain.push({ value: value + (i % 50) * spread, id: key });
          }
        }
        plain.sort((a, b) => a.value - b.value || a.id - b.id);
        compare(list, plain, value, other);
        compare(list, plain, other + 0.5, value);
      }
    }),
    { numRuns: RUNS },
  );
  t.pass(`${RUNS} random histories`);
});

t.test('a level that is not in the list cannot be removed', async (t) => {
  const list = new LevelList();
  t.throws(() => list.remove(1, 1), RangeError);
  list.add(1, 1);
  t.throws(() => list.remove(1, 2), { message: 'there is no level 1 of alert 2' });
  t.equal(list.size, 1);
});

t.test('many entries at one value are kept apart by their ids', async (t) => {
  const list = new LevelList();
  for (let id = 5_000; id > 0; id--) list.add(100, id);
  for (let id = 2; id <= 5_000; id += 2) list.remove(100, id);
  t.equal(list.size, 2_500);
  t.same(
    list.upward(99, 100).map(({ id }) => id),
    Array.from({ length: 2_500 }, (_, i) => 2 * i + 1),
  );
  for (let id = 1; id <= 5_000; id += 2) list.remove(100, id);
  t.equal(list.size, 0);
  t.same(list.at(100), []);
});
