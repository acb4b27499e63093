// Writes what the documents tell of the code: the table of all options in README.md, that of all indicators in
// docs/INDICATORS.md.
//   npm run docs
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** Where the compiled program is. */
const build = process.argv[2] ?? 'dist';

function load(path) {
  return import(pathToFileURL(join(root, build, 'src', path)).href);
}

function rewrite(name, change) {
  const path = join(root, name);
  writeFileSync(path, change(readFileSync(path, 'utf8')));
}

const { withOptionsTable } = await load('options-table.js');
const { withIndicatorTable } = await load('engine/indicators/indicator-table.js');
rewrite('README.md', withOptionsTable);
rewrite('docs/INDICATORS.md', withIndicatorTable);
