import { randomBytes } from 'node:crypto';
import { OperatorError } from '../errors.js';
import type { Pool } from './pool.js';

/** The roles of `sql/0018_access.sql`: the server's own work, and the queries of guests and users. */
export const SERVER_ROLES = ['cryptopredict_engine', 'cryptopredict_gateway'] as const;
export type ServerRole = (typeof SERVER_ROLES)[number];

/** Addresses under which a server connects after it has migrated. */
export type RoleUrls = Readonly<Record<ServerRole, string>>;

/**
 * Lets both roles log in with new random passwords and gives their addresses: for a cluster of our own, which no
 * other server uses. The passwords live in this process only.
 *
 * @param owner a pool of the superuser, on a migrated database
 * @param url the superuser's address
 */
export async function openLogins(owner: Pool, url: string): Promise<RoleUrls> {
  const urls: Partial<Record<ServerRole, string>> = {};
  for (const role of SERVER_ROLES) {
    const password = randomBytes(24).toString('hex');
    // A utility statement takes no parameters; both names and the hex digits are ours.
    await owner.query(`ALTER ROLE ${role} LOGIN PASSWORD '${password}'`);
    const login = new URL(url);
    login.username = role;
    login.password = password;
    urls[role] = login.toString();
  }
  return urls as RoleUrls;
}

/**
 * Makes sure that a pool works as the role that it should and that row-level security binds it.
 *
 * @throws OperatorError if it does not: users' rows would be open to a query that forgets whose they are
 */
export async function checkRole(pool: Pool, role: ServerRole): Promise<void> {
  const { rows } = await pool.query<{ name: string; bypasses: boolean; owns: boolean }>(
    `SELECT r.rolname AS name, r.rolsuper OR r.rolbypassrls AS bypasses,
       EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid AND c.relkind IN ('r', 'p')) AS owns
     FROM pg_roles r WHERE r.rolname = current_user`,
  );
  const [found] = rows;
  if (found?.name !== role) {
    throw new OperatorError(
      `the database takes us for ${found?.name ?? 'nobody'} instead of ${role}: its login must be a member of ${role}`,
    );
  }
  if (found.bypasses || found.owns) {
    throw new OperatorError(
      `the database role ${role} ${found.owns ? 'owns tables' : 'may bypass row-level security'}: take that from it`,
    );
  }
}
