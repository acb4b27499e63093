import { randomBytes } from 'node:crypto';
import t, { type Test } from 'tap';
import { asUser } from '../../../src/store/as-user.js';
import { type Connection, createPool, type Pool } from '../../../src/store/pool.js';
import { checkRole, SERVER_ROLES, type ServerRole } from '../../../src/store/roles.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { silent } from '../../support/folder.js';
import { insertRow, insertValid } from '../../support/schema-cases.js';
import { aiTradingSignalsCase, recommendationsCase } from './signals.cases.js';
import { userSessionsCase, usersCase, watchlistsCase } from './users.cases.js';

const DENIED = { code: '42501' };
/** No such role, or none that we may become. */
const NO_ROLE = { code: /^(42501|22023)$/ };

async function makeDatabase(t: Test): Promise<TestDatabase> {
  const database = await createTestDatabase();
  t.teardown(() => database.drop());
  return database;
}

function connect(t: Test, url: string, role?: ServerRole, size = 1): Pool {
  const pool = createPool({ url, logger: silent, size, ...(role === undefined ? {} : { role }) });
  t.teardown(() => pool.end());
  return pool;
}

/** Makes a login that may be nothing but a member of roles, and gives its address. */
async function makeLogin(t: Test, database: TestDatabase, roles: readonly ServerRole[]): Promise<string> {
  const name = `test_login_${randomBytes(6).toString('hex')}`;
  await database.pool.query(`CREATE ROLE ${name} LOGIN NOINHERIT PASSWORD '${name}'`);
  t.teardown(() => database.pool.query(`DROP ROLE ${name}`));
  for (const role of roles) await database.pool.query(`GRANT ${role} TO ${name}`);
  const url = new URL(database.url);
  url.username = name;
  url.password = name;
  return url.toString();
}

/** Connects once: a pool drops the connection of a query that fails, and with it what was set there. */
async function connectOnce(t: Test, url: string): Promise<Connection> {
  const connection = await connect(t, url, 'cryptopredict_gateway').connect();
  t.teardown(() => connection.release(true));
  return connection;
}

t.test('the roles own nothing and cannot get round row-level security', async (t) => {
  const { pool, url } = await makeDatabase(t);
  const { rows } = await pool.query(
    `SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication,
       EXISTS (SELECT FROM pg_class WHERE relowner = r.oid) OR EXISTS (SELECT FROM pg_proc WHERE proowner = r.oid)
         OR EXISTS (SELECT FROM pg_namespace WHERE nspowner = r.oid)
         OR EXISTS (SELECT FROM pg_type WHERE typowner = r.oid) AS owns,
       EXISTS (SELECT FROM pg_auth_members WHERE member = r.oid) AS "isMember"
     FROM pg_roles r WHERE rolname = ANY ($1)`,
    [SERVER_ROLES],
  );
  const nothing = {
    ...{ rolsuper: false, rolbypassrls: false, rolcreaterole: false, rolcreatedb: false },
    ...{ rolreplication: false, owns: false, isMember: false },
  };
  t.same(rows, [nothing, nothing]);
  for (const role of SERVER_ROLES) await checkRole(connect(t, url, role), role);
});

t.test('functions with the rights of the owner are open to whom they are for', async (t) => {
  const { pool } = await makeDatabase(t);
  const { rows } = await pool.query<{ name: string; engine: boolean; gateway: boolean; path: string }>(
    `SELECT proname AS name, has_function_privilege('cryptopredict_engine', oid, 'EXECUTE') AS engine,
       has_function_privilege('cryptopredict_gateway', oid, 'EXECUTE') AS gateway,
       array_to_string(proconfig, ' ') AS path
     FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef ORDER BY 1`,
  );
  // Of triggers too: whoever may execute one could hang it on a temporary table and forge what it writes.
  const open = (role: 'engine' | 'gateway') => rows.filter((row) => row[role]).map(({ name }) => name);
  t.same(open('gateway'), ['current_user_is_admin', 'outbox_places', 'update_user_as_admin', 'user_figures']);
  t.same(open('engine'), [
    'analyze_price_data',
    'archive_old_data',
    'current_user_is_admin',
    'ensure_price_partition',
  ]);
  const { rows: paths } = await pool.query(
    `SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef
       AND NOT 'search_path=pg_catalog, public, pg_temp' = ANY (coalesce(proconfig, '{}'))`,
  );
  t.same(paths, [], 'and nobody can slip an object of their own in');
});

t.test('what the engine sees is all but the audit and the migrations', async (t) => {
  const { pool } = await makeDatabase(t);
  const { rows } = await pool.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace
       AND relkind IN ('r', 'p') AND NOT relispartition
       AND NOT has_table_privilege('cryptopredict_engine', oid, 'SELECT') ORDER BY 1`,
  );
  t.same(
    rows.map(({ name }) => name),
    ['audit_log', 'schema_migrations'],
  );
  const { rows: writers } = await pool.query(
    `SELECT r, privilege FROM unnest($1::text[]) r, unnest('{INSERT,UPDATE,DELETE,TRUNCATE}'::text[]) privilege
     WHERE has_table_privilege(r, 'audit_log', privilege)`,
    [SERVER_ROLES],
  );
  t.same(writers, [], 'nobody writes, changes or empties the audit');
});

t.test('the gateway does not become anybody else', async (t) => {
  const database = await makeDatabase(t);
  await insertValid(database.pool, watchlistsCase, 1);
  const gateway = await connectOnce(t, await makeLogin(t, database, ['cryptopredict_gateway']));
  const { rows: owners } = await database.pool.query<{ name: string }>('SELECT current_user AS name');
  const owner = owners[0]?.name;

  for (const sql of [
    'SET ROLE cryptopredict_engine',
    `SET ROLE ${owner}`,
    `SET SESSION AUTHORIZATION ${owner}`,
    'SET SESSION AUTHORIZATION cryptopredict_engine',
    `SELECT set_config('role', 'cryptopredict_engine', false)`,
    `SELECT set_config('session_authorization', '${owner}', false)`,
    `GRANT cryptopredict_engine TO cryptopredict_gateway`,
    'ALTER ROLE cryptopredict_gateway BYPASSRLS',
  ]) {
    await t.rejects(gateway.query(sql), NO_ROLE, sql);
  }
  for (const sql of [
    'ALTER TABLE watchlists DISABLE ROW LEVEL SECURITY',
    'CREATE POLICY all_mine ON watchlists USING (true)',
    'DROP POLICY own ON watchlists',
    'ALTER FUNCTION current_user_id() RENAME TO nobody',
    'CREATE TABLE public.mine (id integer)',
    'ALTER TABLE watchlists DISABLE TRIGGER ALL',
    "SET session_replication_role = 'replica'",
    "COPY watchlists TO PROGRAM 'cat'",
    'SELECT * FROM pg_authid',
    'SELECT ensure_price_partition(now())',
  ]) {
    await t.rejects(gateway.query(sql), DENIED, sql);
  }
  await gateway.query('SET row_security = off');
  await t.rejects(gateway.query('SELECT * FROM watchlists'), DENIED, 'no policy is left aside');
  await gateway.query('RESET ROLE');
  t.equal((await gateway.query('SELECT current_user AS name')).rows[0]?.name, 'cryptopredict_gateway');
  await gateway.query('SET ROLE NONE');
  await t.rejects(gateway.query('SELECT name FROM watchlists'), DENIED, 'the login itself may nothing');
  await t.rejects(gateway.query('SELECT count(*) FROM assets'), DENIED);
});

t.test('a function of the user’s own is not shown the rows of others', async (t) => {
  const { pool, url } = await makeDatabase(t);
  await insertValid(pool, watchlistsCase, 1, { name: 'Secret list' });
  const gateway = connect(t, url, 'cryptopredict_gateway');
  const seen = await asUser(gateway, null, async (connection) => {
    const notices: string[] = [];
    connection.on('notice', ({ message }) => notices.push(message ?? ''));
    await connection.query(
      `CREATE FUNCTION pg_temp.peep(name text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$
       BEGIN RAISE NOTICE '%', name; RETURN true; END; $$`,
    );
    await connection.query('SELECT name FROM watchlists WHERE pg_temp.peep(name)');
    return notices;
  });
  t.ok(seen.length > 0, 'it is shown what everybody sees');
  t.notOk(seen.includes('Secret list'));
});

// A server whose login is a member of both roles keeps them apart by what it says when it connects, not by a password:
// SQL that its gateway runs could turn to the engine's rights, and to no more.
t.test('a login of both roles comes no further than the engine', async (t) => {
  const database = await makeDatabase(t);
  const gateway = await connectOnce(t, await makeLogin(t, database, SERVER_ROLES));
  await gateway.query('SET ROLE cryptopredict_engine');
  for (const sql of [
    'SELECT * FROM audit_log',
    'DELETE FROM users',
    'UPDATE watchlists SET user_id = NULL',
    'ALTER TABLE users DISABLE ROW LEVEL SECURITY',
    'DROP POLICY engine ON users',
    'DELETE FROM price_data',
    'SELECT * FROM schema_migrations',
    'SET SESSION AUTHORIZATION postgres',
  ]) {
    await t.rejects(gateway.query(sql), NO_ROLE, sql);
  }
});

t.test('an admin changes what admins may of others, and nobody raises themselves', async (t) => {
  const { pool, url } = await makeDatabase(t);
  const gateway = connect(t, url, 'cryptopredict_gateway', 2);
  const ada = await insertValid(pool, usersCase, 1, { role: 'admin' });
  const eve = await insertValid(pool, usersCase, 2, { role: 'admin' });
  const sessionId = await insertValid(pool, userSessionsCase, 3);
  const { rows: sessions } = await pool.query<{ user_id: number }>('SELECT user_id FROM user_sessions');
  const bob = sessions[0]?.user_id ?? 0;
  const change = (by: number | null, of: number, changes: object) =>
    asUser(gateway, by, async (connection) => {
      const { rows } = await connection.query<{ found: boolean }>(
        'SELECT update_user_as_admin($1, $2) AS found',
        [of, JSON.stringify(changes)],
      );
      return rows[0]?.found;
    });

  for (const column of ['role', 'is_active', 'account_balance', 'password_hash', 'notes', 'deleted_at']) {
    await t.rejects(
      asUser(gateway, bob, (connection) => connection.query(`UPDATE users SET ${column} = DEFAULT`)),
      DENIED,
      column,
    );
  }
  for (const column of ['password_hash', 'reset_password_token', 'email_verification_token', 'notes']) {
    await t.rejects(
      asUser(gateway, ada, (connection) => connection.query(`SELECT ${column} FROM users`)),
      DENIED,
      `not even an admin reads ${column}`,
    );
  }
  for (const by of [bob, null]) await t.rejects(change(by, bob, { role: 'admin' }), DENIED);
  await t.rejects(change(ada, ada, { role: 'public' }), DENIED, 'the last admin stays one');
  await t.rejects(change(ada, bob, { account_balance: 1 }), { code: '22023' });
  await t.rejects(change(ada, bob, { role: 'king' }), { code: '22P02' });
  t.equal(await change(ada, 1_000_000, { role: 'admin' }), false);

  t.equal(await change(ada, bob, { notes: 'Rude.', is_active: false }), true);
  t.match((await pool.query('SELECT role, is_active, notes FROM users WHERE id = $1', [bob])).rows, [
    { role: 'public', is_active: false, notes: 'Rude.' },
  ]);
  const { rows: ended } = await pool.query(
    'SELECT is_active, revoked_at IS NOT NULL AS revoked FROM user_sessions WHERE id = $1',
    [sessionId],
  );
  t.same(ended, [{ is_active: false, revoked: true }], 'their sessions end');
  t.equal(await change(ada, bob, { is_deleted: true }), true);
  t.same((await pool.query('SELECT deleted_by FROM users WHERE id = $1', [bob])).rows, [{ deleted_by: ada }]);
  t.equal(await change(ada, bob, { is_deleted: false, is_active: true }), true);
  t.same((await pool.query('SELECT deleted_at, is_active FROM users WHERE id = $1', [bob])).rows, [
    { deleted_at: null, is_active: true },
  ]);

  const demoted = await Promise.allSettled([
    change(ada, eve, { role: 'public' }),
    change(eve, ada, { role: 'public' }),
  ]);
  t.same(demoted.map(({ status }) => status).sort(), ['fulfilled', 'rejected'], 'one admin is left');
});

t.test('admins write default lists, and everybody reads them', async (t) => {
  const { pool, url } = await makeDatabase(t);
  const gateway = connect(t, url, 'cryptopredict_gateway');
  const admin = await insertValid(pool, usersCase, 1, { role: 'admin' });
  const user = await insertValid(pool, usersCase, 2);
  const add = `INSERT INTO watchlists (name, watchlist_type) VALUES ('Tier 3', 'default')`;
  for (const by of [user, null]) {
    await t.rejects(
      asUser(gateway, by, (connection) => connection.query(add)),
      DENIED,
    );
  }
  await asUser(gateway, admin, (connection) => connection.query(add));
  for (const by of [user, null]) {
    const { rows } = await asUser(gateway, by, (connection) =>
      connection.query(`SELECT FROM watchlists WHERE name = 'Tier 3'`),
    );
    t.equal(rows.length, 1);
    const { rowCount } = await asUser(gateway, by, (connection) =>
      connection.query(`UPDATE watchlists SET name = 'Mine' WHERE user_id IS NULL`),
    );
    t.equal(rowCount, 0);
  }
  // Whoever is no admin any more is none at once.
  await pool.query('UPDATE users SET is_active = false WHERE id = $1', [admin]);
  await t.rejects(
    asUser(gateway, admin, (connection) => connection.query(add.replace('3', '4'))),
    DENIED,
  );
});

t.test('a user rates a recommendation, and an admin reviews it', async (t) => {
  const { pool, url } = await makeDatabase(t);
  const gateway = connect(t, url, 'cryptopredict_gateway');
  const admin = await insertValid(pool, usersCase, 1, { role: 'admin' });
  const user = await insertValid(pool, usersCase, 2);
  const valid = await recommendationsCase.valid(pool, 3);
  await insertRow(pool, 'recommendations', { ...valid, user_id: user, status: 'pending', reviewed_at: null });
  const rate = (by: number) =>
    asUser(gateway, by, (connection) => connection.query('UPDATE recommendations SET user_rating = 5'));
  const approve = (by: number) =>
    asUser(gateway, by, (connection) =>
      connection.query(`UPDATE recommendations SET status = 'approved', reviewed_at = now()`),
    );
  t.equal((await rate(user)).rowCount, 1);
  await t.rejects(approve(user), DENIED);
  t.equal((await approve(admin)).rowCount, 1);
});

t.test('a list of signals in one state reads that state alone, also for users', async (t) => {
  const { pool, url } = await makeDatabase(t);
  const gateway = connect(t, url, 'cryptopredict_gateway');
  const id = await insertValid(pool, aiTradingSignalsCase, 1, { expires_at: null });
  await pool.query(
    `INSERT INTO ai_trading_signals
       (asset_id, ai_model_id, timeframe, candle_time, signal_type, signal_origin, signal_quality, confidence_score, status)
     SELECT asset_id, ai_model_id, timeframe, candle_time + n * interval '1 hour', signal_type, signal_origin,
       signal_quality, confidence_score, 'expired'
     FROM ai_trading_signals, generate_series(1, 3000) n WHERE id = $1`,
    [id],
  );
  await pool.query('ANALYZE ai_trading_signals');
  const { rows } = await asUser(gateway, null, (connection) =>
    connection.query<{ 'QUERY PLAN': string }>(
      `EXPLAIN SELECT * FROM ai_trading_signals WHERE status = $1 ORDER BY created_at DESC, id DESC LIMIT 50`,
      ['active'],
    ),
  );
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  t.match(plan, /Scan using idx_ai_signals_active/);
});
