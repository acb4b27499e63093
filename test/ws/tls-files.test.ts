import { writeFileSync } from 'node:fs';
import { connect } from 'node:tls';
import t from 'tap';
import { loadTls } from '../../src/ws/tls-files.js';
import { testTls, tlsFixture } from '../support/tls.js';
import { DRIVERS, gatewaySite } from './gateway-site.js';

const cert = tlsFixture('cert');
const key = tlsFixture('key');

t.test('refuses what is missing, no PEM, of another key or out of date, by flag and file', async (at) => {
  const folder = at.testdir({ 'text.pem': 'no PEM at all' });
  const text = `${folder}/text.pem`;
  for (const [files, message] of [
    [[`${folder}/none`, key], /^--tls-cert \S+none cannot be read \(ENOENT\)/],
    [[cert, `${folder}/none`], /^--tls-key \S+none cannot be read \(ENOENT\)/],
    [[folder, key], /^--tls-cert \S+ cannot be read \(EISDIR\)/],
    [[text, key], /^--tls-cert \S+text\.pem holds no PEM of a certificate/],
    [[key, key], /^--tls-cert \S+key\.pem holds no PEM of a certificate/],
    [[cert, text], /^--tls-key \S+text\.pem holds no PEM of a private key/],
    [[cert, cert], /^--tls-key \S+cert\.pem holds no PEM of a private key/],
    [[cert, tlsFixture('other-key')], /other-key\.pem is not that of --tls-cert \S+cert\.pem/],
    [[tlsFixture('expired'), key], /expired\.pem holds from Jan .*2020 GMT to Jan .*2020 GMT/],
  ] as const) {
    at.throws(() => loadTls(files[0], files[1]), { name: 'OperatorError', message });
  }
});

t.test('reads a certificate with its chain', async (at) => {
  const folder = at.testdir();
  const { cert: text } = testTls();
  writeFileSync(`${folder}/chain.pem`, `${text}\n${text}`);
  at.equal(loadTls(`${folder}/chain.pem`, key).certFile, `${folder}/chain.pem`);
});

for (const transport of DRIVERS) {
  t.test(`${transport}: speaks TLS 1.2 and 1.3, nothing older, and no plain HTTP beside it`, async (at) => {
    const { gateway } = await gatewaySite(at, { transport, tls: testTls() });
    const { port } = gateway;
    const handshake = (version: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'): Promise<string | null> =>
      new Promise((resolve) => {
        const socket = connect(
          {
            ...{
              port,
              host: '127.0.0.1',
              rejectUnauthorized: false,
              minVersion: version,
              maxVersion: version,
            },
            // OpenSSL's own level would not even offer the old one.
            ciphers: 'DEFAULT@SECLEVEL=0',
          },
          () => {
            resolve(socket.getProtocol());
            socket.destroy();
          },
        );
        socket.on('error', () => resolve(null));
      });
    at.same(
      [await handshake('TLSv1.1'), await handshake('TLSv1.2'), await handshake('TLSv1.3')],
      [null, 'TLSv1.2', 'TLSv1.3'],
    );
    await at.rejects(fetch(`http://127.0.0.1:${port}/healthz`), 'plain HTTP is not answered');
  });
}
