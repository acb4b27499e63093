import type { Test } from 'tap';
import { asUser } from '../../src/store/as-user.js';
import { type Connection, type Pool, transaction } from '../../src/store/pool.js';
import { AssetRepository } from '../../src/store/repositories/assets.js';
import { createUser } from '../../src/store/repositories/users.js';
import { createTestDatabase } from './database.js';
import { until } from './until.js';

/** A database with users and assets, and the roles through which the server reaches it. */
export interface UserSite {
  readonly owner: Pool;
  /** The server's own work. */
  readonly engine: Pool;
  /** Queries of users, for `asUser`. */
  readonly gateway: Pool;
  /** Runs a query of a user as the gateway does; null: a guest. */
  as<T>(userId: number | null, work: (connection: Connection) => Promise<T>): Promise<T>;
  /** Runs the server's own work in a transaction. */
  inEngine<T>(work: (connection: Connection) => Promise<T>): Promise<T>;
  addUser(role?: 'public' | 'admin'): Promise<number>;
  /** Gives ids of new assets, `X1/USDT` and so on. */
  addAssets(count: number, dataSource?: string): Promise<readonly number[]>;
}

/** What stands for the hash of a password. */
export const PASSWORD_HASH = '$scrypt$ln=17,r=8,p=1$c2FsdA$aGFzaA';

/** Gives the address of a user whom a site has made. */
export async function emailOf(owner: Pool, userId: number): Promise<string> {
  const { rows } = await owner.query<{ email: string }>('SELECT email FROM users WHERE id = $1', [userId]);
  return rows[0]?.email ?? '';
}

/** Makes such a database, until the end of the test. */
export async function openUserSite(t: Test): Promise<UserSite> {
  const database = await createTestDatabase();
  t.teardown(() => database.drop());
  const engine = await database.connect({ role: 'cryptopredict_engine', size: 12 });
  const gateway = await database.connect({ role: 'cryptopredict_gateway', size: 12 });
  let users = 0;
  let assets = 0;
  return {
    owner: database.pool,
    engine,
    gateway,
    as: (userId, work) => asUser(gateway, userId, work),
    inEngine: (work) => transaction(engine, work),
    async addUser(role = 'public') {
      const email = `user${++users}@example.com`;
      const user = await createUser(engine, { email, passwordHash: PASSWORD_HASH });
      if (user === null) throw new Error(`there is a ${email}`);
      await database.pool.query('UPDATE users SET role = $2 WHERE id = $1', [user.id, role]);
      return user.id;
    },
    async addAssets(count, dataSource = 'binance') {
      const listings = Array.from({ length: count }, () => {
        const base = `X${++assets}`;
        return { symbol: `${base}/USDT`, base, quote: 'USDT', dataSource };
      });
      return (await new AssetRepository(engine).register(listings)).map(({ id }) => id);
    },
  };
}

/** Waits until so many queries of a database wait for a lock. */
export async function untilBlocked(owner: Pool, count: number): Promise<void> {
  await until(`${count} queries wait`, async () => {
    const { rowCount } = await owner.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return rowCount === count;
  });
}

/** Gives the page that a list begins with, the next one and so on, as one. */
export async function readAll<T>(
  read: (cursor?: string) => Promise<{ readonly items: readonly T[]; readonly nextCursor: string | null }>,
): Promise<readonly T[]> {
  const all: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await read(cursor);
    all.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return all;
}
