import t from 'tap';
import { RedisBroker, TOPIC_PREFIX } from '../../src/broker/broker-redis.js';
import { OperatorError } from '../../src/errors.js';
import type { Publication } from '../../src/events.js';
import { createLogger } from '../../src/logger.js';
import { publicationCodec } from '../../src/publication-codec.js';
import { type BrokerPair, brokerContract, freshTopic, publication } from '../contracts/broker.js';
import { NO_REDIS, RedisServer, redisCommand, redisProgram } from '../support/redis.js';
import { until } from '../support/until.js';

const logger = createLogger({ level: 'silent', format: 'json' });
const program = redisProgram();
const own = program === null ? null : await RedisServer.start(program);
const url = process.env.REDIS_URL ?? own?.url;
t.teardown(() => own?.stop());

function connect(at: string): Promise<RedisBroker<Publication>> {
  return RedisBroker.connect<Publication>({ url: at, codec: publicationCodec, logger });
}

async function pairOn(at: string): Promise<BrokerPair & { near: RedisBroker<Publication> }> {
  const [near, far] = await Promise.all([connect(at), connect(at)]);
  return { near, far };
}

if (url === undefined) {
  t.test('redis: the broker contract', { skip: NO_REDIS }, async () => undefined);
} else {
  brokerContract(t, 'redis', () => pairOn(url));

  t.test('redis: ignores and survives bytes that are no message', async (t) => {
    const { near, far } = await pairOn(url);
    t.teardown(() => Promise.all([near.close(), far.close()]));
    const topic = freshTopic();
    const got: number[] = [];
    await far.subscribe(topic, (message) => got.push(message.offset));
    await redisCommand(url, 'PUBLISH', TOPIC_PREFIX + topic, 'not MessagePack of ours');
    await redisCommand(url, 'PUBLISH', `${TOPIC_PREFIX}!interest`, '{"broken');
    near.publish(topic, publication(topic, 5));
    await until('the good one arrived', () => got.length > 0);
    t.same(got, [5]);
    t.equal(far.status().delivered, 1);
  });
}

const faults = { skip: own === null ? NO_REDIS : false };

t.test('redis: comes back after its connections were killed and delivers again', faults, async (t) => {
  if (own === null) return;
  const { near, far } = await pairOn(own.url);
  t.teardown(() => Promise.all([near.close(), far.close()]));
  const topic = freshTopic();
  const got: number[] = [];
  let told = 0;
  far.onReconnect(() => {
    told += 1;
  });
  await far.subscribe(topic, (message) => got.push(message.offset));
  await redisCommand(own.url, 'CLIENT', 'KILL', 'TYPE', 'pubsub');
  await until('the subscriber is back', () => told === 1 && far.status().connected);
  near.publish(topic, publication(topic, 1));
  await until('it arrived', () => got.length > 0);
  t.same(got, [1]);
  t.ok(far.status().reconnects >= 1);
});

t.test(
  'redis: who publishes and hears is told when only the connection that publishes was lost',
  faults,
  async (t) => {
    if (own === null) return;
    const { near, far } = await pairOn(own.url);
    t.teardown(() => Promise.all([near.close(), far.close()]));
    const topic = freshTopic();
    let told = 0;
    near.onReconnect(() => {
      told += 1;
    });
    await near.subscribe(topic, () => undefined);
    await redisCommand(own.url, 'CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await until('it was told', () => told === 1 && near.status().connected);
  },
);

t.test('redis: drops and counts during an outage, and sends nothing old after it', faults, async (t) => {
  if (own === null) return;
  const { near, far } = await pairOn(own.url);
  t.teardown(() => Promise.all([near.close(), far.close()]));
  const [topic, late] = [freshTopic(), freshTopic()];
  const got: number[] = [];
  let told = 0;
  far.onReconnect(() => {
    told += 1;
  });
  await far.subscribe(topic, (message) => got.push(message.offset));
  near.publish(topic, publication(topic, 1));
  await until('the first arrived', () => got.length === 1);

  await own.kill();
  // The connection that publishes and the one that listens do not notice at the same time.
  await until('both noticed', () => {
    near.publish(topic, publication(topic, 1));
    return near.status().dropped > 0 && !near.status().connected && !far.status().connected;
  });
  const { dropped, published } = near.status();
  for (let offset = 2; offset <= 100; offset += 1) near.publish(topic, publication(topic, offset));
  t.equal(near.status().dropped, dropped + 99);
  t.equal(near.status().published, published);
  const lateSubscription = far.subscribe(late, (message) => got.push(message.offset));

  await own.up();
  await until('both are back', () => near.status().connected && far.status().connected);
  await lateSubscription;
  await until('the publisher knows again', () => near.wanted(topic) && near.wanted(late), 2_000);
  near.publish(topic, publication(topic, 101));
  near.publish(late, publication(late, 102));
  await until('the last arrived', () => got.includes(102));
  t.same(got, [1, 101, 102]);
  t.ok(told === 1 || told === 2, 'for each of the two connections, if they come back one after the other');
});

t.test('redis: cuts a server that hangs, and publish neither blocks nor throws', faults, async (t) => {
  if (own === null) return;
  const { near, far } = await pairOn(own.url);
  t.teardown(() => Promise.all([near.close(), far.close()]));
  const topic = freshTopic();
  const got: number[] = [];
  await far.subscribe(topic, (message) => got.push(message.offset));
  own.freeze();
  t.teardown(() => own.thaw());
  for (let offset = 1; offset <= 30_000; offset += 1) near.publish(topic, publication(topic, offset));
  t.ok(near.status().dropped >= 10_000, 'what is in flight is bounded');
  await until('both noticed', () => !near.status().connected && !far.status().connected, 12_000);
  t.ok(near.status().dropped >= 29_000, 'what was never confirmed counts as dropped');
  own.thaw();
  await until('both are back', () => near.status().connected && far.status().connected);
  near.publish(topic, publication(topic, 30_001));
  await until('the newest arrived', () => got.includes(30_001));
  t.equal(got.at(-1), 30_001);
});

t.test('redis: an address where nothing answers is an operator error that names it', async (t) => {
  const attempt = connect('redis://:secret@127.0.0.1:1');
  await t.rejects(attempt, OperatorError);
  await t.rejects(attempt, {
    message: /Redis at redis:\/\/:\*\*\*@127\.0\.0\.1:1 does not answer \(.*ECONNREFUSED.*--redis-url/,
  });
});

t.test('redis: a wrong password is an operator error', faults, async (t) => {
  if (own === null) return;
  await redisCommand(own.url, 'CONFIG', 'SET', 'requirepass', 'right');
  t.teardown(() => redisCommand(`redis://:right@127.0.0.1:${own.port}`, 'CONFIG', 'SET', 'requirepass', ''));
  await t.rejects(connect(`redis://:wrong@127.0.0.1:${own.port}`), { message: /WRONGPASS|invalid/ });
});
