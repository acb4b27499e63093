import t from 'tap';
import { parseTableChange } from '../../src/store/table-change.js';

t.test('a change names its table and its rows, or all', async (t) => {
  t.same(parseTableChange('{"keys": [1, 2], "table": "assets"}'), { table: 'assets', keys: [1, 2] });
  t.same(parseTableChange('{"keys": ["a.b"], "table": "system_config"}'), {
    ...{ table: 'system_config', keys: ['a.b'] },
  });
  t.same(parseTableChange('{"keys": null, "table": "watchlists"}'), { table: 'watchlists', keys: null });
});

t.test('anything else is refused', async (t) => {
  for (const payload of [
    ...['', 'x', 'null', '1', '[]', '{}', '{"table": "assets"}', '{"keys": null}'],
    ...['{"table": "users", "keys": null}', '{"table": "assets", "keys": 1}'],
    ...['{"table": "assets", "keys": [null]}', '{"table": "assets", "keys": [1.5]}'],
  ]) {
    t.throws(() => parseTableChange(payload), payload);
  }
});
