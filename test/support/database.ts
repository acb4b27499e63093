import { createHash, randomBytes } from 'node:crypto';
import pg from 'pg';
import t from 'tap';
import { migrate, readMigrations } from '../../src/store/migrate.js';
import { createPool, type Pool } from '../../src/store/pool.js';

import { silent } from './folder.js';
import { startTestServer, type TestServer } from './postgres-server.js';

/** A database of one test file, with all migrations applied unless it was asked for empty. */
export interface TestDatabase {
  readonly url: string;
  readonly pool: Pool;
  /** Gives another pool on the same database; it is ended by `drop`. */
  connect(options?: { queryTimeoutMs?: number; size?: number }): Promise<Pool>;
  /** Ends the pools and drops the database. */
  drop(): Promise<void>;
}

let server: Promise<TestServer> | undefined;

/** One server for all databases of a file, stopped when the file has ended. */
function sharedServer(): Promise<TestServer> {
  server ??= startTestServer().then((started) => {
    t.teardown(() => started.stop());
    return started;
  });
  return server;
}

/** Makes a database for a test. The test calls `drop` in its teardown. */
export async function createTestDatabase(options: { readonly empty?: boolean } = {}): Promise<TestDatabase> {
  const server = await sharedServer();
  const name = `test_${randomBytes(6).toString('hex')}`;
  const template = options.empty === true ? 'template0' : await ensureTemplate(server.url);
  await administer(server.url, (client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`));
  const url = withDatabase(server.url, name);
  const pools: Pool[] = [];
  const connect = async (more: { queryTimeoutMs?: number; size?: number } = {}): Promise<Pool> => {
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
