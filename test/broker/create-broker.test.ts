import t from 'tap';
import { createBroker } from '../../src/broker/create-broker.js';
import { isEventTopic } from '../../src/channels.js';
import { createLogger } from '../../src/logger.js';
import { publicationCodec } from '../../src/publication-codec.js';
import { freshTopic, publication } from '../contracts/broker.js';
import { NO_REDIS, RedisServer, redisProgram } from '../support/redis.js';
import { until } from '../support/until.js';

const logger = createLogger({ level: 'silent', format: 'json' });
const common = { codec: publicationCodec, logger, isShared: isEventTopic };

t.test('gives the memory broker without a Redis URL', async (t) => {
  const broker = await createBroker(common);
  t.equal(broker.status().driver, 'memory');
});

t.test('never falls back to memory when Redis does not answer', async (t) => {
  await t.rejects(createBroker({ ...common, redisUrl: 'redis://127.0.0.1:1' }), {
    name: 'OperatorError',
  });
});

const program = redisProgram();
t.test('gives the Redis broker with one', { skip: program === null ? NO_REDIS : false }, async (t) => {
  if (program === null) return;
  const server = await RedisServer.start(program);
  t.teardown(() => server.stop());
  const broker = await createBroker({ ...common, redisUrl: server.url });
  t.equal(broker.status().driver, 'redis');
  t.equal(broker.status().connected, true);
  await broker.close();
});

t.test(
  'servers on one Redis hear each other’s events, and of what they compute only their own',
  {
    skip: program === null ? NO_REDIS : false,
  },
  async (t) => {
    if (program === null) return;
    const server = await RedisServer.start(program);
    t.teardown(() => server.stop());
    const open = () => createBroker({ ...common, redisUrl: server.url });
    const [near, far] = await Promise.all([open(), open()]);
    t.teardown(() => Promise.all([near.close(), far.close()]));
    const heard: string[] = [];
    const candles = freshTopic();
    const topics = [candles, 'metrics:1h', 'portfolio#7', 'alerts#7', 'signals:BTC/USDT', 'system-status'];
    for (const topic of topics) await far.subscribe(topic, (_, at) => heard.push(at));
    for (const topic of topics) near.publish(topic, publication(topic, 1));
    // Sent last, so that what came before it has come or never will.
    near.publish('system-status', publication('system-status', 2));
    await until('the last event', () => heard.filter((topic) => topic === 'system-status').length === 2);
    t.same(heard, ['alerts#7', 'signals:BTC/USDT', 'system-status', 'system-status']);
    t.notOk(near.wanted(candles), 'who computes for nobody is told so');
    t.notOk([...near.wantedTopics()].includes(candles));
    t.ok(far.wanted(candles));
    t.ok([...far.wantedTopics()].includes('portfolio#7'), 'by its own name');
    far.publish(candles, publication(candles, 3));
    await until('its own', () => heard.includes(candles));
  },
);
