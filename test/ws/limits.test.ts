import t from 'tap';
import { ConnectionLimiter, MessageLimiter } from '../../src/ws/limits.js';

t.test(
  'lets a burst of twice the rate pass, then the rate, then refuses, then calls it a flood',
  async (at) => {
    const limiter = new MessageLimiter(10, 1_000);
    const verdicts = (count: number, now: number) => Array.from({ length: count }, () => limiter.take(now));
    at.same(new Set(verdicts(20, 1_000)), new Set(['pass']));
    at.same(verdicts(2, 1_000), ['refused', 'refused']);
    at.same(verdicts(2, 1_100), ['pass', 'refused'], 'one more after a tenth of a second');
    at.same(
      verdicts(17, 1_100),
      Array.from({ length: 17 }, () => 'refused'),
    );
    at.equal(limiter.take(1_100), 'flood');
  },
);

t.test('forgives after a rest, and is not fooled by a clock that goes back', async (at) => {
  const limiter = new MessageLimiter(10, 1_000);
  for (let round = 0; round < 5; round++) {
    const now = 1_000 + round * 2_000;
    const verdicts = Array.from({ length: 35 }, () => limiter.take(now));
    at.notOk(verdicts.includes('flood'), `round ${round}`);
    at.equal(verdicts.filter((verdict) => verdict === 'pass').length, 20);
  }
  at.equal(limiter.take(0), 'refused');
});

t.test('counts connections in all and per address, loopback only in all', async (at) => {
  const limiter = new ConnectionLimiter({ maxConnections: 4, maxConnectionsPerAddress: 1 });
  at.equal(limiter.add('10.0.0.1'), null);
  at.match(limiter.add('10.0.0.1'), /this address/);
  limiter.remove('10.0.0.1');
  limiter.remove('10.0.0.1');
  at.equal(limiter.add('10.0.0.1'), null);
  for (const address of ['127.0.0.1', '::ffff:127.0.0.1', '::1'])
    at.equal(limiter.add(address), null, address);
  at.match(limiter.add('10.0.0.9'), /too many connections/);
});
