import t from 'tap';
import { createTransport } from '../../src/ws/create-transport.js';
import { loadUws } from '../../src/ws/uws-native.js';

t.test('takes the native driver where it loads, and says why in either case', async (at) => {
  const { driver } = createTransport('auto');
  at.equal(driver.name, 'native' in loadUws() ? 'uws' : 'ws');
  at.match(driver.why, process.versions.node);
  at.same(createTransport('ws').driver, { name: 'ws', why: 'asked for' });
});

t.test('takes the driver that can compress where that is asked for', async (at) => {
  at.equal(createTransport('auto', true).driver.name, 'ws');
  at.match(createTransport('auto', true).driver.why, /--compression/);
  at.equal(createTransport('ws', true).driver.name, 'ws');
  at.throws(() => createTransport('uws', true), { name: 'OperatorError', message: /no compression/ });
});

t.test('never runs the JavaScript imitation on a Node without native binary', async (at) => {
  const real = process.versions;
  at.teardown(() => Object.defineProperty(process, 'versions', { value: real }));
  Object.defineProperty(process, 'versions', { value: { ...real, modules: '999', node: '99.0.0' } });
  const { driver } = createTransport('auto');
  at.same(driver.name, 'ws');
  at.match(driver.why, /no native uWebSockets\.js for Node 99\.0\.0 \(ABI 999\)/);
  at.throws(() => createTransport('uws'), { name: 'OperatorError', message: /--transport ws/ });
});
