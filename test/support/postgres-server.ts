import { rm } from 'node:fs/promises';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/store/embedded-postgres.js';
import { makeTestFolder, silent } from './folder.js';

/** What makes a throw-away Postgres quick; never for data that matter. */
const FAST = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=200'];

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
