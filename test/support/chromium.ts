import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

/** Why a test of the page cannot run here; the reason of its skip. */
export const NO_CHROMIUM = 'no Chromium: neither in the path CHROMIUM, nor on the PATH, nor of playwright';

/** Gives the path of a Chromium or Chrome on this machine, or null. */
export function chromiumPath(): string | null {
  const named = process.env.CHROMIUM;
  if (named !== undefined && named !== '') return named;
  for (const program of ['chromium', 'chromium-browser', 'google-chrome']) {
    const found = spawnSync('which', [program], { encoding: 'utf8' });
    if (found.status === 0) return found.stdout.trim();
  }
  return existsSync(chromium.executablePath()) ? chromium.executablePath() : null;
}

/** Starts a browser without a window. Root may not use its sandbox. */
export function launchChromium(path: string): Promise<Browser> {
  return chromium.launch({ executablePath: path, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
}
