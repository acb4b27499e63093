import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import ts from 'typescript';
import { packageRoot } from '../../src/package-root.js';
import { makeTestFolder } from '../support/folder.js';

const root = fileURLToPath(packageRoot());
const document = readFileSync(join(root, 'docs/CLIENT.md'), 'utf8');
const readme = readFileSync(join(root, 'README.md'), 'utf8');

/** Where the compiler has put the types of this build. */
const TYPES =
  process.env.CLIENT_TYPES ?? fileURLToPath(new URL('../../src/client/index.d.ts', import.meta.url));
const skip = existsSync(TYPES) ? false : 'this build has no types: npm run build';

/** What must not compile: the types know methods, params and channels. */
const WRONG = `import { connect, grouped } from 'cryptopredict/client';
const client = connect('ws://127.0.0.1');
// @ts-expect-error no such method
client.query('candles.lost', {});
// @ts-expect-error a param is lacking
client.query('candles.list', { symbol: 'BTC/USDT' });
// @ts-expect-error no such value
client.query('candles.list', { symbol: 'BTC/USDT', timeframe: '2m' });
// @ts-expect-error no such param
client.query('auth.sessions', { count: 1 });
// @ts-expect-error no such channel
client.stream('candle:BTC/USDT:1m');
// @ts-expect-error takes no rate
client.view('alerts@1s');
// @ts-expect-error no such field
client.subscribe('ticker:BTC/USDT', ({ data }) => data.price);
// @ts-expect-error decimal text
client.query('candles.list', { symbol: 'X', timeframe: '1m', exact: true }).then(({ items }) => items[0]?.close.toFixed());
// @ts-expect-error no such method of the area
grouped(client).alerts.make({});
const close: Promise<number | undefined> = client.query('candles.list', { symbol: 'X', timeframe: '1m' }).then(({ items }) => items[0]?.close);
const role: 'public' | 'admin' | undefined = client.user?.role;
const value: number | null | undefined = client.view('portfolio').current?.total_value_usd;
const last: number | undefined = client.view('ticker:*').current.get('ticker:X')?.last;
console.log(close, role, value, last, grouped(client).auth.sessions());
`;

/** What of the platform is used. */
const PLATFORM = 'declare global { var console: { log(...values: readonly unknown[]): void } }\nexport {};\n';

function snippets(text: string): readonly string[] {
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = '']) => code);
}

t.test(
  'what the documents show compiles for who has this package alone; what is wrong does not',
  { skip },
  async (t) => {
    const project = await makeTestFolder('client-user');
    t.teardown(() => rmSync(project, { recursive: true, force: true }));
    const ours = join(project, 'node_modules/cryptopredict');
    mkdirSync(ours, { recursive: true });
    symlinkSync(join(dirname(TYPES), '../..'), join(ours, 'dist'));
    const exports = { './client': { types: './dist/src/client/index.d.ts' } };
    writeFileSync(
      join(ours, 'package.json'),
      JSON.stringify({ name: 'cryptopredict', type: 'module', exports }),
    );
    symlinkSync(join(root, 'node_modules/zod'), join(project, 'node_modules/zod'));
    writeFileSync(join(project, 'package.json'), JSON.stringify({ type: 'module' }));
    const shown = [...snippets(document), ...snippets(readme).filter((code) => code.includes('/client'))];
    t.ok(shown.length >= 6);
    const files = [...shown, WRONG, PLATFORM].map((code, n) => {
      const path = join(project, `snippet-${n}.ts`);
      writeFileSync(path, code);
      return path;
    });
    const program = ts.createProgram(files, {
      target: ts.ScriptTarget.ES2023,
      // The types of browsers take as long to read as everything else.
      lib: ['lib.es2023.d.ts'],
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: true,
      noEmit: true,
      types: [],
      // The compiler must find zod as a package of the user's, not of ours.
      preserveSymlinks: true,
    });
    const faults = ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => {
      const line = file === undefined ? '' : file.text.slice(0, start).split('\n').length;
      return `${file?.fileName}:${line} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
    });
    t.same(faults, []);
  },
);

t.test('the pages of the client know all that it exports; `npm run docs` writes them', async (t) => {
  const index = readFileSync(join(root, 'src/client/index.ts'), 'utf8');
  const pages = readFileSync(join(root, 'docs/client/README.md'), 'utf8');
  const named = [...index.matchAll(/export (?:type )?\{([^}]*)\}/g)].flatMap(([, names = '']) =>
    names.split(','),
  );
  const exported = named.map((name) => name.replace('type ', '').trim()).filter((name) => name !== '');
  t.ok(exported.length > 40);
  t.same(
    exported.filter((name) => !pages.includes(`[${name}]`)),
    [],
  );
});
