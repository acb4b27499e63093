import { existsSync } from 'node:fs';
import t from 'tap';
import { ServerProcess } from '../support/server-process.js';

t.test('a file of TLS that does not exist is refused before a database is made', async (t) => {
  const dataDir = `${t.testdir()}/data`;
  const files = ['--tls-cert', '/nowhere/cert.pem', '--tls-key', '/nowhere/key.pem'];
  const server = ServerProcess.spawn(['serve', '--port', '0', '--data-dir', dataDir, ...files]);
  t.match(await server.ended(30_000), { code: 1 });
  t.match(server.stderr, '--tls-cert /nowhere/cert.pem cannot be read (ENOENT)');
  t.notOk(existsSync(dataDir));
});
