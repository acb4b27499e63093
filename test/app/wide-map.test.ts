import t from 'tap';
import { WideMap } from '../../src/app/wide-map.js';

t.test('it is a map of numbers or texts', async (t) => {
  const map = new WideMap<number | string, number>();
  for (let i = 0; i < 1_000; i++) map.set(i, i);
  map.set('a', 1);
  map.set(7, 8);
  t.equal(map.size, 1_001);
  t.ok(map.has(999) && map.has('a') && !map.has(1_000));
  t.ok(map.delete(5));
  t.notOk(map.delete(5));
  t.equal([...map.keys()].length, 1_000);
  t.same(new Map(map).get(7), 8);
  t.same(new Map(map).get('a'), 1);
});
