import { asUser } from '../store/as-user.js';
import type { Pool } from '../store/pool.js';
import type { UserStore } from '../ws/ports.js';

/** Gives the rows of users to the gateway. @param pool of the role `cryptopredict_gateway` */
export function userStore(pool: Pool, dataSource: string): UserStore {
  return { dataSource, as: (userId, work, options) => asUser(pool, userId, work, options) };
}
