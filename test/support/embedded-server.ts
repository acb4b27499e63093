/**
 * A server to be killed: starts the embedded database of the folder in its first argument and writes numbered rows,
 * one transaction each. Tells its parent the address, every row that was acknowledged, or why it could not start.
 */
import pg from 'pg';
import { startEmbeddedPostgres } from '../../src/store/embedded-postgres.js';
import { silent } from './folder.js';

const dataDir = process.argv[2] ?? '';
try {
  const { url, hostPid, postgresPid } = await startEmbeddedPostgres({ dataDir, logger: silent });
  process.send?.({ url, hostPid, postgresPid });
  const client = new pg.Client({ connectionString: url });
  // Killed on purpose: what breaks here is what is tested.
  client.on('error', () => process.exit(1));
  await client.connect();
  await client.query('DROP TABLE IF EXISTS written');
  await client.query('CREATE TABLE written (n integer)');
  for (let written = 1; ; written++) {
    await client.query('INSERT INTO written VALUES ($1)', [written]);
    process.send?.({ written });
  }
} catch (error) {
  process.send?.({ error: String(error) }, undefined, undefined, () => process.exit(1));
}
