import {
  NO_AMOUNT,
  NO_OBJECT,
  NO_PERCENTAGE,
  NO_PRICE,
  NO_SUM,
  NO_TIME,
  noText,
  refusedBy,
} from '../../support/refused-rows.js';
import { insertValid, type TableCase } from '../../support/schema-cases.js';
import { assetsCase } from './market.cases.js';

/** What stands for the SHA-256 of a token, in hex. */
function tokenHash(kind: string, n: number): string {
  return Buffer.from(`${kind} ${n}`).toString('hex').padStart(64, '0');
}

const RAW_TOKENS = ['', 'secret', 'A'.repeat(64), '0'.repeat(63), '0'.repeat(65)];
const NO_WORD = ['', 'Upper', 'with space', '1st', 'x'.repeat(51)];
const LONG_WORDS = ['x'.repeat(2001)] as const;
const LONG_NOTES = ['x'.repeat(10_001)] as const;

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
    ...refusedBy('users', {
      email: ['', 'a@b', 'a b@example.com', 'a@exam ple.com', `${'a'.repeat(250)}@b.com`],
      password_hash: ['', 'hunter2', '$x$', `$x$${'y'.repeat(260)}`],
      first_name: noText(50),
      last_name: noText(50),
      login_count: [-1],
      preferences: NO_OBJECT,
      timezone: ['', 'Europe Berlin', 'x'.repeat(65)],
      language: ['', 'E', 'EN', 'en_US', 'english-'],
      bio: LONG_WORDS,
      profile_picture_url: ['javascript:alert(1)', 'https://a b', `https://${'x'.repeat(2048)}`],
      reset_password_token: RAW_TOKENS,
      email_verification_token: RAW_TOKENS,
      failed_login_attempts: [-1],
      referral_code: ['abc', 'with space', 'x'.repeat(33)],
      referral_count: [-1],
      account_balance: NO_SUM,
      notes: LONG_NOTES,
    }),
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
    ...refusedBy('user_sessions', {
      session_token: RAW_TOKENS,
      refresh_token: RAW_TOKENS,
      device_info: NO_OBJECT,
      expires_at: NO_TIME,
      refresh_expires_at: NO_TIME,
    }),
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
  refused: refusedBy('user_activities', {
    activity_type: NO_WORD,
    entity_type: NO_WORD,
    action: NO_WORD,
    details: NO_OBJECT,
    user_agent: ['x'.repeat(1001)],
  }),
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
    ...refusedBy('watchlists', {
      name: ['', ' List', 'List ', 'x'.repeat(101)],
      description: LONG_WORDS,
      max_assets: [0, 10_001],
    }),
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
  refused: refusedBy('watchlist_assets', { notes: LONG_WORDS }),
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
    ...refusedBy('portfolio_assets', {
      leverage_ratio: [0.99, 1001, 'NaN'],
      quantity: NO_AMOUNT,
      entry_price: NO_PRICE,
      exit_price: NO_PRICE,
      pnl_realized_usd: ['NaN'],
      allocation_target_percent: NO_PERCENTAGE,
      investment_thesis: LONG_NOTES,
      stop_loss_price: NO_PRICE,
      take_profit_price: NO_PRICE,
      max_allocation_percent: [0, ...NO_PERCENTAGE],
      notes: LONG_NOTES,
    }),
    chk_portfolio_assets_closed_is_empty: [{ trade_status: 'closed', quantity: 1 }],
    chk_portfolio_assets_stop_before_target: [
      { stop_loss_price: 130 },
      { asset_type: 'Short Position', stop_loss_price: 90, take_profit_price: 130 },
    ],
  },
};
