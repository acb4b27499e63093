import t from 'tap';
import { MemoryBroker } from '../../src/broker/broker-memory.js';
import { withOwnTopics } from '../../src/broker/own-topics.js';
import type { Publication } from '../../src/events.js';
import { brokerContract } from '../contracts/broker.js';

const memory = () => new MemoryBroker<Publication>();

for (const isShared of [true, false]) {
  brokerContract(t, isShared ? 'shared topics' : 'own topics', async () => {
    const broker = withOwnTopics(memory(), memory(), () => isShared);
    return { near: broker, far: broker };
  });
}
