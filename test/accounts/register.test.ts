import t from 'tap';
import { AddressLimiter } from '../../src/accounts/address-limiter.js';
import { accountSites, EMAIL, ORIGIN, PASSWORD } from '../support/account-site.js';

const open = await accountSites(t);

const account = { email: EMAIL, password: PASSWORD };

t.test('who registers is logged in, and gets a mail to verify the address', async (t) => {
  const site = await open(t);
  const loggedIn = await site.signIn.register(
    { ...account, firstName: 'Jane', lastName: null, timezone: 'Europe/Berlin', language: 'de' },
    ORIGIN,
  );
  t.match(loggedIn?.user, {
    ...{ email: EMAIL, firstName: 'Jane', lastName: null, timezone: 'Europe/Berlin', language: 'de' },
    ...{ role: 'public', isVerified: false },
  });
  t.match(await site.mails(), [{ to: EMAIL, subject: 'Confirm your e-mail address' }]);
  t.match(site.activities, [
    {
      ...{
        userId: loggedIn?.user.id,
        sessionId: loggedIn?.session.id,
        activityType: 'register',
        action: 'created',
      },
      ...{ ipAddress: ORIGIN.address, userAgent: ORIGIN.agent },
    },
  ]);
});

t.test('a taken address is a conflict, in any case, also of who was deleted', async (t) => {
  const site = await open(t);
  await site.join();
  const taken = { code: 'conflict', field: 'email' };
  await t.rejects(site.signIn.register({ ...account, email: EMAIL.toUpperCase() }, ORIGIN), taken);
  await site.owner.query('UPDATE users SET is_active = false, deleted_at = now()');
  await t.rejects(site.signIn.register(account, ORIGIN), taken);
  t.equal((await site.mails()).length, 1);
});

t.test('of many who register one address at once one gets it', async (t) => {
  const site = await open(t);
  const outcomes = await Promise.allSettled(
    Array.from({ length: 6 }, () => site.signIn.register(account, ORIGIN)),
  );
  t.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
});

t.test(
  'where addresses must be verified, nobody learns which have an account, and owners get a mail',
  async (t) => {
    const site = await open(t, { mustVerify: true });
    const before = site.parts.passwords.stats.done;
    t.equal(await site.signIn.register(account, ORIGIN), null);
    t.match(await site.mails(), [{ to: EMAIL, subject: 'Confirm your e-mail address' }]);
    t.equal(await site.signIn.register({ ...account, password: 'another long one' }, ORIGIN), null);
    t.equal((await site.mails()).at(-1)?.subject, 'Confirm your e-mail address', 'it is not verified yet');
    await t.rejects(site.signIn.login(account, ORIGIN), {
      code: 'forbidden',
      message: /to be verified first/,
    });
    await site.signIn.verifyEmail(await site.codeTo(EMAIL), ORIGIN);
    await t.rejects(site.signIn.login({ ...account, password: 'another long one' }, ORIGIN), {
      code: 'unauthenticated',
    });
    await site.signIn.login(account, ORIGIN);

    t.equal(await site.signIn.register(account, ORIGIN), null);
    t.match((await site.mails()).at(-1), { to: EMAIL, subject: 'You have an account already' });
    t.equal(site.parts.passwords.stats.done - before, 6, 'each attempt was one hash');
    await site.owner.query('UPDATE users SET is_active = false, deleted_at = now()');
    const count = (await site.mails()).length;
    t.equal(await site.signIn.register(account, ORIGIN), null);
    t.equal((await site.mails()).length, count, 'who was deleted gets none');
  },
);

t.test('nobody’s mailbox is filled', async (t) => {
  const mailings = new AddressLimiter({ perMinute: 0.1, burst: 2, now: () => 0 });
  const site = await open(t, { mustVerify: true }, { mailings });
  for (let n = 0; n < 4; n++) {
    t.equal(await site.signIn.register(account, ORIGIN), null);
    await site.mails();
  }
  for (let n = 0; n < 4; n++) await site.signIn.requestPasswordReset(EMAIL, ORIGIN);
  t.equal((await site.mails()).length, 2);
});

t.test('a weak password makes no account', async (t) => {
  const site = await open(t);
  await t.rejects(site.signIn.register({ ...account, password: EMAIL }, ORIGIN), {
    code: 'invalid_params',
    field: 'password',
  });
  t.equal((await site.owner.query('SELECT FROM users')).rowCount, 0);
});

t.test('registration can be closed', async (t) => {
  const site = await open(t, { isOpen: false });
  await t.rejects(site.signIn.register(account, ORIGIN), {
    code: 'forbidden',
    message: /registration is closed/,
  });
});

t.test('the first admin is made by the token of the running server, once', async (t) => {
  const site = await open(t, { isOpen: false });
  const { claim } = site.parts;
  const refused = { code: 'forbidden', field: 'token' };
  await t.rejects(site.signIn.claimAdmin('x'.repeat(43), account, ORIGIN), refused, 'none was made');
  const void_ = claim.open();
  const token = claim.open();
  await t.rejects(site.signIn.claimAdmin(void_, account, ORIGIN), refused);
  await t.rejects(site.signIn.claimAdmin(token, { ...account, password: 'short' }, ORIGIN), {
    code: 'invalid_params',
    field: 'password',
  });
  const outcomes = await Promise.allSettled(
    ['a@example.org', 'b@example.org', 'c@example.org'].map((email) =>
      site.signIn.claimAdmin(token, { ...account, email }, ORIGIN),
    ),
  );
  const made = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  t.match(
    made.map(({ user }) => user),
    [{ role: 'admin', isVerified: true }],
  );
  t.equal(made.length, 1);
  for (const loggedIn of made) t.match(await site.who(loggedIn), { role: 'admin' });
  t.equal((await site.owner.query('SELECT FROM users')).rowCount, 1);
  t.same(site.done(), ['register admin_claimed']);
});

t.test('the token is void once there is an admin; an address with an account is left alone', async (t) => {
  const site = await open(t);
  await site.join();
  const token = site.parts.claim.open();
  await t.rejects(site.signIn.claimAdmin(token, account, ORIGIN), { code: 'conflict', field: 'email' });
  await site.addUser('admin');
  const other = { ...account, email: 'other@example.org' };
  await t.rejects(site.signIn.claimAdmin(token, other, ORIGIN), { code: 'forbidden' });
  t.notOk(site.parts.claim.matches(token));
});
