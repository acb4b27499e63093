import { insertValid, type Row, type TableCase } from '../../support/schema-cases.js';
import { assetsCase } from './market.cases.js';

/** What stands for the SHA-256 of a token, in hex. */
function tokenHash(kind: string, n: number): string {
  return Buffer.from(`${kind} ${n}`).toString('hex').padStart(64, '0');
}

const RAW_TOKENS = ['', 'secret', 'A'.repeat(64), '0'.repeat(63), '0'.repeat(65)];
const NOT_OBJECTS = ['[]', '1', 'null'];
const BAD_NAMES = ['', 'Upper', 'with space', '1st', 'x'.repeat(51)];

function each(column: string, values: readonly unknown[]): Row[] {
  return values.map((value) => ({ [column]: value }));
}

function longerThan(column: string, length: number): Row[] {
  return each(column, ['x'.repeat(length + 1)]);
}

function bounded(column: string, below: number): Row[] {
  return each(column, [below, 'Infinity', 'NaN']);
}

/** A person, or an admin. */
export const usersCase: TableCase = {
  table: 'users',
  valid: async (_, n) => ({
    email: `User${n}@example.com`,
    password_hash: '$scrypt$ln=17,r=8,p=1$c2FsdA$aGFzaA',
    first_name: 'Ada',
    last_name: 'Lovelace',
    bio: 'Counts.',
    profile_picture_url: 'https://example.com/ada.png',
    reset_password_token: tokenHash('reset', n),
    reset_password_expires: new Date(Date.UTC(2024, 0, 2)),
    email_verification_token: tokenHash('verify', n),
    email_verification_expires: new Date(Date.UTC(2024, 0, 2)),
    referral_code: `code-${n}`,
    notes: 'Wrote to us.',
  }),
  refused: {
    chk_users_email: each('email', [
      '',
      'a@b',
      'a b@example.com',
      'a@exam ple.com',
      `${'a'.repeat(250)}@b.com`,
    ]),
    chk_users_password_hash: each('password_hash', ['', 'hunter2', '$x$', `$x$${'y'.repeat(260)}`]),
    chk_users_first_name: each('first_name', ['', 'x'.repeat(51)]),
    chk_users_last_name: each('last_name', ['', 'x'.repeat(51)]),
    chk_users_login_count: each('login_count', [-1]),
    chk_users_preferences: each('preferences', NOT_OBJECTS),
    chk_users_timezone: each('timezone', ['', 'Europe Berlin', 'x'.repeat(65)]),
    chk_users_language: each('language', ['', 'E', 'EN', 'en_US', 'english-']),
    chk_users_bio: longerThan('bio', 2000),
    chk_users_profile_picture_url: each('profile_picture_url', [
      'javascript:alert(1)',
      'https://a b',
      `https://${'x'.repeat(2048)}`,
    ]),
    chk_users_reset_password_token: each('reset_password_token', RAW_TOKENS),
    chk_users_email_verification_token: each('email_verification_token', RAW_TOKENS),
    chk_users_failed_login_attempts: each('failed_login_attempts', [-1]),
    chk_users_referral_code: each('referral_code', ['abc', 'with space', 'x'.repeat(33)]),
    chk_users_referral_count: each('referral_count', [-1]),
    chk_users_account_balance: each('account_balance', [-0.01, 'NaN']),
    chk_users_notes: longerThan('notes', 10000),
    chk_users_reset_token_expires: [{ reset_password_token: null }, { reset_password_expires: null }],
    chk_users_verification_token_expires: [
      { email_verification_token: null },
      { email_verification_expires: null },
    ],
    chk_users_not_referred_by_self: [{ id: 1_000_000, referred_by: 1_000_000 }],
    chk_users_deleted_is_inactive: [{ deleted_at: new Date(Date.UTC(2024, 0, 1)), is_active: true }],
  },
};

/** A pair of tokens. */
export const userSessionsCase: TableCase = {
  table: 'user_sessions',
  valid: async (database, n) => ({
    user_id: await insertValid(database, usersCase, n),
    session_token: tokenHash('session', n),
    refresh_token: tokenHash('refresh', n),
    device_info: { browser: 'Firefox' },
    ip_address: '192.0.2.1',
    expires_at: new Date(Date.UTC(2024, 0, 1)),
    refresh_expires_at: new Date(Date.UTC(2024, 0, 31)),
  }),
  refused: {
    chk_user_sessions_session_token: each('session_token', RAW_TOKENS),
    chk_user_sessions_refresh_token: each('refresh_token', RAW_TOKENS),
    chk_user_sessions_device_info: each('device_info', NOT_OBJECTS),
    chk_user_sessions_expires_at: each('expires_at', ['infinity', '-infinity']),
    chk_user_sessions_refresh_expires_at: each('refresh_expires_at', ['infinity', '-infinity']),
    chk_user_sessions_refresh_token_expires: [{ refresh_token: null }, { refresh_expires_at: null }],
    chk_user_sessions_ended_is_inactive: [
      { is_active: true, rotated_at: new Date(Date.UTC(2024, 0, 1)) },
      { is_active: true, revoked_at: new Date(Date.UTC(2024, 0, 1)) },
    ],
  },
};

/** Something that a user did. */
export const userActivitiesCase: TableCase = {
  table: 'user_activities',
  valid: async (database, n) => {
    const sessionId = await insertValid(database, userSessionsCase, n);
    const { rows } = await database.query<{ user_id: number }>(
      'SELECT user_id FROM user_sessions WHERE id = $1',
      [sessionId],
    );
    return {
      user_id: rows[0]?.user_id,
      session_id: sessionId,
      activity_type: 'watchlist_update',
      entity_type: 'watchlist',
      entity_id: 1,
      action: 'update',
      details: { name: 'Mine' },
      ip_address: '2001:db8::1',
      user_agent: 'Mozilla/5.0',
    };
  },
  refused: {
    chk_user_activities_activity_type: each('activity_type', BAD_NAMES),
    chk_user_activities_entity_type: each('entity_type', BAD_NAMES),
    chk_user_activities_action: each('action', BAD_NAMES),
    chk_user_activities_details: each('details', NOT_OBJECTS),
    chk_user_activities_user_agent: longerThan('user_agent', 1000),
  },
};

/** A personal list; a default one has neither user nor this type. */
export const watchlistsCase: TableCase = {
  table: 'watchlists',
  valid: async (database, n) => ({
    name: `List ${n}`,
    description: 'What I look at.',
    user_id: await insertValid(database, usersCase, n),
    watchlist_type: 'personal',
  }),
  refused: {
    chk_watchlists_name: each('name', ['', ' List', 'List ', 'x'.repeat(101)]),
    chk_watchlists_description: longerThan('description', 2000),
    chk_watchlists_max_assets: each('max_assets', [0, 10_001]),
    chk_watchlists_default_has_no_user: [{ watchlist_type: 'default' }, { user_id: null }],
  },
  unique: { unique_watchlists_default_name: { user_id: null, watchlist_type: 'default' } },
};

/** An asset of a list. */
export const watchlistAssetsCase: TableCase = {
  table: 'watchlist_assets',
  valid: async (database, n) => ({
    watchlist_id: await insertValid(database, watchlistsCase, n),
    asset_id: await insertValid(database, assetsCase, n),
    position_type: 'long',
    sort_order: n,
    notes: 'Strong.',
  }),
  refused: {
    chk_watchlist_assets_notes: longerThan('notes', 2000),
  },
};

/** What a user holds. */
export const portfoliosCase: TableCase = {
  table: 'portfolios',
  valid: async (database, n) => ({ user_id: await insertValid(database, usersCase, n) }),
  refused: {},
};

/** A holding. */
export const portfolioAssetsCase: TableCase = {
  table: 'portfolio_assets',
  valid: async (database, n) => ({
    portfolio_id: await insertValid(database, portfoliosCase, n),
    asset_id: await insertValid(database, assetsCase, n),
    asset_type: 'Long Position',
    leverage_ratio: 2,
    quantity: 0.5,
    entry_price: 100,
    stop_loss_price: 90,
    take_profit_price: 130,
    allocation_target_percent: 20,
    investment_thesis: 'It grows.',
    investment_timeframe: 'long_term',
    notes: 'Bought twice.',
  }),
  refused: {
    chk_portfolio_assets_leverage_ratio: each('leverage_ratio', [0.99, 1001, 'NaN']),
    chk_portfolio_assets_quantity: bounded('quantity', -1),
    chk_portfolio_assets_entry_price: bounded('entry_price', 0),
    chk_portfolio_assets_exit_price: bounded('exit_price', 0),
    chk_portfolio_assets_pnl_realized_usd: each('pnl_realized_usd', ['NaN']),
    chk_portfolio_assets_allocation_target: each('allocation_target_percent', [-0.1, 100.1, 'NaN']),
    chk_portfolio_assets_investment_thesis: longerThan('investment_thesis', 10000),
    chk_portfolio_assets_stop_loss_price: bounded('stop_loss_price', 0),
    chk_portfolio_assets_take_profit_price: bounded('take_profit_price', 0),
    chk_portfolio_assets_max_allocation: each('max_allocation_percent', [0, 100.1, 'NaN']),
    chk_portfolio_assets_notes: longerThan('notes', 10000),
    chk_portfolio_assets_closed_is_empty: [{ trade_status: 'closed', quantity: 1 }],
    chk_portfolio_assets_stop_before_target: [
      { stop_loss_price: 130 },
      { asset_type: 'Short Position', stop_loss_price: 90, take_profit_price: 130 },
    ],
  },
};
