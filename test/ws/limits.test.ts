import t from 'tap';
import { ConnectionLimiter, DEFAULT_LIMITS, MessageLimiter } from '../../src/ws/limits.js';

const LIMITS = { ...DEFAULT_LIMITS, maxMessagesPerSecond: 10, maxBytesPerSecond: 1_000, maxFrameBytes: 500 };

t.test(
  'lets a burst of twice the rate pass, then the rate, then refuses, then calls it a flood',
  async (at) => {
    const limiter = new MessageLimiter(LIMITS, 1_000);
    const verdicts = (count: number, now: number) =>
      Array.from({ length: count }, () => limiter.take(now, 1));
    at.same(new Set(verdicts(20, 1_000)), new Set(['pass']));
    at.same(verdicts(2, 1_000), ['refused', 'refused']);
    at.equal(limiter.excess, 'messages');
    at.same(verdicts(2, 1_100), ['pass', 'refused'], 'one more after a tenth of a second');
    at.same(
      verdicts(17, 1_100),
      Array.from({ length: 17 }, () => 'refused'),
    );
    at.equal(limiter.take(1_100, 1), 'flood');
  },
);

t.test('forgives after a rest, and is not fooled by a clock that goes back', async (at) => {
  const limiter = new MessageLimiter(LIMITS, 1_000);
  for (let round = 0; round < 5; round++) {
    const now = 1_000 + round * 2_000;
    const verdicts = Array.from({ length: 35 }, () => limiter.take(now, 1));
    at.notOk(verdicts.includes('flood'), `round ${round}`);
    at.equal(verdicts.filter((verdict) => verdict === 'pass').length, 20);
  }
  at.equal(limiter.take(0, 1), 'refused');
});

t.test('lets four seconds of bytes pass at once, and at least two of the largest messages', async (at) => {
  const limiter = new MessageLimiter(LIMITS, 0);
  const taken = Array.from({ length: 10 }, () => limiter.take(0, 500));
  at.same(taken.lastIndexOf('pass'), 7);
  at.equal(taken[8], 'refused');
  at.equal(limiter.excess, 'bytes');
  at.equal(limiter.take(500, 500), 'pass', 'half a second later as much as comes in half a second');
  const narrow = new MessageLimiter({ ...LIMITS, maxBytesPerSecond: 10 }, 0);
  at.same(
    [0, 0, 0].map((now) => narrow.take(now, 500)),
    ['pass', 'pass', 'refused'],
  );
});

t.test('lets all subscriptions be made twice at once, and then anew in five seconds', async (at) => {
  const limiter = new MessageLimiter({ ...LIMITS, maxSubscriptions: 100 }, 0);
  at.same(
    [0, 0, 0, 1_000, 1_000].map((now) => limiter.takeChannels(now === 0 ? 100 : 20, now)),
    [true, true, false, true, false],
  );
});

t.test('counts connections in all and per address, loopback only in all', async (at) => {
  const limiter = new ConnectionLimiter({ ...LIMITS, maxConnections: 5, maxConnectionsPerAddress: 1 });
  at.equal(limiter.add('10.0.0.1'), null);
  at.match(limiter.add('10.0.0.1'), /this address/);
  limiter.remove('10.0.0.1');
  limiter.remove('10.0.0.1');
  at.equal(limiter.add('10.0.0.1'), null);
  for (const address of ['127.0.0.1', '127.0.0.2', '127.0.0.1', '::1'])
    at.equal(limiter.add(address), null, address);
  at.match(limiter.add('10.0.0.9'), /too many connections/);
});

t.test('counts a network of IPv6 as one address', async (at) => {
  const limiter = new ConnectionLimiter({ ...LIMITS, maxConnectionsPerAddress: 1 });
  at.equal(limiter.add('2001:db8:1:2::1'), null);
  at.match(limiter.add('2001:db8:1:2:ffff::9'), /this address/);
  at.equal(limiter.add('2001:db8:1:3::1'), null);
});

t.test(
  'bounds how fast an address opens connections and asks over HTTP, others and loopback apart',
  async (at) => {
    const limiter = new ConnectionLimiter({
      ...LIMITS,
      maxNewConnectionsPerSecond: 2,
      maxRequestsPerSecond: 3,
    });
    const opened = (address: string, now: number) =>
      Array.from({ length: 30 }, () => limiter.mayOpen(address, now)).filter((may) => may).length;
    const asked = (address: string, now: number) =>
      Array.from({ length: 30 }, () => limiter.mayAsk(address, now)).filter((may) => may).length;
    at.same([opened('10.0.0.1', 0), opened('10.0.0.1', 1_000)], [20, 2]);
    at.same([asked('10.0.0.1', 0), asked('10.0.0.1', 1_000)], [6, 3]);
    at.same([opened('10.0.0.2', 1_000), opened('127.0.0.1', 0), asked('::1', 0)], [20, 30, 30]);
  },
);
