import t from 'tap';
import { MemoryBroker } from '../../src/broker/broker-memory.js';
import { withOwnTopics } from '../../src/broker/own-topics.js';
import type { Publication } from '../../src/events.js';
import { brokerContract } from '../contracts/broker.js';

for (const isShared of [true, false]) {
  brokerContract(t, isShared ? 'shared topics' : 'own topics', async () => {
    const broker = withOwnTopics(new MemoryBroker<Publication>(), 'a1', () => isShared);
    return { near: broker, far: broker };
  });
}
