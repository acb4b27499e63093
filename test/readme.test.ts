import { existsSync, readFileSync } from 'node:fs';
import t from 'tap';
import { withOptionsTable } from '../src/options-table.js';
import { packageRoot } from '../src/package-root.js';
import { STREAM_PATH } from '../src/protocol.js';

const read = (name: string): string => readFileSync(new URL(name, packageRoot()), 'utf8');
const readme = read('README.md');
const packageJson = JSON.parse(read('package.json')) as {
  scripts: Record<string, string>;
  dependencies: Record<string, string>;
  optionalDependencies: Record<string, string>;
  devDependencies: Record<string, string>;
};

/** Gives what stands below a heading, up to the next. */
function section(title: string): string {
  return readme.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? '';
}

t.test('the table of options is that of the program; `npm run docs` writes it', async (t) => {
  t.equal(readme, withOptionsTable(readme));
});

/** Gives the packages that the rows of a table name. */
function packagesIn(table: string): readonly string[] {
  const rows = table.matchAll(/^\| ([^|]+) \| ([^|]+) \|$/gm);
  return [...rows].slice(1).flatMap(([, packages = '']) => packages.split(',').map((name) => name.trim()));
}

t.test('every package is named with the reason', async (t) => {
  const [program = '', development = ''] = section('Dependencies').split('### For development');
  const needed = Object.keys({ ...packageJson.dependencies, ...packageJson.optionalDependencies });
  t.same(packagesIn(program).toSorted(), needed.toSorted());
  const tools = Object.keys(packageJson.devDependencies).filter((name) => !name.startsWith('@types/'));
  t.same(packagesIn(development).toSorted(), tools.toSorted());
});

t.test('every file that README links to is there', async (t) => {
  const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, path = '']) => path);
  const named = [...readme.matchAll(/`((?:examples|docs|bench|src|sql)\/[^`*]*)`/g)].map(
    ([, path = '']) => path,
  );
  t.ok(links.length > 0);
  for (const path of [...links, ...named]) t.ok(existsSync(new URL(path, packageRoot())), path);
});

t.test('every npm script that README names exists', async (t) => {
  const named = [...readme.matchAll(/npm (?:run )?(start|test|bench|docs|build|check|format)\b/g)];
  for (const [text, script = ''] of named) t.ok(script in packageJson.scripts, text);
});

t.test('where the output of npm is redirected, its own lines are left out', async (t) => {
  const redirected = [...readme.matchAll(/^npm .* [>|] .*$/gm)].map(([line]) => line);
  t.ok(redirected.length > 0);
  for (const line of redirected) t.match(line, / --silent /, line);
});

t.test('the address of the stream is the one that is served', async (t) => {
  const addresses = [...readme.matchAll(/wss?:\/\/127\.0\.0\.1:8080(\/[^\s`'")]*)/g)];
  t.ok(addresses.length > 0);
  for (const [address, path] of addresses) t.equal(path, STREAM_PATH, address);
});
