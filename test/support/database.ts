import { createHash, randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import pg from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/store/embedded-postgres.js';
import { migrate, readMigrations } from '../../src/store/migrate.js';
import { createPool, type Pool, type PoolOptions } from '../../src/store/pool.js';
import { makeTestFolder, silent } from './folder.js';

/** What makes a throw-away Postgres quick; never for data that matter. */
const FAST = [
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'autovacuum=off',
  'max_connections=400',
];

/** A Postgres that several tests share. */
export interface TestServer {
  /** Address of a database in which others can be made. */
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Gives the server of TEST_DATABASE_URL or DATABASE_URL, else starts one with a folder of its own. A test run starts
 * one server, exports TEST_DATABASE_URL and stops it at the end; a file that runs alone gets its own.
 */
export async function startTestServer(): Promise<TestServer> {
  const url = process.env.TEST_DATABASE_URL || process.env.DATABASE_URL;
  if (url !== undefined && url !== '') return { url, stop: () => Promise.resolve() };
  const dataDir = await makeTestFolder('postgres');
  let postgres: EmbeddedPostgres;
  try {
    postgres = await startEmbeddedPostgres({
      dataDir,
      logger: silent,
      flags: FAST.flatMap((flag) => ['-c', flag]),
    });
  } catch (error) {
    await rm(dataDir, { recursive: true, force: true });
    throw error;
  }
  return {
    url: postgres.url,
    async stop() {
      await postgres.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

type ConnectOptions = Partial<Pick<PoolOptions, 'queryTimeoutMs' | 'size' | 'role'>>;

/** A database of one test file, with all migrations applied unless it was asked for empty. */
export interface TestDatabase {
  readonly url: string;
  readonly pool: Pool;
  /** Gives another pool on the same database; it is ended by `drop`. */
  connect(options?: ConnectOptions): Promise<Pool>;
  /** Ends the pools and drops the database. */
  drop(): Promise<void>;
}

let server: Promise<TestServer> | undefined;

/** One server for all databases of a file, stopped when the file has ended. */
function sharedServer(): Promise<TestServer> {
  server ??= (async () => {
    // Not at the top: whoever runs the tests takes the server from here, and to load tap is to begin a test.
    const { default: t } = await import('tap');
    const started = await startTestServer();
    t.teardown(() => started.stop());
    return started;
  })();
  return server;
}

/** Makes a database for a test. The test calls `drop` in its teardown. */
export async function createTestDatabase(options: { readonly empty?: boolean } = {}): Promise<TestDatabase> {
  const server = await sharedServer();
  const name = `test_${randomBytes(6).toString('hex')}`;
  const template = options.empty === true ? 'template0' : await ensureTemplate(server.url);
  // Copying files is three times as quick where nothing is synced.
  await administer(server.url, (client) =>
    client.query(`CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY FILE_COPY`),
  );
  const url = withDatabase(server.url, name);
  const pools: Pool[] = [];
  const connect = async (more: ConnectOptions = {}): Promise<Pool> => {
    const pool = createPool({ url, logger: silent, ...more });
    pools.push(pool);
    return pool;
  };
  return {
    url,
    pool: await connect(),
    connect,
    async drop() {
      await Promise.all(pools.map((pool) => (pool.ended ? undefined : pool.end())));
      await administer(server.url, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
    },
  };
}

/** A number that only the tests lock. */
const TEMPLATE_LOCK = 771_204_115;

/** Makes the migrated template once per set of migrations; other files find it. */
async function ensureTemplate(serverUrl: string): Promise<string> {
  const checksums = (await readMigrations()).map(({ checksum }) => checksum);
  const digest = createHash('sha256').update(checksums.join()).digest('hex').slice(0, 16);
  const name = `test_template_${digest}`;
  await administer(serverUrl, async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK]);
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (rowCount !== 0) return;
    const draft = `${name}_new`;
    await client.query(`DROP DATABASE IF EXISTS ${draft} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${draft} TEMPLATE template0`);
    const pool = createPool({ url: withDatabase(serverUrl, draft), logger: silent });
    try {
      await migrate(pool);
    } finally {
      await pool.end();
    }
    // Renamed when done: a template cut off half-way is not found.
    await client.query(`ALTER DATABASE ${draft} RENAME TO ${name}`);
  });
  return name;
}

async function administer(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

function withDatabase(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.toString();
}
