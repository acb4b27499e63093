import { existsSync } from 'node:fs';

/**
 * Gives the folder of this package as a URL that ends with `/`: where `package.json`, `sql/` and `web/` lie.
 * Compiled files lie in a folder below it, so the nearest package.json above is looked for.
 *
 * @throws Error if there is none: the installation is broken
 */
export function packageRoot(): URL {
  let folder = new URL('./', import.meta.url);
  while (!existsSync(new URL('package.json', folder))) {
    const parent = new URL('../', folder);
    if (parent.href === folder.href)
      throw new Error('no package.json above the program: the installation is broken');
    folder = parent;
  }
  return folder;
}
