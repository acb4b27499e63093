import { RequestError } from '../errors.js';
import type { Logger } from '../logger.js';
import { isRowsFault } from '../store/retry.js';

/**
 * Gives what work on the database gives, and tells a database that is away from a mistake of ours.
 *
 * @throws RequestError `unavailable`, without the reason: that is in the log
 */
export async function answered<T>(logger: Logger, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof RequestError || isRowsFault(error)) throw error;
    logger.error({ err: error }, 'the database did not answer');
    throw new RequestError('unavailable', 'accounts are not available: try again in some seconds');
  }
}
