import { existsSync, readFileSync } from 'node:fs';
import t from 'tap';
import { packageRoot } from '../src/package-root.js';
import { VERSION } from '../src/version.js';

t.test('the package is found from wherever its files were compiled to', async (t) => {
  const root = packageRoot();
  t.ok(root.href.endsWith('/'));
  for (const name of ['package.json', 'sql/', 'web/']) t.ok(existsSync(new URL(name, root)), name);
});

t.test("the version is that of package.json, and the changelog's newest", async (t) => {
  const { version } = JSON.parse(readFileSync(new URL('package.json', packageRoot()), 'utf8')) as {
    version: string;
  };
  t.equal(VERSION, version);
  t.match(version, /^\d+\.\d+\.\d+$/);
  t.match(readFileSync(new URL('CHANGELOG.md', packageRoot()), 'utf8'), version);
});
