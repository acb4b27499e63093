import type { Logger } from '../logger.js';
import type { Broker, MessageCodec } from './broker.js';
import { MemoryBroker } from './broker-memory.js';
import { RedisBroker } from './broker-redis.js';

export interface BrokerOptions<T> {
  /** Absent: one process, messages stay in memory. */
  readonly redisUrl?: string | undefined;
  /** Used by Redis only. */
  readonly codec: MessageCodec<T>;
  readonly logger: Logger;
}

/**
 * Gives the broker that the configuration asks for, connected.
 *
 * @throws OperatorError if Redis does not answer; it never falls back to memory, which would part the processes
 */
export async function createBroker<T>({ redisUrl, codec, logger }: BrokerOptions<T>): Promise<Broker<T>> {
  return redisUrl === undefined
    ? new MemoryBroker<T>()
    : RedisBroker.connect({ url: redisUrl, codec, logger });
}
