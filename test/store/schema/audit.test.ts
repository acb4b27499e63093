import t, { type Test } from 'tap';
import { asUser } from '../../../src/store/as-user.js';
import { createPool, type Pool, transaction } from '../../../src/store/pool.js';
import { createTestDatabase } from '../../support/database.js';
import { silent } from '../../support/folder.js';
import { insertRow, insertValid, type Row } from '../../support/schema-cases.js';
import { ALL_CASES } from './all-cases.js';
import { aiPortfolioAnalysisCase, aiTradingSignalsCase, recommendationsCase } from './signals.cases.js';
import {
  notificationsCase,
  riskManagementCase,
  signalAlertsCase,
  signalExecutionsCase,
  tradeActionsCase,
} from './user-actions.cases.js';
import { usersCase, watchlistsCase } from './users.cases.js';

const AUDITED = [
  'users',
  'watchlists',
  'watchlist_assets',
  'portfolios',
  'portfolio_assets',
  'trade_actions',
  'signal_executions',
  'risk_management',
  'signal_alerts',
  'user_feedback',
  'system_config',
];

interface Entry {
  readonly table_name: string;
  readonly operation: string;
  readonly row_id: string;
  readonly old_values: Row | null;
  readonly new_values: Row | null;
  readonly changed_by: number | null;
}

interface Setting {
  readonly owner: Pool;
  readonly gateway: Pool;
  readonly engine: Pool;
}

async function setUp(t: Test): Promise<Setting> {
  const database = await createTestDatabase();
  t.teardown(() => database.drop());
  const gateway = createPool({ url: database.url, logger: silent, role: 'cryptopredict_gateway' });
  t.teardown(() => gateway.end());
  const engine = createPool({ url: database.url, logger: silent, role: 'cryptopredict_engine' });
  t.teardown(() => engine.end());
  return { owner: database.pool, gateway, engine };
}

/** Gives what was written about a table, oldest first. */
async function entriesOf(owner: Pool, table: string): Promise<readonly Entry[]> {
  const { rows } = await owner.query<Entry>(
    `SELECT table_name, operation, row_id, old_values, new_values, changed_by FROM audit_log
     WHERE table_name = $1 ORDER BY id`,
    [table],
  );
  return rows;
}

/** Runs a change and gives what it left in the audit of a table. */
async function leaves(owner: Pool, table: string, change: () => Promise<unknown>): Promise<readonly Entry[]> {
  const before = await entriesOf(owner, table);
  await change();
  return (await entriesOf(owner, table)).slice(before.length);
}

t.test('every change of a user’s row leaves one row, whatever the table', async (t) => {
  const { owner } = await setUp(t);
  const { rows } = await owner.query<{ name: string }>(
    `SELECT DISTINCT tgrelid::regclass::text AS name FROM pg_trigger
     WHERE tgfoid = 'write_audit_log'::regproc AND NOT tgisinternal`,
  );
  t.same(rows.map(({ name }) => name).sort(), [...AUDITED, 'recommendations'].sort());
  for (const [index, table] of AUDITED.entries()) {
    const valid = (await ALL_CASES.find((of) => of.table === table)?.valid(owner, index + 1)) ?? {};
    const key = table === 'system_config' ? 'key' : 'id';
    let stored: Record<string, unknown> = {};
    const [inserted, ...more] = await leaves(owner, table, async () => {
      stored = await insertRow(owner, table, valid);
    });
    const id = stored[key];
    const row_id = String(id);
    t.match(inserted, { operation: 'INSERT', row_id, old_values: null, new_values: { [key]: id } }, table);
    t.equal(more.length, 0, 'one row');
    const [deleted] = await leaves(owner, table, () =>
      owner.query(`DELETE FROM ${table} WHERE ${key} = $1`, [id]),
    );
    t.match(deleted, { operation: 'DELETE', row_id, new_values: null, old_values: { [key]: id } }, table);
  }
});

t.test('an update leaves what changed, from what to what, and who did it', async (t) => {
  const { owner, gateway, engine } = await setUp(t);
  const id = await insertValid(owner, watchlistsCase, 1, { description: null });
  const { rows } = await owner.query<{ id: number }>('SELECT id FROM users');
  const userId = rows[0]?.id ?? 0;
  const change = `UPDATE watchlists SET name = 'New', description = 'Better.' WHERE id = ${id}`;
  t.same(await leaves(owner, 'watchlists', () => asUser(gateway, userId, (c) => c.query(change))), [
    {
      table_name: 'watchlists',
      operation: 'UPDATE',
      row_id: String(id),
      old_values: { name: 'List 1', description: null },
      new_values: { name: 'New', description: 'Better.' },
      changed_by: userId,
    },
  ]);
  t.same(
    await leaves(owner, 'watchlists', () => owner.query(change)),
    [],
    'what changes nothing leaves none',
  );
  const [entry] = await leaves(owner, 'users', () =>
    engine.query('UPDATE users SET is_verified = true WHERE id = $1', [userId]),
  );
  t.match(entry, { changed_by: null, new_values: { is_verified: true } }, 'the server is nobody');
  await t.rejects(
    transaction(owner, async (c) => {
      await c.query(`UPDATE watchlists SET description = 'Undone'`);
      throw new Error('undone');
    }),
    /undone/,
  );
  const entries = await entriesOf(owner, 'watchlists');
  t.notOk(JSON.stringify(entries).includes('Undone'), 'what is taken back leaves none');
});

t.test('neither passwords nor tokens reach the audit, only that they changed', async (t) => {
  const { owner } = await setUp(t);
  const id = await insertValid(owner, usersCase, 1);
  await owner.query(
    `UPDATE users SET password_hash = '$scrypt$other', reset_password_token = NULL, reset_password_expires = NULL,
       email_verification_token = repeat('ab', 32) WHERE id = $1`,
    [id],
  );
  await owner.query('DELETE FROM users WHERE id = $1', [id]);
  const entries = await entriesOf(owner, 'users');
  t.match(entries[1], {
    old_values: { password_hash: '(secret)', reset_password_token: '(secret)' },
    new_values: {
      password_hash: '(secret)',
      reset_password_token: null,
      email_verification_token: '(secret)',
    },
  });
  const { rows } = await owner.query<{ text: string }>('SELECT a::text AS text FROM audit_log a');
  const all = rows.map(({ text }) => text).join('\n');
  t.notMatch(all, /\$scrypt|[0-9a-f]{64}/);
  const { rows: audited } = await owner.query(
    `SELECT FROM pg_trigger WHERE tgrelid = 'user_sessions'::regclass AND tgfoid = 'write_audit_log'::regproc`,
  );
  t.equal(audited.length, 0, 'sessions are secrets');
});

t.test('what the server books leaves no row; what a user does in the same column does', async (t) => {
  const { owner, gateway, engine } = await setUp(t);
  const alertId = await insertValid(owner, signalAlertsCase, 1);
  const { rows } = await owner.query<{ user_id: number }>('SELECT user_id FROM signal_alerts');
  const userId = rows[0]?.user_id ?? 0;
  t.same(
    await leaves(owner, 'signal_alerts', () =>
      engine.query(
        `UPDATE signal_alerts SET last_checked = now(), fired_count = 3, is_triggered = true, triggered_at = now()`,
      ),
    ),
    [],
  );
  t.match(
    await leaves(owner, 'signal_alerts', () =>
      engine.query('UPDATE signal_alerts SET last_checked = now(), is_active = false WHERE id = $1', [
        alertId,
      ]),
    ),
    [{ old_values: { is_active: true }, new_values: { is_active: false, last_checked: undefined } }],
  );
  t.match(
    await leaves(owner, 'signal_alerts', () =>
      asUser(gateway, userId, (c) => c.query('UPDATE signal_alerts SET is_triggered = false')),
    ),
    [{ changed_by: userId, new_values: { is_triggered: false } }],
  );
  await insertValid(owner, riskManagementCase, 2);
  t.same(
    await leaves(owner, 'risk_management', () =>
      engine.query(`UPDATE risk_management SET risk_metrics = '{"beta": 1}', last_calculated = now()`),
    ),
    [],
  );
  t.same(
    await leaves(owner, 'users', () =>
      engine.query('UPDATE users SET login_count = login_count + 1, last_login = now()'),
    ),
    [],
  );
});

t.test('of recommendations the reviews leave a row, not what models make', async (t) => {
  const { owner, gateway, engine } = await setUp(t);
  const admin = await insertValid(owner, usersCase, 1, { role: 'admin' });
  const made = () => insertValid(owner, recommendationsCase, 2, { status: 'pending', reviewed_at: null });
  t.same(await leaves(owner, 'recommendations', made), []);
  t.match(
    await leaves(owner, 'recommendations', () =>
      asUser(gateway, admin, (c) =>
        c.query(
          `UPDATE recommendations SET status = 'approved', reviewed_at = now(), reviewed_by = current_user_id()`,
        ),
      ),
    ),
    [{ changed_by: admin, old_values: { status: 'pending' }, new_values: { status: 'approved' } }],
  );
  const expire = () => engine.query(`UPDATE recommendations SET status = 'expired'`);
  t.same(await leaves(owner, 'recommendations', expire), []);
});

t.test('whoever goes takes their rows along; the audit stays, without their name', async (t) => {
  const { owner } = await setUp(t);
  const analysisId = await insertValid(owner, aiPortfolioAnalysisCase, 1);
  const { rows } = await owner.query<{ user_id: number }>('SELECT user_id FROM portfolios');
  const userId = rows[0]?.user_id ?? 0;
  // A signal made for a portfolio, followed by its owner.
  await insertValid(owner, signalExecutionsCase, 3, {
    user_id: userId,
    ai_trading_signal_id: await insertValid(owner, aiTradingSignalsCase, 2, {
      portfolio_analysis_id: analysisId,
    }),
  });
  await insertValid(owner, tradeActionsCase, 4);
  await insertValid(owner, notificationsCase, 5, { user_id: userId });
  await transaction(owner, async (c) => {
    await c.query(`SELECT set_config('cryptopredict.user_id', $1, true)`, [String(userId)]);
    await c.query('UPDATE portfolios SET is_public = true WHERE user_id = $1', [userId]);
    await c.query('DELETE FROM users WHERE id = $1', [userId]);
  });
  t.match((await entriesOf(owner, 'portfolios')).slice(-2), [
    { operation: 'UPDATE', changed_by: null },
    { operation: 'DELETE', changed_by: null },
  ]);
  await owner.query('DELETE FROM users');
  const { rows: left } = await owner.query(
    `SELECT table_name FROM (
       SELECT 'portfolios' AS table_name FROM portfolios UNION ALL SELECT 'trade_actions' FROM trade_actions
       UNION ALL SELECT 'signal_executions' FROM signal_executions UNION ALL SELECT 'notifications' FROM notifications
       UNION ALL SELECT 'ai_portfolio_analysis' FROM ai_portfolio_analysis) l`,
  );
  t.same(left, [], 'nothing holds a user back');
  t.ok((await entriesOf(owner, 'users')).some(({ operation }) => operation === 'DELETE'));
});
