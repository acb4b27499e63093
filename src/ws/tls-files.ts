import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { messageOf, OperatorError } from '../errors.js';

/** A certificate with its key, known to belong together. */
export interface TlsFiles {
  /** One driver reads the files by itself. */
  readonly certFile: string;
  readonly keyFile: string;
  /** What stands in them, PEM. */
  readonly cert: string;
  readonly key: string;
}

/** Oldest version of TLS that is spoken, with either driver. */
export const MIN_TLS = 'TLSv1.2';

/**
 * Reads a certificate and its key.
 * @throws OperatorError that names the flag and the file: it is missing, is no PEM, does not fit the other, is out of date
 */
export function loadTls(certFile: string, keyFile: string, now = Date.now()): TlsFiles {
  const cert = read('--tls-cert', certFile);
  const key = read('--tls-key', keyFile);
  const { validFrom, validTo } = part(
    '--tls-cert',
    certFile,
    'a certificate',
    () => new X509Certificate(cert),
  );
  part('--tls-cert', certFile, 'a certificate', () => createSecureContext({ cert }));
  part('--tls-key', keyFile, 'a private key without passphrase', () => createSecureContext({ key }));
  try {
    createSecureContext({ cert, key, minVersion: MIN_TLS });
  } catch (error) {
    throw new OperatorError(
      `the key of --tls-key ${keyFile} is not that of --tls-cert ${certFile} (${messageOf(error)})`,
    );
  }
  if (Date.parse(validFrom) > now || Date.parse(validTo) < now) {
    throw new OperatorError(
      `the certificate of --tls-cert ${certFile} holds from ${validFrom} to ${validTo}`,
    );
  }
  return { certFile, keyFile, cert, key };
}

function read(flag: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new OperatorError(`${flag} ${file} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

function part<T>(flag: string, file: string, what: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new OperatorError(`${flag} ${file} holds no PEM of ${what} (${messageOf(error)})`);
  }
}
