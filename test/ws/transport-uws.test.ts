import t from 'tap';
import { createUwsTransport } from '../../src/ws/transport-uws.js';
import { loadUws } from '../../src/ws/uws-native.js';
import { transportContract } from '../contracts/transport.js';

const loaded = loadUws();
if ('native' in loaded) {
  transportContract(t, (options, handlers) => createUwsTransport(loaded.native, options, handlers), 8_000);
} else {
  t.test('holds the contract of transports', { skip: loaded.why }, () => undefined);
}
