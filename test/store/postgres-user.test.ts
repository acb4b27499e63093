import { spawnSync } from 'node:child_process';
import { chmod, mkdir, readlink, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import t from 'tap';
import { startEmbeddedPostgres } from '../../src/store/embedded-postgres.js';
import { canEnter, postgresIdentity, SHARED_ROOT } from '../../src/store/postgres-user.js';
import { query } from '../support/embedded.js';
import { makeTestFolder, silent } from '../support/folder.js';

const isRoot = process.getuid?.() === 0;

t.test('an ordinary user runs Postgres himself', { skip: isRoot ? 'runs as root' : false }, async (t) => {
  t.same(await postgresIdentity('/'), {});
  t.ok(canEnter(process.cwd(), {}));
});

t.test('as root', { skip: isRoot ? false : 'does not run as root' }, async (t) => {
  const folder = await makeTestFolder('user');
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const uid = Number(spawnSync('id', ['-u', 'postgres'], { encoding: 'utf8' }).stdout);

  t.test('user postgres runs it, or who owns the data that are there', async (t) => {
    const identity = await postgresIdentity(join(folder, 'nowhere'));
    t.not(identity.uid, 0);
    if (!Number.isNaN(uid) && uid !== 0) t.equal(identity.uid, uid);
    const owned = join(folder, 'owned');
    await mkdir(owned);
    spawnSync('chown', ['12345:12346', owned]);
    t.same(await postgresIdentity(owned), { uid: 12_345, gid: 12_346 });
  });

  t.test('folders that only root may enter are told apart', async (t) => {
    const identity = await postgresIdentity(folder);
    t.ok(canEnter(folder, identity));
    const closed = join(folder, 'closed');
    await mkdir(join(closed, 'below'), { recursive: true });
    await chmod(closed, 0o700);
    t.notOk(canEnter(closed, identity));
    t.notOk(canEnter(join(closed, 'below'), identity), 'folders above count');
  });

  t.test('data in such a folder are kept where user postgres can go, and found again', async (t) => {
    const closed = join(folder, 'private');
    await mkdir(closed);
    await chmod(closed, 0o700);
    const dataDir = join(closed, '.data');
    const first = await startEmbeddedPostgres({ dataDir, logger: silent });
    const place = await readlink(join(dataDir, 'postgres'));
    t.teardown(() => rm(place, { recursive: true, force: true }));
    t.equal(dirname(place), SHARED_ROOT);
    t.equal((await stat(place)).mode & 0o777, 0o700, 'nobody else may read them');
    t.equal((await stat(closed)).mode & 0o777, 0o700, 'the folder stays closed');
    await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();
    const second = await startEmbeddedPostgres({ dataDir, logger: silent });
    t.same(await query(second.url, 'SELECT answer FROM kept'), [42]);
    await second.stop();
  });
});
