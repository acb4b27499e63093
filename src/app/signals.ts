import type { Logger } from '../logger.js';
import type { Stopper } from './stopper.js';

/** Time from the signal to the end of the process. */
const DEADLINE_MS = 4_800;
/**
 * A signal this soon after the first is the same one: the terminal sends Ctrl-C to all of its foreground group, and
 * npm, which is one of it, passes it on to us once more.
 */
const SAME_SIGNAL_MS = 500;

/**
 * Ends the process in order on SIGINT, SIGTERM or SIGHUP (the terminal is closed), at most 4.8 s later; at once on a
 * second signal. A programming error (uncaught exception, unhandled rejection) is logged and ends the process with
 * code 1: whoever supervises it starts it clean, and what the database holds is complete up to the last write.
 */
export function endProcessOnSignals(stopper: Stopper, logger: Logger): void {
  let firstAt: number | null = null;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopper.stopping) {
      if (firstAt !== null && performance.now() - firstAt < SAME_SIGNAL_MS) return;
      logger.warn({ signal, part: stopper.current }, 'second signal: ending at once');
      process.exit(130);
    }
    firstAt = performance.now();
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
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  const crash = (error: unknown): void => {
    logger.fatal({ err: error }, 'programming error: ending');
    process.exit(1);
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
}
