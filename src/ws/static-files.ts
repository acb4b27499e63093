import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { extname, join, relative, sep } from 'node:path';
import type { HttpResponse } from './transport.js';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
};

/** Files of packages that the page needs, by the address under which they are served. */
const VENDOR_FILES: Readonly<Record<string, string>> = {
  '/vendor/lightweight-charts.js': 'lightweight-charts/dist/lightweight-charts.standalone.production.mjs',
  '/vendor/lightweight-charts.standalone.js':
    'lightweight-charts/dist/lightweight-charts.standalone.production.js',
};

/**
 * The dashboard's files, read once at the start: an address is looked up among them and never becomes a path, so
 * none can lead out of the folder.
 */
export class StaticFiles {
  private constructor(private readonly files: ReadonlyMap<string, HttpResponse>) {}

  /** Reads all files below `root` whose kind is known, hidden ones left out; null: no files at all. */
  static async load(root: string | null): Promise<StaticFiles> {
    const files = new Map<string, HttpResponse>();
    if (root === null) return new StaticFiles(files);
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    for (const entry of entries) {
      const path = join(entry.parentPath, entry.name);
      const address = `/${relative(root, path).split(sep).join('/')}`;
      if (!entry.isFile() || /\/\./.test(address)) continue;
      const file = await readAnswer(path);
      if (file !== null) files.set(address, file);
    }
    const index = files.get('/index.html');
    if (index !== undefined) files.set('/', index);
    const require = createRequire(import.meta.url);
    for (const [address, name] of Object.entries(VENDOR_FILES)) {
      const file = await readAnswer(packageFile(require, name));
      if (file !== null) files.set(address, file);
    }
    return new StaticFiles(files);
  }

  /** Gives the file of an address, or 304 if the client has it; null if there is none. */
  answer(path: string, ifNoneMatch: string | null): HttpResponse | null {
    const file = this.files.get(path);
    if (file === undefined) return null;
    const etag = file.headers.etag ?? '';
    const isKnown = ifNoneMatch?.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag) ?? false;
    return isKnown ? { status: 304, headers: file.headers, body: new Uint8Array(0) } : file;
  }
}

async function readAnswer(path: string): Promise<HttpResponse | null> {
  const type = TYPES[extname(path)];
  if (type === undefined) return null;
  const body = await readFile(path);
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  const headers = {
    'content-type': type,
    etag,
    // Asked for again each time, answered by 304: files change with the server, their names do not.
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
  };
  return { status: 200, headers, body };
}

/** Finds a file of a package whose `exports` do not name it. */
function packageFile(require: NodeJS.Require, name: string): string {
  const slash = name.indexOf('/');
  const folders = require.resolve.paths(name) ?? [];
  const manifest = `${name.slice(0, slash)}/package.json`;
  const found = require.resolve(manifest, { paths: folders });
  return join(found, '..', name.slice(slash + 1));
}
