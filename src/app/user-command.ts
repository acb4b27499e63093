import { linkTo } from '../accounts/mails.js';
import { checkNewPassword } from '../accounts/password-policy.js';
import { Passwords } from '../accounts/passwords.js';
import { newToken, tokenHash } from '../accounts/tokens.js';
import { emailParam } from '../api/users.js';
import type { Config } from '../config.js';
import { OperatorError, RequestError } from '../errors.js';
import type { Logger } from '../logger.js';
import { migrate } from '../store/migrate.js';
import { type Connection, type Pool, transaction } from '../store/pool.js';
import { findAccount, hasAdmin, lockFirstAdmin, setRole } from '../store/repositories/accounts.js';
import { recordActivities } from '../store/repositories/activities.js';
import { createUser, listUsers, setResetToken } from '../store/repositories/users.js';
import type { UserRole } from '../store/user-records.js';
import { type PasswordStreams, readPassword } from './read-password.js';
import { openBesideServer } from './running-database.js';
import { Stopper } from './stopper.js';

const USAGE = `user takes one of:
  add <email> [admin|public]
  list
  role <email> <admin|public>
  reset <email>`;
/** Behind each word. */
const MOST_WORDS = new Map([
  ['add', 2],
  ['list', 0],
  ['role', 2],
  ['reset', 1],
]);
const ROLES = ['admin', 'public'] as const;
const RESET_HOURS = 24;
const GENERATED_LENGTH = 22;

/** What the command line said, checked. */
type Order =
  | { readonly action: 'add'; readonly email: string; readonly role: UserRole }
  | { readonly action: 'list' }
  | { readonly action: 'role'; readonly email: string; readonly role: UserRole }
  | { readonly action: 'reset'; readonly email: string };

/**
 * Does what `cryptopredict user` is told, also beside a running server, and gives what to print.
 *
 * @throws OperatorError
 */
export async function manageUsers(
  words: readonly string[],
  config: Config,
  logger: Logger,
  signal: AbortSignal,
  streams: PasswordStreams = { input: process.stdin, output: process.stderr },
  passwords: Passwords = new Passwords(),
): Promise<string> {
  const order = orderOf(words);
  // Before a database is started: who mistypes should not wait for it.
  const password = order.action === 'add' ? await passwordFor(order.email, config, streams, signal) : '';
  const stopper = new Stopper(logger);
  try {
    const { pool } = await openBesideServer(config, logger, stopper);
    signal.throwIfAborted();
    await migrate(pool, { onApplied: (name) => logger.info({ migration: name }, 'migrated') });
    switch (order.action) {
      case 'add': {
        await add(pool, order.email, order.role, await passwords.hash(password));
        const made = config.generate ? `Password: ${password}\n` : '';
        return `${order.email} is a user now, role ${order.role}.\n${made}`;
      }
      case 'list':
        return await list(pool, signal);
      case 'role':
        await changeRole(pool, order.email, order.role);
        return `${order.email} has the role ${order.role} now.\n`;
      case 'reset':
        return await reset(pool, order.email, config.accountUrl);
    }
  } finally {
    await stopper.stop();
  }
}

function orderOf([action, ...rest]: readonly string[]): Order {
  const [email = '', role] = rest;
  const most = MOST_WORDS.get(action ?? '');
  if (most !== undefined && rest.length > most) throw new OperatorError(`too many words; ${USAGE}`);
  switch (action) {
    case 'list':
      return { action };
    case 'add':
      return { action, email: emailOf(email), role: roleOf(role ?? 'public') };
    case 'role':
      return { action, email: emailOf(email), role: roleOf(role) };
    case 'reset':
      return { action, email: emailOf(email) };
    default:
      throw new OperatorError(`"${action ?? ''}" is not known; ${USAGE}`);
  }
}

function emailOf(text: string): string {
  if (emailParam.safeParse(text).success) return text;
  throw new OperatorError(`"${text}" is not an e-mail address; ${USAGE}`);
}

function roleOf(text: string | undefined): UserRole {
  const role = ROLES.find((known) => known === text);
  if (role !== undefined) return role;
  throw new OperatorError(`"${text ?? ''}" is not a role; allowed: ${ROLES.join(', ')}`);
}

async function passwordFor(
  email: string,
  { generate }: Pick<Config, 'generate'>,
  streams: PasswordStreams,
  signal: AbortSignal,
): Promise<string> {
  if (generate) return newToken().slice(0, GENERATED_LENGTH);
  const password = await readPassword(streams, signal);
  try {
    checkNewPassword(password, email, 'password');
  } catch (error) {
    throw error instanceof RequestError ? new OperatorError(error.message) : error;
  }
  return password;
}

async function add(pool: Pool, email: string, role: UserRole, passwordHash: string): Promise<void> {
  await transaction(pool, async (connection) => {
    const user = await createUser(connection, { email, passwordHash });
    if (user === null) throw new OperatorError(`${email} has an account already, if only a deleted one`);
    await setRole(connection, user.id, role, true);
    await noteDone(connection, user.id, 'add_user', { role });
  });
}

async function list(pool: Pool, signal: AbortSignal): Promise<string> {
  const lines: string[] = [];
  let cursor: string | null = null;
  do {
    signal.throwIfAborted();
    const page: Awaited<ReturnType<typeof listUsers>> = await listUsers(pool, {
      limit: 500,
      ...(cursor === null ? {} : { cursor }),
    });
    for (const { id, email, role, isActive, isVerified, lastLogin } of page.items) {
      const states = [...(isActive ? [] : ['switched off']), ...(isVerified ? [] : ['not verified'])];
      const seen =
        lastLogin === null ? 'never logged in' : `last log-in ${new Date(lastLogin).toISOString()}`;
      lines.push(`${String(id).padStart(6)}  ${role.padEnd(6)}  ${email}  ${[seen, ...states].join(', ')}\n`);
    }
    cursor = page.nextCursor;
  } while (cursor !== null);
  return `${lines.join('')}${lines.length === 1 ? '1 user' : `${lines.length} users`}.\n`;
}

async function changeRole(pool: Pool, email: string, role: UserRole): Promise<void> {
  await transaction(pool, async (connection) => {
    await lockFirstAdmin(connection);
    const account = await known(connection, email);
    const hadAdmin = await hasAdmin(connection);
    await setRole(connection, account.id, role, false);
    if (hadAdmin && !(await hasAdmin(connection))) {
      throw new OperatorError(`${email} is the only admin: make another one first`);
    }
    await noteDone(connection, account.id, 'update_user', { changes: ['role'], role });
  });
}

async function reset(pool: Pool, email: string, accountUrl: string | undefined): Promise<string> {
  const token = newToken();
  const { id } = await known(pool, email);
  if ((await setResetToken(pool, email, tokenHash(token), RESET_HOURS * 3_600_000)) === null) {
    throw new OperatorError(`${email} is switched off: nobody can log in there`);
  }
  await noteDone(pool, id, 'reset_user', {});
  const link = accountUrl === undefined ? '' : `Link: ${linkTo(accountUrl, 'reset', token)}\n`;
  return `Code: ${token}\n${link}It sets a new password by auth.resetPassword, once, within ${RESET_HOURS} h.\n`;
}

/** @throws OperatorError if there is no user of the address */
async function known(database: Pool | Connection, email: string): Promise<{ readonly id: number }> {
  const account = await findAccount(database, email);
  if (account === null)
    throw new OperatorError(`there is no user ${email}; cryptopredict user list shows all`);
  return account;
}

/** Notes what the operator did, who is no user. */
function noteDone(
  database: Pool | Connection,
  userId: number,
  action: string,
  details: Readonly<Record<string, unknown>>,
): Promise<void> {
  return recordActivities(database, [
    {
      ...{ userId: null, activityType: 'admin_action', action, entityType: 'user', entityId: userId },
      details: { ...details, by: 'command line' },
    },
  ]);
}
