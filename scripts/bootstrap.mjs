// Installs and builds what a fresh clone lacks, and does nothing when nothing changed.
// Run by npm before `start` and `test`; needs Node's own modules only, since nothing else may be there yet.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** The folders that the compiler takes: `examples` of `examples/**\/*.ts`. */
const SOURCES = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8')).include.map(
  (pattern) => pattern.split('/')[0],
);

function fail(message) {
  console.error(message);
  process.exit(1);
}

const major = Number(process.versions.node.split('.')[0]);
if (major < 20) fail(`Node ${process.versions.node} is too old: CryptoPredict needs Node 20, 22 or 24.`);

function digest(parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex');
}

function readIfThere(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

function run(what, command, args) {
  console.error(`${what} …`);
  const started = Date.now();
  const child = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (child.error) fail(`${what} failed: ${child.error.message}`);
  if (child.status !== 0) fail(`${what} failed with exit code ${child.status}; see the lines above.`);
  console.error(`${what} took ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

/** Names, sizes and times of all source files: enough to see a change, quicker than reading them. */
function sourceState() {
  const parts = [readIfThere(join(root, 'tsconfig.json'))];
  const walk = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (entry.name.endsWith('.ts')) {
        const { size, mtimeMs } = statSync(path);
        parts.push(`${path} ${size} ${mtimeMs}`);
      }
    }
  };
  for (const folder of SOURCES) if (existsSync(join(root, folder))) walk(join(root, folder));
  return digest(parts.sort());
}

function step(stampPath, state, work) {
  if (readIfThere(stampPath) === state) return;
  work();
  mkdirSync(dirname(stampPath), { recursive: true });
  writeFileSync(stampPath, state);
}

// The platform is part of the state: native binaries of another one do not load. A new Node version is not:
// every native package brings binaries for several.
const lock = digest([readFileSync(join(root, 'package-lock.json'), 'utf8'), process.platform, process.arch]);
const npm = process.env.npm_execpath;
step(join(root, 'node_modules', '.cryptopredict-installed'), lock, () => {
  const args = ['ci', '--include=dev', '--no-fund', '--no-audit', '--loglevel=error'];
  if (npm === undefined) run('Installing dependencies', 'npm', args);
  else run('Installing dependencies', process.execPath, [npm, ...args]);
});
step(join(root, 'dist', '.built'), digest([sourceState(), lock]), () => {
  run('Building', process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', root]);
});
