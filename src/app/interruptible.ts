import { constants } from 'node:os';
import type { Logger } from '../logger.js';

/** So long the work may take to clean up after a signal. */
const DEADLINE_MS = 4_500;
/** A signal this soon after the first is the same one, sent by the terminal and passed on by npm. */
const SAME_SIGNAL_MS = 500;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs work that a signal ends early: the work is told by its AbortSignal, cleans up and rejects, and the process ends
 * with 128 + the signal's number, as shells expect it. A second signal, or 4.5 s of cleaning up, end it at once.
 */
export async function interruptible(
  logger: Logger,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const controller = new AbortController();
  let code: number | null = null;
  let firstAt = 0;
  const onSignal = (name: (typeof SIGNALS)[number]): void => {
    const wanted = 128 + constants.signals[name];
    if (code !== null && performance.now() - firstAt < SAME_SIGNAL_MS) return;
    if (code !== null) process.exit(wanted);
    code = wanted;
    firstAt = performance.now();
    logger.info({ signal: name }, 'stopping');
    setTimeout(() => process.exit(wanted), DEADLINE_MS).unref();
    controller.abort();
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  try {
    await work(controller.signal);
  } catch (error) {
    if (code === null) throw error;
    process.exit(code);
  } finally {
    for (const name of SIGNALS) process.off(name, onSignal);
  }
}
