import { spawnSync } from 'node:child_process';
import { cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { packageRoot } from '../../src/package-root.js';
import { makeTestFolder } from '../support/folder.js';

const ROOT = fileURLToPath(packageRoot());

t.test('the bootstrap of a clone', async (t) => {
  const clone = await makeTestFolder('clone');
  t.teardown(() => rm(clone, { recursive: true, force: true }));
  for (const name of ['scripts', 'package.json', 'package-lock.json']) {
    await cp(join(ROOT, name), join(clone, name), { recursive: true });
  }
  // A project of one file builds in a moment; what is installed is borrowed, but for the stamp.
  await mkdir(join(clone, 'node_modules'));
  for (const name of ['typescript', '@types', 'undici-types']) {
    await symlink(join(ROOT, 'node_modules', name), join(clone, 'node_modules', name));
  }
  await mkdir(join(clone, 'src'));
  const config = {
    compilerOptions: { outDir: 'dist', rootDir: '.', module: 'esnext', lib: ['es5'], types: [] },
  };
  await writeFile(
    join(clone, 'tsconfig.json'),
    JSON.stringify({ ...config, include: ['src', 'soak/**/*.ts'] }),
  );
  await writeFile(join(clone, 'src', 'main.ts'), 'export const answer = 41;\n');
  // Stands in for npm, which would install everything anew: it only says that it was called.
  const npm = join(clone, 'npm.cjs');
  await writeFile(
    npm,
    "require('node:fs').appendFileSync(__dirname + '/calls', process.argv.slice(2).join(' ') + '\\n');\n",
  );

  const bootstrap = (): { status: number | null; said: string } => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(clone, 'scripts', 'bootstrap.mjs')],
      {
        encoding: 'utf8',
        env: { ...process.env, npm_execpath: npm },
      },
    );
    return { status, said: `${stdout}${stderr}` };
  };

  const first = bootstrap();
  t.equal(first.status, 0);
  t.match(first.said, /Installing dependencies[\s\S]*Building/, 'installs, then builds');
  t.match(await readFile(join(clone, 'calls'), 'utf8'), /^ci .*--include=dev/, 'from the lock file');
  t.match(await readFile(join(clone, 'dist', 'src', 'main.js'), 'utf8'), 'answer = 41');

  t.same(bootstrap(), { status: 0, said: '' }, 'does nothing and says nothing when nothing changed');

  await writeFile(join(clone, 'src', 'main.ts'), 'export const answer: number = 42;\n');
  const changed = bootstrap();
  t.equal(changed.status, 0);
  t.match(changed.said, 'Building');
  t.notMatch(changed.said, 'Installing', 'a changed source file is only built');
  t.match(await readFile(join(clone, 'dist', 'src', 'main.js'), 'utf8'), 'answer = 42');

  await mkdir(join(clone, 'soak'));
  await writeFile(join(clone, 'soak', 'run.ts'), 'export const answer = 1;\n');
  t.match(bootstrap().said, 'Building', 'every folder that the compiler takes is looked at');

  await writeFile(join(clone, 'src', 'main.ts'), "export const answer: number = '42';\n");
  const broken = bootstrap();
  t.equal(broken.status, 1, 'a build that fails is a failure');
  t.match(broken.said, /main\.ts.*TS2322[\s\S]*Building failed/, 'that says what was wrong');
  t.equal(bootstrap().status, 1, 'and is not taken for done the next time');

  await rm(join(clone, 'dist'), { recursive: true });
  await writeFile(join(clone, 'src', 'main.ts'), 'export const answer = 43;\n');
  t.equal(bootstrap().status, 0, 'a build folder that was removed is made anew');
  t.match(await readFile(join(clone, 'dist', 'src', 'main.js'), 'utf8'), 'answer = 43');
});
