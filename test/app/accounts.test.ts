import t, { type Test } from 'tap';
import { openAccounts } from '../../src/app/accounts.js';
import { Stopper } from '../../src/app/stopper.js';
import { readConfig } from '../../src/config.js';
import { Metrics } from '../../src/metrics.js';
import { StoreWriter } from '../../src/store/writer.js';
import { ORIGIN, PASSWORD } from '../support/account-site.js';
import { recordingLogger } from '../support/recording-logger.js';
import { startSmtpSink } from '../support/smtp-sink.js';
import { until } from '../support/until.js';
import { openUserSite } from '../support/user-site.js';

/** Accounts as a server opens them. */
async function open(t: Test, flags: Readonly<Record<string, string>> = {}) {
  const site = await openUserSite(t);
  const { logger, lines } = recordingLogger();
  const stopper = new Stopper(logger);
  const writer = new StoreWriter({ pool: site.engine, logger, toDocument: () => ({}) });
  const metrics = new Metrics();
  const start = () =>
    openAccounts(
      readConfig(flags, {}),
      { pool: site.engine, writer, logger, metrics: new Metrics() },
      stopper,
    );
  const opened = await openAccounts(
    readConfig(flags, {}),
    { pool: site.engine, writer, logger, metrics },
    stopper,
  );
  t.teardown(async () => {
    await stopper.stop();
    await writer.close();
  });
  return { ...site, ...opened, ...opened.ports, writer, metrics, lines, start };
}

t.test(
  'a server without an admin has a token for the first, another at each start, and none then',
  async (t) => {
    const { signIn, adminToken, start, lines } = await open(t);
    const again = await start();
    t.match(adminToken, /^[\w-]{43}$/);
    t.not(again.adminToken, adminToken);
    const credentials = { email: 'admin@example.org', password: PASSWORD };
    await t.rejects(signIn.claimAdmin(again.adminToken ?? '', credentials, ORIGIN), { code: 'forbidden' });
    t.match(await signIn.claimAdmin(adminToken ?? '', credentials, ORIGIN), { user: { role: 'admin' } });
    t.equal((await start()).adminToken, null);
    t.notMatch(JSON.stringify(lines), adminToken ?? 'x', 'it is never logged');
  },
);

t.test('what users do is written by the writer, and counted for whoever watches', async (t) => {
  const { signIn, writer, owner, metrics, mail } = await open(t, { loginAttempts: '2', refreshDays: '1' });
  const loggedIn = await signIn.register({ email: 'a@example.org', password: PASSWORD }, ORIGIN);
  const { session } = loggedIn ?? {};
  t.equal(Math.round(((session?.refreshExpiresAt ?? 0) - (session?.createdAt ?? 0)) / 3_600_000), 24);
  t.equal(Math.round(((session?.expiresAt ?? 0) - (session?.createdAt ?? 0)) / 60_000), 60);
  await until('the mail is sent', () => mail().sent === 1);
  await writer.flush();
  const { rows } = await owner.query('SELECT activity_type, action, user_agent FROM user_activities');
  t.same(rows, [{ activity_type: 'register', action: 'created', user_agent: ORIGIN.agent }]);
  const text = await metrics.text();
  t.match(text, 'cryptopredict_mails_total{outcome="sent"} 1');
  t.match(text, 'cryptopredict_passwords_total{outcome="done"} 1');
});

t.test('mail goes by the mail server that is configured', async (t) => {
  const sink = await startSmtpSink(t);
  const { signIn, mail, lines } = await open(t, { smtpUrl: sink.url, mailFrom: 'Us <us@example.org>' });
  await signIn.register({ email: 'a@example.org', password: PASSWORD }, ORIGIN);
  await until('it is there', () => sink.mails.length === 1);
  t.match(sink.mails[0]?.data ?? '', /^From: Us <us@example\.org>$/m);
  // Long lines are broken on the way.
  const text = (sink.mails[0]?.data ?? '').replace(/=\n/g, '');
  const code = /^Your code is ([\w-]{43})$/m.exec(text)?.[1] ?? '';
  await signIn.verifyEmail(code, ORIGIN);
  t.match(mail(), { sender: 'smtp' });
  t.notMatch(JSON.stringify(lines), code);
});

t.test('a server that others reach says at its start that it sends no mail, and logs no code', async (t) => {
  for (const [name, value] of [
    ['host', '0.0.0.0'],
    ['trustedProxies', '127.0.0.1'],
  ] as const) {
    const { signIn, lines, mail } = await open(t, { [name]: value });
    t.match(lines, [{ level: 40, msg: /^no mail server/ }], name);
    await signIn.register({ email: 'a@example.org', password: PASSWORD }, ORIGIN);
    await until('the mail is through', () => mail().sent === 1);
    t.notMatch(JSON.stringify(lines), 'Your code is', name);
  }
});
