import { rm } from 'node:fs/promises';
import t from 'tap';
import { startEmbeddedPostgres } from '../../../src/store/embedded-postgres.js';
import { migrate } from '../../../src/store/migrate.js';
import { createPool } from '../../../src/store/pool.js';
import { SERVER_ROLES } from '../../../src/store/roles.js';
import { makeTestFolder, silent } from '../../support/folder.js';

// A server of its own: the roles are of the whole server, and other tests need them meanwhile.
t.test('migrations make the roles once for all databases of a server, with any owner', async (t) => {
  const dataDir = await makeTestFolder('access');
  t.teardown(() => rm(dataDir, { recursive: true, force: true }));
  const postgres = await startEmbeddedPostgres({
    dataDir,
    logger: silent,
    flags: ['fsync=off', 'max_connections=50'].flatMap((flag) => ['-c', flag]),
  });
  t.teardown(() => postgres.stop());
  const superuser = createPool({ url: postgres.url, logger: silent });
  await superuser.query(`CREATE ROLE plain LOGIN PASSWORD 'plain'`);
  await superuser.query(`CREATE ROLE maker LOGIN CREATEROLE PASSWORD 'maker'`);
  const migrateDatabase = async (name: string, login?: string) => {
    const url = new URL(postgres.url);
    url.pathname = `/${name}`;
    if (login !== undefined) [url.username, url.password] = [login, login];
    const pool = createPool({ url: url.toString(), logger: silent });
    try {
      await migrate(pool);
      await pool.query('SET ROLE cryptopredict_gateway');
    } finally {
      await pool.end();
    }
  };
  const migrateAs = async (login: string, name: string) => {
    await superuser.query(`CREATE DATABASE ${name} OWNER ${login}`);
    await migrateDatabase(name, login);
  };
  try {
    await t.rejects(
      migrateAs('plain', 'first'),
      {
        name: 'OperatorError',
        message:
          /0018_access\.sql failed: role cryptopredict_engine is missing and plain may not make it; As a superuser: CREATE ROLE cryptopredict_engine NOLOGIN; GRANT cryptopredict_engine TO plain;/,
      },
      'with what mends it',
    );
    await t.rejects(
      migrateDatabase('postgres', 'plain'),
      {
        name: 'OperatorError',
        message:
          /schema_migrations cannot be made: permission denied .*; migrate as the owner of the database/,
      },
      'nor in a database of somebody else',
    );
    await migrateAs('maker', 'second');
    await t.rejects(migrateAs('plain', 'third'), { message: /plain is no member of cryptopredict_engine/ });
    for (const role of SERVER_ROLES) await superuser.query(`GRANT ${role} TO plain`);
    await migrateAs('plain', 'fourth');

    // All gone, and several databases begin at once.
    await superuser.query('DROP DATABASE second WITH (FORCE)');
    await superuser.query('DROP DATABASE fourth WITH (FORCE)');
    for (const role of SERVER_ROLES) await superuser.query(`DROP ROLE ${role}`);
    const names = ['fifth', 'sixth', 'seventh', 'eighth'];
    for (const name of names) await superuser.query(`CREATE DATABASE ${name}`);
    await Promise.all(names.map((name) => migrateDatabase(name)));

    for (const role of SERVER_ROLES) await superuser.query(`GRANT ${role} TO plain`);
    await superuser.query('ALTER ROLE cryptopredict_gateway BYPASSRLS');
    await t.rejects(migrateAs('plain', 'ninth'), {
      message: /role cryptopredict_gateway could get round row-level security/,
    });
  } finally {
    await superuser.end();
  }
});
