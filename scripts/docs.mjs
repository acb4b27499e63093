// Writes what README.md tells of the code: the table of all options.
//   npm run docs
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** Where the compiled program is. */
const build = process.argv[2] ?? 'dist';

const { withOptionsTable } = await import(pathToFileURL(join(root, build, 'src', 'options-table.js')).href);
const path = join(root, 'README.md');
writeFileSync(path, withOptionsTable(readFileSync(path, 'utf8')));
