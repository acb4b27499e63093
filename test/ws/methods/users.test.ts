import t, { type Test } from 'tap';
import { METHODS } from '../../../src/api/methods.js';
import type { MethodContext } from '../../../src/ws/methods/registry.js';
import { type AccountSite, accountSites, ORIGIN, PASSWORD } from '../../support/account-site.js';
import { type Answer, openMethodSite } from '../../support/method-site.js';
import { emailOf } from '../../support/user-site.js';

const openAccounts = await accountSites(t);
const methods = await openMethodSite(t);

interface UsersSite {
  readonly accounts: AccountSite;
  /** A user of `accounts`, and an admin, each with a log-in. */
  readonly user: { readonly id: number; readonly token: string };
  readonly admin: { readonly id: number; readonly token: string };
  ask(method: keyof typeof METHODS, params: Answer, token: string): Promise<Answer>;
  refusal(method: string, params: Answer, token: string | null): Promise<unknown>;
}

async function open(t: Test): Promise<UsersSite> {
  const accounts = await openAccounts(t);
  const joined = await accounts.join('user@example.org');
  const chief = await accounts.join('admin@example.org');
  await accounts.owner.query(`UPDATE users SET role = 'admin' WHERE id = $1`, [chief.user.id]);
  const context = async (token: string | null): Promise<Partial<MethodContext>> => ({
    caller: { ...ORIGIN, user: token === null ? null : await accounts.accounts.authenticate(token) },
    signIn: accounts.signIn,
    users: { dataSource: 'demo', as: accounts.as },
  });
  return {
    accounts,
    user: { id: joined.user.id, token: joined.accessToken },
    admin: { id: chief.user.id, token: chief.accessToken },
    ask: async (method, params, token) =>
      METHODS[method].result.parse(await methods.ask(method, params, await context(token))) as Answer,
    refusal: async (method, params, token) => methods.refusal(method, params, await context(token)),
  };
}

t.test('users see and change their own profile, and null clears', async (t) => {
  const { ask, user } = await open(t);
  t.match(await ask('users.profile', {}, user.token), { id: user.id, email: 'user@example.org', bio: null });
  const changes = {
    ...{
      first_name: 'Jane',
      last_name: 'Doe',
      timezone: 'America/New_York',
      language: 'pt-BR',
      bio: 'of Rome',
    },
    ...{ preferences: { theme: 'dark', panels: [1, 2] }, profile_picture_url: 'https://example.org/a.png' },
  };
  t.match(await ask('users.updateProfile', changes, user.token), changes);
  const cleared = await ask('users.updateProfile', { bio: null, preferences: {} }, user.token);
  t.match(cleared, { ...changes, bio: null, preferences: {} });
  t.same(cleared.preferences, {});
  t.same(await ask('users.profile', {}, user.token), cleared);
});

t.test('a password is changed by who knows it', async (t) => {
  const { ask, refusal, user } = await open(t);
  const wrong = { current_password: 'not the one', new_password: 'another long one' };
  t.match(await refusal('users.changePassword', wrong, user.token), { field: 'current_password' });
  const right = { ...wrong, current_password: PASSWORD };
  t.same(await ask('users.changePassword', right, user.token), { sessions_ended: 0 });
});

t.test('admins see all users, in pages, by role, state and words', async (t) => {
  const { ask, admin, accounts } = await open(t);
  const ids: readonly number[] = [await accounts.addUser(), await accounts.addUser()];
  await accounts.owner.query('UPDATE users SET is_active = false, deleted_at = now() WHERE id = $1', [
    ids[1],
  ]);
  const emails = async (params: Answer): Promise<unknown> =>
    ((await ask('users.list', params, admin.token)).items as Answer[]).map(({ email }) => email);
  const [left, deleted] = await Promise.all(ids.map((id) => emailOf(accounts.owner, id)));
  t.same(await emails({}), [left, 'admin@example.org', 'user@example.org']);
  t.same(await emails({ role: 'admin' }), ['admin@example.org']);
  t.same(await emails({ q: 'USER@' }), ['user@example.org']);
  t.same(await emails({ is_deleted: true }), [deleted]);
  t.same(await emails({ is_active: false }), []);
  const first = await ask('users.list', { limit: 2 }, admin.token);
  t.same(await emails({ limit: 2, cursor: first.next_cursor }), ['user@example.org']);
  t.match((first.items as Answer[])[0], {
    ...{
      personal_watchlists_count: 0,
      total_assets_count: 0,
      avg_prediction_accuracy: null,
      deleted_at: null,
    },
  });
});

t.test(
  'admins change users: role, state, plan; whoever is switched off has no session from then on',
  async (t) => {
    const { ask, admin, user, accounts } = await open(t);
    const changes = {
      ...{
        role: 'admin',
        is_verified: true,
        subscription_plan: 'pro',
        subscription_expires_at: 2e12,
        notes: 'x',
      },
    };
    const changed = await ask('users.update', { id: user.id, ...changes }, admin.token);
    t.match(changed, { id: user.id, role: 'admin', is_verified: true, subscription_plan: 'pro' });
    t.notOk('notes' in changed);
    t.match(await accounts.accounts.authenticate(user.token), { role: 'admin' });
    t.same(accounts.revoked, [user.id]);
    t.match(accounts.activities.at(-1), {
      ...{ userId: admin.id, activityType: 'admin_action', action: 'update_user', entityId: user.id },
      details: { changes: Object.keys(changes) },
    });
    await ask('users.update', { id: user.id, is_active: false }, admin.token);
    t.equal(await accounts.accounts.authenticate(user.token), null);
    await ask('users.update', { id: user.id, is_active: true, role: 'public' }, admin.token);
    t.equal(await accounts.accounts.authenticate(user.token), null, 'the session does not come back');
  },
);

t.test('no user changes others, and no admin themselves', async (t) => {
  const { refusal, admin, user } = await open(t);
  const update = { id: user.id, role: 'admin' };
  t.match(await refusal('users.update', update, user.token), { code: 'forbidden' });
  t.match(await refusal('users.list', {}, user.token), { code: 'forbidden' });
  t.match(await refusal('users.update', update, null), { code: 'unauthenticated' });
  t.match(await refusal('users.profile', {}, null), { code: 'unauthenticated' });
  t.match(await refusal('users.update', { id: admin.id, role: 'public' }, admin.token), {
    code: 'forbidden',
  });
  t.match(await refusal('users.update', { id: 999_999, role: 'admin' }, admin.token), {
    ...{ code: 'not_found', field: 'id' },
  });
});

t.test('each param is refused by name', async (t) => {
  const { refusal, admin } = await open(t);
  const cases: readonly (readonly [method: string, params: Answer, field: string | undefined])[] = [
    ['users.updateProfile', {}, undefined],
    ['users.updateProfile', { first_name: 'x'.repeat(51) }, 'first_name'],
    ['users.updateProfile', { timezone: 'Mars/Base' }, 'timezone'],
    ['users.updateProfile', { language: '' }, 'language'],
    ['users.updateProfile', { bio: 'x'.repeat(2_001) }, 'bio'],
    ['users.updateProfile', { preferences: { a: 'x'.repeat(17_000) } }, 'preferences'],
    ['users.updateProfile', { preferences: { a: ['\0'] } }, 'preferences'],
    ['users.updateProfile', { preferences: [] }, 'preferences'],
    ['users.updateProfile', { profile_picture_url: 'javascript:alert(1)' }, 'profile_picture_url'],
    ['users.updateProfile', { email: 'other@example.org' }, 'email'],
    ['users.list', { role: 'king' }, 'role'],
    ['users.list', { q: '' }, 'q'],
    ['users.list', { cursor: 'x' }, 'cursor'],
    ['users.update', { id: 1 }, undefined],
    ['users.update', { role: 'admin' }, 'id'],
    ['users.update', { id: 1, role: 'king' }, 'role'],
    ['users.update', { id: 1, subscription_expires_at: -1 }, 'subscription_expires_at'],
    ['users.update', { id: 1, password_hash: 'x' }, 'password_hash'],
  ];
  for (const [method, params, field] of cases) {
    const found = await refusal(method, params, admin.token);
    t.match(found, { code: 'invalid_params', field }, `${method} ${JSON.stringify(params).slice(0, 80)}`);
  }
});
