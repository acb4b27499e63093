import type { Logger } from '../logger.js';
import type { Broker, MessageCodec } from './broker.js';
import { MemoryBroker } from './broker-memory.js';
import { RedisBroker } from './broker-redis.js';
import { withOwnTopics } from './own-topics.js';

export interface BrokerOptions<T> {
  /** Absent: one process, messages stay in memory. */
  readonly redisUrl?: string | undefined;
  /** Used by Redis only. */
  readonly codec: MessageCodec<T>;
  readonly logger: Logger;
  /** Which topics all processes on one Redis have in common; the others stay in each process. */
  readonly isShared: (topic: string) => boolean;
}

/**
 * Gives the broker that the configuration asks for, connected.
 *
 * @throws OperatorError if Redis does not answer; it never falls back to memory, which would part the processes
 */
export async function createBroker<T>(options: BrokerOptions<T>): Promise<Broker<T>> {
  const { redisUrl, codec, logger, isShared } = options;
  if (redisUrl === undefined) return new MemoryBroker<T>();
  const broker = await RedisBroker.connect({ url: redisUrl, codec, logger });
  return withOwnTopics(broker, new MemoryBroker<T>(), isShared);
}
