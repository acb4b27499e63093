import type { Config } from '../config.js';
import type { Logger } from '../logger.js';

/** Placeholder. */
export async function replayFiles(
  _f: readonly string[],
  _c: Config,
  _l: Logger,
  _s: AbortSignal,
): Promise<string> {
  return '';
}
