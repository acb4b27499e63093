import { PassThrough } from 'node:stream';
import t, { type Test } from 'tap';
import { isPasswordOf } from '../../src/accounts/password-hash.js';
import { Passwords } from '../../src/accounts/passwords.js';
import { manageUsers } from '../../src/app/user-command.js';
import { readConfig } from '../../src/config.js';
import { CHEAP, ORIGIN, openAccountSite } from '../support/account-site.js';
import { createTestDatabase } from '../support/database.js';
import { silent } from '../support/folder.js';

const { signal } = new AbortController();

/** Gives the command on a database, with what stands on standard input. */
function command(url: string, flags: Readonly<Record<string, string>> = {}) {
  const config = readConfig({ databaseUrl: url, ...flags }, {});
  return (line: string, input = ''): Promise<string> => {
    const stdin = new PassThrough();
    stdin.end(input);
    const streams = { input: stdin, output: new PassThrough() };
    const passwords = new Passwords({ cost: CHEAP });
    return manageUsers(line.split(' '), config, silent, signal, streams, passwords);
  };
}

async function openDatabase(t: Test, empty = false) {
  const database = await createTestDatabase({ empty });
  t.teardown(() => database.drop());
  return database;
}

t.test(
  'users are added to a database that has nothing yet, with a password that is read or made',
  async (t) => {
    const { url, pool } = await openDatabase(t, true);
    const user = command(url);
    t.equal(
      await user('add admin@example.org admin', 'correct horse battery\n'),
      'admin@example.org is a user now, role admin.\n',
    );
    const made = await command(url, { generate: 'yes' })('add bot@example.org');
    const [, password = ''] =
      /^bot@example\.org is a user now, role public\.\nPassword: ([\w-]{22})\n$/.exec(made) ?? [];
    const { rows } = await pool.query(
      'SELECT email, role, is_verified, password_hash FROM users ORDER BY id',
    );
    t.match(rows, [
      { email: 'admin@example.org', role: 'admin', is_verified: true },
      { email: 'bot@example.org', role: 'public', is_verified: true },
    ]);
    t.ok(await isPasswordOf(rows[0].password_hash, 'correct horse battery', CHEAP));
    t.ok(await isPasswordOf(rows[1].password_hash, password, CHEAP));
    t.equal(
      (await user('list')).replace(/\d{4}-[\d-]+T[\d:.]+Z/g, 'TIME'),
      '     2  public  bot@example.org  never logged in\n     1  admin   admin@example.org  never logged in\n2 users.\n',
    );
    const { rows: done } = await pool.query(
      `SELECT action, entity_id, details FROM user_activities WHERE user_id IS NULL ORDER BY id`,
    );
    t.same(done, [
      { action: 'add_user', entity_id: 1, details: { role: 'admin', by: 'command line' } },
      { action: 'add_user', entity_id: 2, details: { role: 'public', by: 'command line' } },
    ]);
  },
);

t.test('a role is given and taken, but not from the only admin', async (t) => {
  const { url, pool } = await openDatabase(t);
  const user = command(url, { generate: 'yes' });
  await user('add one@example.org admin');
  await user('add two@example.org');
  await t.rejects(user('role one@example.org public'), { message: /one@example\.org is the only admin/ });
  t.equal(await user('role TWO@example.org admin'), 'TWO@example.org has the role admin now.\n');
  await user('role one@example.org public');
  const { rows } = await pool.query('SELECT role FROM users ORDER BY id');
  t.same(rows, [{ role: 'public' }, { role: 'admin' }]);
});

t.test('a code is printed that sets a new password', async (t) => {
  const site = await openAccountSite(t);
  await site.join('a@example.org');
  const { rows } = await site.owner.query<{ name: string }>('SELECT current_database() AS name');
  const url = new URL(site.owner.options.connectionString ?? '');
  url.pathname = `/${rows[0]?.name}`;
  const user = command(url.toString(), { accountUrl: 'https://example.org/account' });
  const printed = await user('reset a@example.org');
  const [, code = '', linked = ''] =
    /^Code: ([\w-]{43})\nLink: https:\/\/example\.org\/account#action=reset&token=([\w-]{43})\n/.exec(
      printed,
    ) ?? [];
  t.equal(code, linked);
  await site.signIn.resetPassword(code, 'another long one', ORIGIN);
  await site.owner.query('UPDATE users SET is_active = false');
  await t.rejects(user('reset a@example.org'), { message: /is switched off/ });
});

t.test('mistakes are told by name, before any database is asked', async (t) => {
  const user = command('postgres://127.0.0.1:1/none');
  for (const [line, message] of [
    ['', /"" is not known; user takes one of:/],
    ['delete a@example.org', /"delete" is not known/],
    ['add', /"" is not an e-mail address/],
    ['add nobody', /"nobody" is not an e-mail address/],
    ['add a@example.org king', /"king" is not a role; allowed: admin, public/],
    ['add a@example.org admin now', /too many words/],
    ['role a@example.org', /"" is not a role/],
    ['list all', /too many words/],
    ['reset a@example.org b@example.org', /too many words/],
    ['add a@example.org', /no password/],
  ] as const) {
    await t.rejects(user(line), { name: 'OperatorError', message }, line);
  }
  await t.rejects(user('add a@example.org', 'short\n'), {
    name: 'OperatorError',
    message: /it is too short/,
  });
});

t.test('addresses that are taken or unknown are told', async (t) => {
  const { url } = await openDatabase(t);
  const user = command(url, { generate: 'yes' });
  await user('add one@example.org');
  await t.rejects(user('add ONE@example.org'), { name: 'OperatorError', message: /has an account already/ });
  await t.rejects(user('role two@example.org admin'), { message: /there is no user two@example\.org/ });
  await t.rejects(user('reset two@example.org'), { message: /there is no user two@example\.org/ });
});
