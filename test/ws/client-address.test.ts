import fc from 'fast-check';
import t from 'tap';
import { ClientAddresses } from '../../src/ws/client-address.js';

const TRUSTED = ['127.0.0.0/8', '10.0.0.0/8', '::1', 'fd00::/8'];
const addresses = new ClientAddresses(TRUSTED);

function client(peer: string, forwarded?: string): string {
  return addresses.of(peer, forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }).address;
}

t.test('takes the right-most address that is no proxy of ours', async (at) => {
  for (const [peer, forwarded, wanted] of [
    ['127.0.0.1', undefined, '127.0.0.1'],
    ['127.0.0.1', '203.0.113.9', '203.0.113.9'],
    ['127.0.0.1', '1.1.1.1, 203.0.113.9', '203.0.113.9'],
    ['127.0.0.1', '1.1.1.1, 203.0.113.9, 10.0.0.7', '203.0.113.9'],
    ['127.0.0.1', '10.0.0.8,10.0.0.7', '10.0.0.8'],
    ['127.0.0.1', '203.0.113.9:4711', '203.0.113.9'],
    ['127.0.0.1', '"[2001:db8::1]:4711"', '127.0.0.1'],
    ['127.0.0.1', '[2001:DB8::1]:4711', '2001:db8::1'],
    ['127.0.0.1', '::ffff:203.0.113.9', '203.0.113.9'],
    ['127.0.0.1', '203.0.113.9, unknown', '127.0.0.1'],
    ['127.0.0.1', '', '127.0.0.1'],
    ['127.0.0.1', ' , ,', '127.0.0.1'],
    ['0000:0000:0000:0000:0000:ffff:7f00:0001', '203.0.113.9', '203.0.113.9'],
    ['fd12::1', '2001:db8::1', '2001:db8::1'],
    ['203.0.113.1', '1.1.1.1', '203.0.113.1'],
    ['2001:db8::5', '1.1.1.1', '2001:db8::5'],
    ['', '1.1.1.1', ''],
  ] as const) {
    at.equal(client(peer, forwarded), wanted, `${peer} ${forwarded}`);
  }
});

t.test('takes the host that the nearest proxy names, and of strangers what they asked for', async (at) => {
  const headers = { host: 'inner:8080', 'x-forwarded-host': 'evil.example, shop.example' };
  at.equal(addresses.of('10.1.1.1', headers).host, 'shop.example');
  at.equal(addresses.of('203.0.113.1', headers).host, 'inner:8080');
  at.equal(addresses.of('10.1.1.1', { host: 'inner:8080' }).host, 'inner:8080');
  at.equal(addresses.of('10.1.1.1', {}).host, null);
});

t.test('trusts nobody unless told', async (at) => {
  const nobody = new ClientAddresses([]);
  at.equal(nobody.of('127.0.0.1', { 'x-forwarded-for': '1.1.1.1' }).address, '127.0.0.1');
});

t.test('what a client writes into the header never makes it another', async () => {
  fc.assert(
    fc.property(fc.string(), fc.ipV4(), (forged, real) => {
      fc.pre(!real.startsWith('10.') && !real.startsWith('127.'));
      // The proxy appends whom it sees.
      return client('10.0.0.1', `${forged}, ${real}`) === real;
    }),
  );
});
