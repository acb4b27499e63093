import { setTimeout as delay } from 'node:timers/promises';

/**
 * Waits until `condition` holds, looking every few ms.
 *
 * @throws Error that names `what` if it does not within `boundMs` (default 10 s)
 */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  boundMs = 10_000,
): Promise<void> {
  const end = performance.now() + boundMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited ${boundMs} ms in vain until ${what}`);
    await delay(5);
  }
}
