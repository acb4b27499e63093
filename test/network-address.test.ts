import t from 'tap';
import { canonicalAddress, isLoopback, networkOf } from '../src/network-address.js';

t.test('writes an address in one way, whatever driver or proxy gives it', async (at) => {
  for (const [text, wanted] of [
    ['10.1.2.3', '10.1.2.3'],
    ['::ffff:10.1.2.3', '10.1.2.3'],
    ['0000:0000:0000:0000:0000:ffff:7f00:0001', '127.0.0.1'],
    ['0000:0000:0000:0000:0000:0000:0000:0001', '::1'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['', null],
    ['localhost', null],
    ['10.1.2', null],
    ['10.1.2.3:80', null],
    ['[::1]', null],
  ] as const) {
    at.equal(canonicalAddress(text), wanted, text);
  }
});

t.test('knows what is of this machine', async (at) => {
  for (const address of ['127.0.0.1', '127.9.9.9', '::1']) at.ok(isLoopback(address), address);
  for (const address of ['10.0.0.1', '12.7.0.0', '::2', '']) at.notOk(isLoopback(address), address);
});

t.test('counts IPv4 by address and IPv6 by the first 64 bits', async (at) => {
  at.equal(networkOf('10.1.2.3'), '10.1.2.3');
  at.equal(networkOf('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64');
  at.equal(networkOf('2001:db8::1'), '2001:db8:0:0::/64');
  at.equal(networkOf('2001:db8:0:0:9::'), '2001:db8:0:0::/64');
  at.equal(networkOf('::1'), '0:0:0:0::/64');
  at.equal(networkOf('1::2:3:4:5:6'), '1:0:0:2::/64');
});
