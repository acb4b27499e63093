import t from 'tap';
import { skipWithoutProc } from '../support/process-tree.js';
import { makeServedFolder, QUICK } from '../support/served-folder.js';
import { until } from '../support/until.js';

t.test('a server that is killed', { skip: skipWithoutProc }, async (t) => {
  t.setTimeout(100_000);
  const folder = await makeServedFolder(t);

  t.test('takes demo exchange and Postgres along, and the next one starts on its folder', async (t) => {
    const killed = folder.serve();
    await killed.ready();
    t.ok(folder.tree.living().size > 4, 'server, demo exchange, host and Postgres run');
    await killed.end('SIGKILL');
    await folder.tree.gone(10_000);
    const next = folder.serve();
    await next.ready();
    t.equal(await next.end('SIGTERM'), 0);
    await folder.tree.gone(5_000);
  });

  t.test('leaves its folder to one that is started in the same moment', async (t) => {
    const killed = folder.serve();
    await killed.ready();
    await killed.end('SIGKILL');
    const next = folder.serve();
    await next.ready();
    t.equal(await next.end('SIGTERM'), 0);
    await folder.tree.gone(5_000);
  });

  for (const [moment, pattern] of [
    ['the demo exchange starts', /demo\/main\.js/],
    ['the host of Postgres starts', /embedded-postgres-host/],
    ['Postgres starts', /bin\/postgres -D/],
  ] as const) {
    t.test(`leaves nothing running when it is killed while ${moment}`, async (t) => {
      const killed = folder.serve();
      await until(moment, () => folder.tree.find(pattern) !== undefined);
      t.equal(killed.url, null);
      await killed.end('SIGKILL');
      await folder.tree.gone(10_000);
    });
  }

  t.test('ends with a reason when its demo exchange dies, rather than stand still', async (t) => {
    const server = folder.serve(QUICK);
    await server.ready();
    folder.tree.signal(/demo\/main\.js/, 'SIGKILL');
    t.same(await server.ended(10_000), { code: 1, signal: null });
    t.match(server.stderr, /cryptopredict: ending: the demo exchange ended with SIGKILL/);
    await folder.tree.gone(5_000);
  });
});
