import { setTimeout as delay } from 'node:timers/promises';

/**
 * Waits until `condition` holds, looking every few ms.
 *
 * @param detail what is known besides, for the error
 * @throws Error that names `what` if it does not within `boundMs` (default 30 s)
 */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  boundMs = 30_000,
  detail?: () => unknown,
): Promise<void> {
  const end = performance.now() + boundMs;
  while (!(await condition())) {
    if (performance.now() > end) {
      const known = detail === undefined ? '' : `: ${JSON.stringify(detail())}`;
      throw new Error(`waited ${boundMs} ms in vain until ${what}${known}`);
    }
    await delay(5);
  }
}
