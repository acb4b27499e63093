import t, { type Test } from 'tap';
import { METHODS } from '../../../src/api/methods.js';
import type { Caller, User } from '../../../src/ws/caller.js';
import type { MethodContext } from '../../../src/ws/methods/registry.js';
import { type AccountSite, accountSites, EMAIL, ORIGIN, PASSWORD } from '../../support/account-site.js';
import { type Answer, openMethodSite } from '../../support/method-site.js';

const openAccounts = await accountSites(t);
const methods = await openMethodSite(t);

interface AuthSite {
  readonly accounts: AccountSite;
  /** Asks as whom a token speaks for, or as a guest, and holds the answer against the method's schema. */
  ask(method: keyof typeof METHODS, params?: Answer, token?: unknown): Promise<Answer>;
  refusal(method: string, params?: Answer, token?: unknown): Promise<unknown>;
}

async function open(t: Test, settings: Parameters<typeof openAccounts>[1] = {}): Promise<AuthSite> {
  const accounts = await openAccounts(t, settings);
  const context = async (token: unknown): Promise<Partial<MethodContext>> => {
    const user: User | null =
      token === undefined ? null : await accounts.accounts.authenticate(String(token));
    const caller: Caller = { ...ORIGIN, user };
    return { caller, signIn: accounts.signIn, users: { dataSource: 'demo', as: accounts.as } };
  };
  return {
    accounts,
    async ask(method, params = {}, token) {
      const answer = await methods.ask(method, params, await context(token));
      return METHODS[method].result.parse(answer) as Answer;
    },
    refusal: async (method, params = {}, token) => methods.refusal(method, params, await context(token)),
  };
}

const account = { email: EMAIL, password: PASSWORD };

t.test('register, log in, refresh, list and end log-ins, log out', async (t) => {
  const site = await open(t);
  const joined = await site.ask('auth.register', {
    ...account,
    first_name: 'Jane',
    timezone: 'Europe/Berlin',
  });
  t.match(joined, {
    ...{ verification_required: false, token_type: 'bearer' },
    user: { email: EMAIL, first_name: 'Jane', timezone: 'Europe/Berlin', role: 'public', is_verified: false },
  });
  const phone = await site.ask('auth.login', { ...account, device_info: { name: 'phone' } });
  t.match(phone, { access_token: /^[\w-]{43}$/, refresh_token: /^[\w-]{43}$/, user: { login_count: 1 } });
  t.ok(Number(phone.refresh_expires_at) > Number(phone.expires_at));
  const next = await site.ask('auth.refresh', { refresh_token: phone.refresh_token });
  const { items } = (await site.ask('auth.sessions', {}, next.access_token)) as { items: Answer[] };
  t.match(items, [
    { is_current: true, device_info: { name: 'phone' }, ip_address: ORIGIN.address },
    { is_current: false, device_info: null },
  ]);
  const first = await site.ask('auth.sessions', { limit: 1 }, next.access_token);
  t.match(await site.ask('auth.sessions', { cursor: first.next_cursor }, next.access_token), {
    items: [{ id: items[1]?.id }],
    next_cursor: null,
  });
  t.same(await site.ask('auth.revoke', { id: items[1]?.id }, next.access_token), { sessions_ended: 1 });
  t.same(await site.ask('auth.revoke', { all: true }, next.access_token), { sessions_ended: 0 });
  t.same(await site.ask('auth.logout', {}, next.access_token), { done: true });
  t.match(await site.refusal('auth.sessions', {}, next.access_token), { code: 'unauthenticated' });
});

t.test('verify the address, forget the password, set another', async (t) => {
  const site = await open(t, { mustVerify: true });
  t.same(await site.ask('auth.register', account), { verification_required: true });
  await site.accounts.mails();
  t.match(await site.refusal('auth.login', account), { code: 'forbidden' });
  t.same(await site.ask('auth.verifyEmail', { token: await site.accounts.codeTo(EMAIL) }), { done: true });
  const { access_token } = await site.ask('auth.login', account);
  t.match(await site.refusal('auth.resendVerification', {}, access_token), { code: 'conflict' });
  t.same(await site.ask('auth.requestPasswordReset', { email: EMAIL }), { done: true });
  t.same(await site.ask('auth.requestPasswordReset', { email: 'nobody@example.org' }), { done: true });
  const token = await site.accounts.codeTo(EMAIL);
  t.same(await site.ask('auth.resetPassword', { token, password: 'another long one' }), { done: true });
  t.match(await site.refusal('auth.login', account), { code: 'unauthenticated' });
  await site.ask('auth.login', { ...account, password: 'another long one' });
});

t.test('an address that is not verified gets another mail', async (t) => {
  const site = await open(t);
  const { access_token } = await site.ask('auth.register', account);
  const before = await site.accounts.codeTo(EMAIL);
  t.same(await site.ask('auth.resendVerification', {}, access_token), { done: true });
  t.not(await site.accounts.codeTo(EMAIL), before);
});

t.test('the first admin is claimed', async (t) => {
  const site = await open(t);
  const token = site.accounts.parts.claim.open();
  t.match(await site.refusal('auth.claimAdmin', { ...account, token: 'x' }), {
    code: 'forbidden',
    field: 'token',
  });
  t.match(await site.ask('auth.claimAdmin', { ...account, token }), {
    user: { role: 'admin', is_verified: true },
  });
});

t.test('each param is refused by name', async (t) => {
  const site = await open(t);
  const { access_token } = await site.ask('auth.register', account);
  const cases: readonly (readonly [method: string, params: Answer, field: string | undefined])[] = [
    ['auth.register', { ...account, email: 'nobody' }, 'email'],
    ['auth.register', { ...account, email: 'a\0@example.org' }, 'email'],
    ['auth.register', { ...account, password: 'short' }, 'password'],
    ['auth.register', { ...account, password: 7 }, 'password'],
    ['auth.register', { ...account, password: 'x'.repeat(1_025) }, 'password'],
    ['auth.register', { ...account, first_name: '' }, 'first_name'],
    ['auth.register', { ...account, last_name: 'a\0' }, 'last_name'],
    ['auth.register', { ...account, timezone: 'Europe/Nowhere' }, 'timezone'],
    ['auth.register', { ...account, language: 'German' }, 'language'],
    ['auth.register', { ...account, role: 'admin' }, 'role'],
    ['auth.login', { ...account, device_info: { name: 1 } }, 'device_info.name'],
    ['auth.login', { ...account, device_info: { anything: 'x' } }, 'anything'],
    ['auth.login', { email: EMAIL }, 'password'],
    ['auth.refresh', { refresh_token: '' }, 'refresh_token'],
    ['auth.revoke', { id: 0 }, 'id'],
    ['auth.revoke', { all: false }, 'all'],
    ['auth.revoke', {}, undefined],
    ['auth.revoke', { id: 1, all: true }, undefined],
    ['auth.sessions', { cursor: 'x' }, 'cursor'],
    ['auth.sessions', { limit: 501 }, 'limit'],
    ['auth.verifyEmail', { token: 'x' }, 'token'],
    ['auth.resetPassword', { token: 'x', password: PASSWORD }, 'token'],
    ['auth.requestPasswordReset', { email: '' }, 'email'],
    ['auth.logout', { all: true }, 'all'],
  ];
  for (const [method, params, field] of cases) {
    const refusal = await site.refusal(method, params, access_token);
    t.match(refusal, { code: 'invalid_params', field }, `${method} ${JSON.stringify(params).slice(0, 80)}`);
  }
  t.match(await site.refusal('auth.revoke', { id: 999 }, access_token), { code: 'not_found', field: 'id' });
});

t.test('guests are asked to log in, and without a database nobody can', async (t) => {
  const site = await open(t);
  for (const method of ['auth.logout', 'auth.sessions', 'auth.revoke', 'auth.resendVerification']) {
    t.match(await site.refusal(method), { code: 'unauthenticated' }, method);
  }
  t.match(await methods.refusal('auth.login', account), { code: 'unavailable' });
});
