import t from 'tap';
import { AddressLimiter, networkOf } from '../../src/accounts/address-limiter.js';

function limiter(options: { perMinute?: number; burst?: number; maxAddresses?: number } = {}) {
  const clock = { now: 0 };
  return { clock, limiter: new AddressLimiter({ perMinute: 6, now: () => clock.now, ...options }) };
}

t.test('an address has so many attempts, and regains them', async (t) => {
  const { limiter: attempts, clock } = limiter();
  for (let n = 0; n < 6; n++) attempts.take('192.0.2.1');
  t.throws(() => attempts.take('192.0.2.1'), {
    code: 'rate_limited',
    message: 'too many attempts from this address: try again in 10 s',
  });
  attempts.take('192.0.2.2');
  clock.now = 9_999;
  t.equal(attempts.tryTake('192.0.2.1'), 1);
  clock.now = 10_000;
  attempts.take('192.0.2.1');
  t.equal(attempts.tryTake('192.0.2.1'), 10_000);
  clock.now = 1e9;
  for (let n = 0; n < 6; n++) attempts.take('192.0.2.1');
  t.equal(attempts.tryTake('192.0.2.1'), 10_000, 'never more than at the beginning');
});

t.test('what costs more takes more; what costs more than all there is takes all', async (t) => {
  const { limiter: attempts } = limiter();
  attempts.take('a', 4);
  t.equal(attempts.tryTake('a', 4), 20_000);
  attempts.take('a', 2);
  attempts.take('b', 100);
  t.equal(attempts.tryTake('b'), 10_000);
});

t.test('a burst may be larger than what a minute gives', async (t) => {
  const { limiter: attempts } = limiter({ perMinute: 0.1, burst: 2 });
  attempts.take('a');
  attempts.take('a');
  t.equal(attempts.tryTake('a'), 600_000);
});

t.test('so many addresses are remembered, and those that were not seen for longest forgotten', async (t) => {
  const { limiter: attempts } = limiter({ maxAddresses: 3 });
  attempts.take('a', 6);
  for (const address of ['b', 'c', 'b']) attempts.take(address);
  attempts.take('d');
  t.equal(attempts.size, 3);
  t.equal(attempts.tryTake('a', 6), 0, 'a is new again');
  t.ok(attempts.tryTake('b', 5) > 0, 'b is known');
});

t.test('of IPv6 the /64 counts, whatever way it is written; IPv4 in IPv6 is IPv4', async (t) => {
  const cases: Readonly<Record<string, string>> = {
    '192.0.2.1': '192.0.2.1',
    '::ffff:192.0.2.1': '192.0.2.1',
    '0000:0000:0000:0000:0000:ffff:c000:0201': '192.0.2.1',
    '2001:db8:1:2:3:4:5:6': '2001:db8:1:2::/64',
    '2001:0db8:0001:0002:ffff:ffff:ffff:ffff': '2001:db8:1:2::/64',
    '2001:db8::1': '2001:db8:0:0::/64',
    'fe80::1%eth0': 'fe80:0:0:0::/64',
    '::1': '0:0:0:0::/64',
    '1::': '1:0:0:0::/64',
    'someone@example.org': 'someone@example.org',
    '': '',
  };
  for (const [address, network] of Object.entries(cases)) t.equal(networkOf(address), network, address);
});
