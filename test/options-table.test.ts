import t from 'tap';
import { envOf, flagOf, optionKeys } from '../src/config.js';
import { optionsTable, withOptionsTable } from '../src/options-table.js';

t.test('the table has a line for each option', async (t) => {
  const lines = optionsTable().split('\n').slice(2);
  const keys = optionKeys();
  t.equal(lines.length, keys.length);
  keys.forEach((key, index) => {
    t.ok(lines[index]?.startsWith(`| \`${flagOf(key)}\` | \`${envOf(key)}\` |`), key);
    t.equal(lines[index]?.split(/(?<!\\)\|/).length, 8, `${key} has six cells`);
  });
});

t.test('the table replaces the one before and nothing else', async (t) => {
  const before = 'head\n<!-- options: x -->\n| $& earlier |\n<!-- /options -->\ntail\n';
  const once = withOptionsTable(before);
  t.match(once, /^head\n<!-- options: x -->\n\n\| flag /);
  t.match(once, /\|\n\n<!-- \/options -->\ntail\n$/);
  t.notMatch(once, '| $& earlier |');
  t.equal(withOptionsTable(once), once);
  t.throws(() => withOptionsTable('no place'), /has no <!-- options/);
});
