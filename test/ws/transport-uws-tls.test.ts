import t from 'tap';
import { createUwsTransport } from '../../src/ws/transport-uws.js';
import { loadUws } from '../../src/ws/uws-native.js';
import { transportContract } from '../contracts/transport.js';
import { testTls } from '../support/tls.js';

const loaded = loadUws();
if ('native' in loaded) {
  transportContract(
    t,
    (options, handlers) => createUwsTransport(loaded.native, options, handlers),
    null,
    testTls(),
  );
} else {
  t.test('holds the contract of transports over TLS', { skip: loaded.why }, () => undefined);
}
