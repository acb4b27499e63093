import t from 'tap';
import { MemoryBroker } from '../../src/broker/broker-memory.js';
import type { Publication } from '../../src/events.js';
import { brokerContract, publication } from '../contracts/broker.js';

brokerContract(t, 'memory', async () => {
  const broker = new MemoryBroker<Publication>();
  return { near: broker, far: broker };
});

t.test('hands the published object itself to the listener before publish returns', async (t) => {
  const broker = new MemoryBroker<Publication>();
  const sent = publication('trades:BTC/USDT', 1);
  let got: Publication | undefined;
  await broker.subscribe('trades:BTC/USDT', (message) => {
    got = message;
  });
  broker.publish('trades:BTC/USDT', sent);
  t.equal(got, sent);
});

t.test('tells its driver and that it never loses anything', async (t) => {
  const broker = new MemoryBroker<Publication>();
  broker.onReconnect(() => t.fail('memory has no connection'));
  broker.publish('trades:BTC/USDT', publication('trades:BTC/USDT', 1));
  t.same(broker.status(), {
    driver: 'memory',
    connected: true,
    published: 1,
    delivered: 0,
    dropped: 0,
    reconnects: 0,
  });
});
