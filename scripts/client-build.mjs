// Builds the client for browsers: ES modules without imports, minified, into dist/browser/, and tells their sizes.
//   npm run build:client
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** What each file holds; `withMsgpack` false: it speaks JSON alone, and takes it by itself. */
export const BROWSER_FILES = [
  { name: 'client-json.min.js', what: '`connect`, JSON alone', withMsgpack: false, isWhole: false },
  { name: 'client.min.js', what: '`connect`, MessagePack and JSON', withMsgpack: true, isWhole: false },
  {
    name: 'client-all.min.js',
    what: 'everything that the package exports',
    withMsgpack: true,
    isWhole: true,
  },
];

/** Gives the source that a file is made of. */
function entry({ withMsgpack, isWhole }) {
  if (isWhole) return `export * from './src/client/index.ts';`;
  if (withMsgpack) return `export { connect } from './src/client/index.ts';`;
  return `import { connect as connectAny } from './src/client/index.ts';
    export const connect = (url, options) => connectAny(url, { encoding: 'json', ...options });`;
}

/** Leaves out package `ws`, which Node alone needs, and msgpackr where it is not wanted. */
function without(packages) {
  const filter = new RegExp(`^(${packages.join('|')})$`);
  return {
    name: 'without',
    setup({ onResolve, onLoad }) {
      onResolve({ filter }, ({ path }) => ({ path, namespace: 'left-out' }));
      onLoad({ filter: /.*/, namespace: 'left-out' }, ({ path }) => ({
        contents: `throw new Error('this file comes without ${path}');`,
      }));
    },
  };
}

/** Tells the bundler that no module of ours does anything by being loaded: what is not used of it is left out. */
const pure = {
  name: 'pure',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^\./ }, async ({ path, resolveDir, kind, pluginData }) => {
      if (pluginData === 'resolving') return undefined;
      const found = await resolve(path, { resolveDir, kind, pluginData: 'resolving' });
      return { ...found, sideEffects: false };
    });
  },
};

/** Gives the text of a file. */
export async function browserFile(file) {
  const { outputFiles } = await build({
    stdin: { contents: entry(file), resolveDir: root, loader: 'js' },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    write: false,
    logLevel: 'error',
    legalComments: 'none',
    plugins: [pure, without(file.withMsgpack ? ['ws'] : ['ws', 'msgpackr'])],
  });
  return outputFiles[0].text;
}

/** Gives sizes in bytes. */
export function sizesOf(text) {
  return { raw: Buffer.byteLength(text), gzip: gzipSync(text, { level: 9 }).length };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const folder = join(root, process.argv[2] ?? 'dist/browser');
  mkdirSync(folder, { recursive: true });
  for (const file of BROWSER_FILES) {
    const text = await browserFile(file);
    writeFileSync(join(folder, file.name), text);
    const { raw, gzip } = sizesOf(text);
    console.log(
      `${file.name.padEnd(20)} ${String(raw).padStart(7)} B, ${String(gzip).padStart(6)} B gzip: ${file.what}`,
    );
  }
}
