import t from 'tap';
import { markdownTable, withTable } from '../src/marked-table.js';

t.test('a table has a head, a rule and a line per row, with bars in cells escaped', async (t) => {
  const table = markdownTable(['a', 'b'], [['1', 'x|y']]);
  t.equal(table, '| a | b |\n|---|---|\n| 1 | x\\|y |');
});

t.test('only the table of that name is replaced', async (t) => {
  const document = '<!-- one: x -->\nold\n<!-- /one -->\n<!-- two: y -->\nkept\n<!-- /two -->\n';
  t.equal(
    withTable(document, 'one', '| $& |'),
    '<!-- one: x -->\n\n| $& |\n\n<!-- /one -->\n<!-- two: y -->\nkept\n<!-- /two -->\n',
  );
  t.throws(() => withTable(document, 'three', ''), /no <!-- three: … --> and <!-- \/three -->/);
});
