import t from 'tap';
import { asUser } from '../../../src/store/as-user.js';
import { errorCode } from '../../../src/store/error-code.js';
import { createPool } from '../../../src/store/pool.js';
import { createTestDatabase } from '../../support/database.js';
import { silent } from '../../support/folder.js';
import { insertRow, insertValid, parametersOf, type Row } from '../../support/schema-cases.js';
import { ALL_CASES } from './all-cases.js';
import { aiPortfolioAnalysisCase } from './signals.cases.js';
import { usersCase } from './users.cases.js';

const database = await createTestDatabase();
t.teardown(() => database.drop());
const owner = database.pool;
const gateway = createPool({ url: database.url, logger: silent, role: 'cryptopredict_gateway' });
t.teardown(() => gateway.end());

/** Tables whose rows lead to a user by foreign keys, over any number of others, with the column of their key. */
const TABLES_OF_USERS = `WITH RECURSIVE of_users AS (
    SELECT 'users'::regclass AS id
    UNION
    SELECT k.conrelid FROM of_users o JOIN pg_constraint k ON k.confrelid = o.id AND k.contype = 'f'
  )
  SELECT c.relname AS name, c.relrowsecurity AS "isSecured", a.attname AS key
  FROM of_users o
  JOIN pg_class c ON c.oid = o.id AND NOT c.relispartition
  JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
  ORDER BY 1`;

interface UsersTable {
  readonly name: string;
  readonly isSecured: boolean;
  readonly key: string;
}
const { rows: tables } = await owner.query<UsersTable>(TABLES_OF_USERS);

/** Who sees a row that leads to a user. Not named: that user alone. */
const READERS: Readonly<Record<string, 'user and admin' | 'admin' | 'nobody'>> = {
  users: 'user and admin',
  user_activities: 'user and admin',
  user_feedback: 'user and admin',
  recommendations: 'user and admin',
  api_request_logs: 'admin',
  model_jobs: 'admin',
  model_performance: 'admin',
  system_config: 'admin',
  audit_log: 'nobody',
  coin_defaults: 'nobody',
};

/** Makes the valid row of a table, of which others are everybody's, one of its user. */
const PRIVATE: Readonly<Record<string, (n: number) => Promise<Row>>> = {
  // Apart from the model and the snapshot of the same number, which the valid row makes.
  ai_trading_signals: async (n) => ({
    portfolio_analysis_id: await insertValid(owner, aiPortfolioAnalysisCase, n + 1000),
  }),
  outbox: async (n) => ({ user_id: await insertValid(owner, usersCase, n) }),
};

const A = await insertValid(owner, usersCase, 1);
const ADMIN = await insertValid(owner, usersCase, 2, { role: 'admin' });

async function validRow(table: string, n: number): Promise<Row> {
  const of = ALL_CASES.find((one) => one.table === table);
  if (of === undefined) throw new Error(`${table} has no case`);
  return { ...(await of.valid(owner, n)), ...(await PRIVATE[table]?.(n)) };
}

/** The user that the rows of a number lead to; null if none was made. */
async function userOf(n: number): Promise<number | null> {
  const { rows } = await owner.query<{ id: number }>('SELECT id FROM users WHERE email = ANY ($1)', [
    [`User${n}@example.com`, `User${n + 1000}@example.com`],
  ]);
  return rows[0]?.id ?? null;
}

async function columnsFor(privilege: string, table: string): Promise<readonly string[]> {
  const { rows } = await owner.query<{ name: string }>(
    `SELECT column_name AS name FROM information_schema.column_privileges
     WHERE grantee = 'cryptopredict_gateway' AND table_name = $1 AND privilege_type = $2`,
    [table, privilege],
  );
  return rows.map(({ name }) => name);
}

interface Outcome {
  /** SQLSTATE of the refusal; null if there was none. */
  readonly code: string | null;
  /** Rows that were read, changed or made. */
  readonly count: number;
  /** First column of what came back. */
  readonly values: readonly unknown[];
}

/** Runs a statement as a user, null a guest, and takes it back. */
async function attempt(
  userId: number | null,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Outcome> {
  const takenBack = new Error('taken back');
  let outcome: Outcome = { code: null, count: 0, values: [] };
  await asUser(gateway, userId, async (connection) => {
    try {
      const result = await connection.query({ text: sql, values: [...values], rowMode: 'array' });
      outcome = { code: null, count: result.rowCount ?? 0, values: result.rows.map(([first]) => first) };
    } catch (error) {
      outcome = { code: errorCode(error) ?? 'none', count: 0, values: [] };
    }
    throw takenBack;
  }).catch((error: unknown) => {
    if (error !== takenBack) throw error;
  });
  return outcome;
}

function attemptInsert(userId: number | null, table: string, row: Row): Promise<Outcome> {
  const names = Object.keys(row);
  const places = names.map((_, index) => `$${index + 1}`);
  return attempt(
    userId,
    `INSERT INTO ${table} (${names.map((name) => `"${name}"`).join()}) VALUES (${places.join()})`,
    parametersOf(row),
  );
}

/** What says in a row who wrote it. */
const SIGNATURES = ['added_by', 'last_modified_by', 'initiated_by', 'updated_by'];

t.test('every table whose rows lead to a user has row-level security', async (t) => {
  t.ok(tables.length > 25, `${tables.length} tables`);
  t.same(
    tables.filter(({ isSecured }) => !isSecured).map(({ name }) => name),
    [],
  );
});

t.test('what the gateway sees without row-level security is what everybody may see', async (t) => {
  const { rows } = await owner.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_class c
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relrowsecurity
       AND has_any_column_privilege('cryptopredict_gateway', c.oid, 'SELECT, INSERT, UPDATE') ORDER BY 1`,
  );
  t.same(
    rows.map(({ name }) => name),
    [
      'ai_cross_sector_analysis',
      'ai_models',
      'ai_regime_analysis',
      'ai_sector_analysis',
      'assets',
      'metrics_snapshot',
      'price_data',
      'price_data_archive',
      'sector_history',
      'sector_mapping',
      'sector_rotation_flows',
      'sectors',
    ],
  );
  const { rows: views } = await owner.query(
    `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm')
       AND NOT coalesce(reloptions, '{}') @> ARRAY['security_invoker=true']`,
  );
  t.same(views, [], 'a view asks as whoever asks it');
});

for (const [index, { name, key }] of tables.entries()) {
  t.test(`${name}: the row of one user is closed to the others`, async (t) => {
    const n = 3 + index;
    const { [key]: id } = await insertRow(owner, name, await validRow(name, n));
    const userId = await userOf(n);
    const readers = READERS[name] ?? 'user';
    const updatable = await columnsFor('UPDATE', name);
    const insertable = await columnsFor('INSERT', name);
    const set = (updatable.length === 0 ? [key] : updatable).map((column) => `"${column}" = DEFAULT`).join();

    for (const [who, other] of [
      ['another user', A],
      ['a guest', null],
    ] as const) {
      const own = name === 'users' && other === A ? 1 : 0;
      t.notOk((await attempt(other, `SELECT "${key}" FROM ${name}`)).values.includes(id), `${who} reads it`);
      t.equal((await attempt(other, `SELECT FROM ${name} WHERE "${key}" = $1`, [id])).count, 0, 'by its key');
      for (const sql of [
        `UPDATE ${name} SET ${set}`,
        `UPDATE ${name} SET ${set} WHERE "${key}" = '${id}'`,
        `DELETE FROM ${name}`,
        `DELETE FROM ${name} WHERE "${key}" = '${id}'`,
      ]) {
        const { code, count } = await attempt(other, sql);
        t.ok(
          code === '42501' || (code === null && count <= own),
          `${who}: ${sql} reaches ${count} rows, ${code}`,
        );
      }
      t.equal((await attempt(other, `TRUNCATE ${name} CASCADE`)).code, '42501', `${who} empties nothing`);
    }

    t.equal(
      userId !== null && (await attempt(userId, `SELECT "${key}" FROM ${name}`)).values.includes(id),
      readers.startsWith('user'),
      `its user ${readers.startsWith('user') ? 'sees it' : 'does not see it either'}`,
    );
    t.equal(
      (await attempt(ADMIN, `SELECT "${key}" FROM ${name}`)).values.includes(id),
      readers.endsWith('admin'),
      `an admin ${readers.endsWith('admin') ? 'sees it' : 'does not see it'}`,
    );

    if (insertable.length === 0) {
      t.equal((await attempt(A, `INSERT INTO ${name} DEFAULT VALUES`)).code, '42501', 'nobody adds a row');
      return;
    }
    const valid = await validRow(name, n + 100);
    const signatures = SIGNATURES.filter((column) => insertable.includes(column));
    const rowBy = (userId: number | null): Row => ({
      ...Object.fromEntries(Object.entries(valid).filter(([column]) => insertable.includes(column))),
      ...Object.fromEntries(signatures.map((column) => [column, userId])),
    });
    const author = readers === 'admin' ? ADMIN : await userOf(n + 100);
    t.equal((await attemptInsert(author, name, rowBy(author))).count, 1, 'who may add the row does');
    for (const other of [A, null]) {
      const { code } = await attemptInsert(other, name, rowBy(other));
      t.equal(code, '42501', `${other === null ? 'a guest' : 'another user'} does not add the same row`);
    }
  });
}
