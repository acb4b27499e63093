// Runs the tests: one Postgres and one Redis for all files, then tap; prints tap's own totals last.
//   npm test                      everything
//   npm test -- test/engine       the files below a folder, or single files
import { spawn } from 'node:child_process';
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);

function testFiles(path) {
  if (statSync(path).isFile()) return path.endsWith('.test.js') ? [path] : [];
  return readdirSync(path)
    .sort()
    .flatMap((name) => testFiles(join(path, name)));
}

/** `test/engine/x.test.ts` as a user writes it → the compiled file. */
function compiled(argument) {
  const path = join('dist', relative(root, join(root, argument)).replace(/\.ts$/, '.js'));
  if (!existsSync(path)) {
    console.error(`There is no test ${argument}; write a file or folder below test/.`);
    process.exit(2);
  }
  return path;
}

/** Folders below dist/test whose files share a process, and how many at a time. */
const SHARED = new Map([
  ['engine', 6],
  ['store/repositories', 9],
  ['ws/methods', 7],
  ['accounts', 8],
]);
const GROUPS = join('dist', 'test-groups');

/**
 * Files that leave nothing behind in their process, and most of which take less time than a process takes to start, share
 * one, some at a time. What fails names its own file all the same.
 */
function grouped(all) {
  rmSync(GROUPS, { recursive: true, force: true });
  mkdirSync(GROUPS);
  const alone = new Set(all);
  const groups = [...SHARED].flatMap(([folder, filesAGroup]) => {
    const files = all.filter((file) => file.startsWith(join('dist', 'test', folder, '/')));
    const count = Math.ceil(files.length / filesAGroup);
    for (const file of files) alone.delete(file);
    return Array.from({ length: count }, (_, group) => {
      const path = join(GROUPS, `${folder.replace('/', '-')}-${String(group + 1).padStart(2, '0')}.test.js`);
      const members = files.filter((_file, place) => place % count === group);
      const imports = members.map((file) => `  await import(${JSON.stringify(relative(GROUPS, file))});`);
      // The run must not end while a file still waits for something before its first test.
      const lines = ["import t from 'tap';", "t.test('its files begin', async () => {", ...imports, '});'];
      writeFileSync(path, `${lines.join('\n')}\n`);
      return path;
    });
  });
  return [...groups, ...alone];
}

const wanted = process.argv.slice(2);
const found = (wanted.length > 0 ? wanted.map(compiled) : [join('dist', 'test')]).flatMap(testFiles);
const files = wanted.length > 0 ? found : grouped(found);

const stops = [];
const env = { ...process.env };

async function load(path) {
  return import(pathToFileURL(join(root, 'dist', path)).href);
}

try {
  if (env.TEST_DATABASE_URL === undefined) {
    const { startTestServer } = await load('test/support/database.js');
    const postgres = await startTestServer();
    env.TEST_DATABASE_URL = postgres.url;
    stops.push(() => postgres.stop());
  }
  if (env.REDIS_URL === undefined) {
    const { NO_REDIS, RedisServer, redisProgram } = await load('test/support/redis.js');
    const program = redisProgram();
    if (program === null) console.log(`${NO_REDIS}: the tests that need it are skipped, by name.`);
    else {
      const redis = await RedisServer.start(program);
      env.REDIS_URL = redis.url;
      stops.push(() => redis.stop());
    }
  }
  process.exitCode = await runTap();
} finally {
  for (const stop of stops.reverse()) await stop();
}

/** Runs tap, shows a line per file and every failure, keeps the whole output in dist/test-output.tap. */
async function runTap() {
  const tap = join(root, 'node_modules', 'tap', 'dist', 'esm', 'run.mjs');
  const started = Date.now();
  const child = spawn(process.execPath, [tap, '--reporter=tap', ...files], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const stop = (signal) => child.kill(signal);
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  const whole = createWriteStream(join('dist', 'test-output.tap'));
  const totals = { total: 0, pass: 0, fail: 0, skip: 0, todo: 0 };
  const closed = new Promise((resolve) =>
    child.once('close', (code, signal) => resolve(code ?? (signal ? 1 : 0))),
  );
  let inFailure = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    whole.write(`${line}\n`);
    const isFile = /^(not )?ok \d/.test(line);
    const failed = /^\s*not ok \d/.test(line) && !/# (SKIP|TODO)/i.test(line);
    if (failed) inFailure = 40;
    if (isFile || failed || inFailure > 0 || /# SKIP/i.test(line)) console.log(line);
    if (inFailure > 0) inFailure = /^\s*\.\.\.\s*$/.test(line) ? 0 : inFailure - 1;
    const summary = /^# \{ (.*) \}$/.exec(line);
    if (summary) {
      for (const part of summary[1].split(', ')) {
        const [name, count] = part.split(': ');
        totals[name] = Number(count);
      }
    }
  }
  const code = await closed;
  whole.end();
  const skipped = totals.skip + totals.todo;
  console.log(
    `\n${found.length} files in ${((Date.now() - started) / 1000).toFixed(0)} s; everything said: dist/test-output.tap`,
  );
  console.log(`${totals.pass} passed, ${totals.fail} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  return code === 0 && totals.fail === 0 && totals.pass > 0 ? 0 : 1;
}
