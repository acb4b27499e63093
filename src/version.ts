import { readFileSync } from 'node:fs';
import { packageRoot } from './package-root.js';

/** Version of this package, as its package.json says. */
export const VERSION: string = (() => {
  const text = readFileSync(new URL('package.json', packageRoot()), 'utf8');
  const parsed: unknown = JSON.parse(text);
  if (
    typeof parsed === 'object' &&
    parsed !== null &&
    'version' in parsed &&
    typeof parsed.version === 'string'
  ) {
    return parsed.version;
  }
  throw new Error('package.json has no version');
})();
