import t from 'tap';
import { createBroker } from '../../src/broker/create-broker.js';
import { createLogger } from '../../src/logger.js';
import { publicationCodec } from '../../src/publication-codec.js';
import { NO_REDIS, RedisServer, redisProgram } from '../support/redis.js';

const logger = createLogger({ level: 'silent', format: 'json' });

t.test('gives the memory broker without a Redis URL', async (t) => {
  const broker = await createBroker({ codec: publicationCodec, logger });
  t.equal(broker.status().driver, 'memory');
});

t.test('never falls back to memory when Redis does not answer', async (t) => {
  await t.rejects(createBroker({ redisUrl: 'redis://127.0.0.1:1', codec: publicationCodec, logger }), {
    name: 'OperatorError',
  });
});

const program = redisProgram();
t.test('gives the Redis broker with one', { skip: program === null ? NO_REDIS : false }, async (t) => {
  if (program === null) return;
  const server = await RedisServer.start(program);
  t.teardown(() => server.stop());
  const broker = await createBroker({ redisUrl: server.url, codec: publicationCodec, logger });
  t.equal(broker.status().driver, 'redis');
  t.equal(broker.status().connected, true);
  await broker.close();
});
