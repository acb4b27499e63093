import { OperatorError } from '../errors.js';
import type { DriverInfo, TransportChoice, TransportFactory } from './transport.js';
import { createUwsTransport } from './transport-uws.js';
import { createWsTransport } from './transport-ws.js';
import { loadUws } from './uws-native.js';

/** A driver that can run here, with the reason why it was taken. */
export interface ChosenTransport {
  readonly start: TransportFactory;
  readonly driver: DriverInfo;
}

/**
 * Gives the driver to use: `uws` where its native binary loads, else `ws`; or the one that was asked for.
 *
 * @param compression messages are to be compressed, which `uws` cannot
 * @throws OperatorError if `uws` was asked for and does not load, or is to compress
 */
export function createTransport(choice: TransportChoice, compression = false): ChosenTransport {
  if (compression && choice === 'uws') {
    throw new OperatorError(
      '--transport uws has no compression; use --transport ws or auto, or --compression no',
    );
  }
  if (compression && choice === 'auto') {
    return { start: createWsTransport, driver: { name: 'ws', why: 'it compresses, as --compression asks' } };
  }
  if (choice === 'ws') return { start: createWsTransport, driver: { name: 'ws', why: 'asked for' } };
  const loaded = loadUws();
  if ('native' in loaded) {
    const why = choice === 'uws' ? 'asked for' : `its native binary loads on Node ${process.versions.node}`;
    return {
      start: (options, handlers) => createUwsTransport(loaded.native, options, handlers),
      driver: { name: 'uws', why },
    };
  }
  if (choice === 'uws') throw new OperatorError(`${loaded.why}; use --transport ws or auto`);
  return { start: createWsTransport, driver: { name: 'ws', why: loaded.why } };
}
