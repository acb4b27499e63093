import type { Logger } from '../logger.js';
import type { Stopper } from './stopper.js';

/** Time from the signal to the end of the process. */
const DEADLINE_MS = 4_800;

/**
 * Ends the process in order on SIGINT or SIGTERM, at most 4.8 s later; at once on a second signal. A programming
 * error (uncaught exception, unhandled rejection) is logged and ends the process with code 1: whoever supervises it
 * starts it clean, and what the database holds is complete up to the last write.
 */
export function endProcessOnSignals(stopper: Stopper, logger: Logger): void {
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopper.stopping) {
      logger.warn({ signal, part: stopper.current }, 'second signal: ending at once');
      process.exit(130);
    }
    logger.info({ signal }, 'stopping');
    setTimeout(() => {
      logger.error({ part: stopper.current }, 'did not stop in time: ending now');
      process.exit(1);
    }, DEADLINE_MS).unref();
    void stopper.stop().then(() => {
      logger.info('stopped');
      process.exit(0);
    });
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  const crash = (error: unknown): void => {
    logger.fatal({ err: error }, 'programming error: ending');
    process.exit(1);
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
}
