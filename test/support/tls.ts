import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../src/package-root.js';
import { loadTls, type TlsFiles } from '../../src/ws/tls-files.js';

/** Gives the path of a file of test/fixtures/tls: a certificate of localhost until 2120, with its key, and wrong ones. */
export function tlsFixture(name: 'cert' | 'key' | 'other-key' | 'expired'): string {
  return fileURLToPath(new URL(`test/fixtures/tls/${name}.pem`, packageRoot()));
}

/** Gives the certificate with its key. */
export function testTls(): TlsFiles {
  return loadTls(tlsFixture('cert'), tlsFixture('key'));
}
