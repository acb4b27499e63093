import t from 'tap';
import { createUwsTransport } from '../../src/ws/transport-uws.js';
import { loadUws } from '../../src/ws/uws-native.js';
import { transportDefences } from '../contracts/transport-defences.js';

const loaded = loadUws();
if ('native' in loaded) {
  transportDefences(t, (options, handlers) => createUwsTransport(loaded.native, options, handlers), 15_000);
} else {
  t.test('withstands attacks', { skip: loaded.why }, () => undefined);
}
