import { createServer } from 'node:net';
import { OperatorError } from '../errors.js';

/** Gives the one-line error for an address that could not be listened on. `code` is the system's, e.g. `EADDRINUSE`. */
export function listenError(host: string, port: number, code: string): OperatorError {
  switch (code) {
    case 'EADDRINUSE':
      return new OperatorError(
        `port ${port} is in use on ${host}; stop what uses it or choose another with --port`,
      );
    case 'EACCES':
      return new OperatorError(`no permission to listen on port ${port}; choose one above 1023 with --port`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new OperatorError(`${host} is not an address of this machine; choose another with --host`);
    default:
      return new OperatorError(`cannot listen on ${host}:${port} (${code}); see --host and --port`);
  }
}

/** Finds out why an address cannot be listened on, for a library that only says that it could not. */
export async function probeListenError(host: string, port: number): Promise<OperatorError> {
  const code = await new Promise<string>((resolve) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve('refused by the library')));
  });
  return listenError(host, port, code);
}
