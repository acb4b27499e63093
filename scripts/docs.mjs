// Writes what the documents tell of the code: the table of all options in README.md, that of all indicators in
// docs/INDICATORS.md, the entity diagram in sql/README.md; the tables of methods and channels, PROTOCOL.md and docs/protocol/; and the
// description of the REST addresses, docs/openapi.json.
//   npm run docs
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** Where the compiled program is. */
const build = process.argv[2] ?? 'dist';

function load(path) {
  return import(pathToFileURL(join(root, build, 'src', path)).href);
}

async function rewrite(name, change) {
  const path = join(root, name);
  writeFileSync(path, await change(readFileSync(path, 'utf8')));
}

/** Gives what `work` makes of a database that is thrown away after it. */
async function withDatabase(work) {
  const dataDir = mkdtempSync(join(tmpdir(), 'cryptopredict-docs-'));
  // Also user postgres must enter it, when root runs this.
  chmodSync(dataDir, 0o755);
  const { pino } = await import('pino');
  const logger = pino({ level: 'silent' });
  const { startEmbeddedPostgres } = await load('store/embedded-postgres.js');
  const { createPool } = await load('store/pool.js');
  const { migrate } = await load('store/migrate.js');
  const postgres = await startEmbeddedPostgres({ dataDir, logger });
  const pool = createPool({ url: postgres.url, logger });
  try {
    await migrate(pool);
    return await work(pool);
  } finally {
    await pool.end();
    await postgres.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** Describes the REST addresses by the schemas that requests are validated by. */
async function writeOpenApi() {
  const [{ METHODS }, { openApiDocument }, { ROUTES }, { VERSION }] = await Promise.all(
    ['api/methods.js', 'api/openapi.js', 'api/routes.js', 'version.js'].map(load),
  );
  const text = `${JSON.stringify(openApiDocument(ROUTES, METHODS, VERSION), null, 1)}\n`;
  writeFileSync(join(root, 'docs/openapi.json'), text);
}

/** Tells what methods take and answer, and what channels carry, by the same schemas. */
async function writeProtocol() {
  const [{ METHODS }, { methodsDocument, withMethodTable }, { channelsDocument }, { ROUTES }] =
    await Promise.all(
      ['api/methods.js', 'api/method-document.js', 'api/channel-document.js', 'api/routes.js'].map(load),
    );
  await rewrite('PROTOCOL.md', (document) => withMethodTable(document, METHODS));
  writeFileSync(join(root, 'docs/protocol/METHODS.md'), methodsDocument(METHODS, ROUTES));
  writeFileSync(join(root, 'docs/protocol/CHANNELS.md'), channelsDocument());
}

const { withOptionsTable } = await load('options-table.js');
const { withIndicatorTable } = await load('engine/indicators/indicator-table.js');
const { withEntityDiagram } = await load('store/entity-diagram.js');
await rewrite('README.md', withOptionsTable);
await rewrite('docs/INDICATORS.md', withIndicatorTable);
await writeOpenApi();
await writeProtocol();
await withDatabase((pool) => rewrite('sql/README.md', (document) => withEntityDiagram(document, pool)));
