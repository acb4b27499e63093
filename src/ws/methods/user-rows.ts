import { RequestError } from '../../errors.js';
import type { Connection } from '../../store/pool.js';
import { type User, userOf } from '../caller.js';
import { ask } from './analyses.js';
import type { MethodContext } from './handler.js';

/**
 * Works in a transaction with the rows of who asks; nobody else's can be seen in it.
 * @throws RequestError `unauthenticated`, `unavailable` without a database, `invalid_params` for a cursor that is none,
 *   and what `work` throws: nothing of it stays then
 */
export async function asCaller<T>(
  context: MethodContext,
  work: (connection: Connection, user: User) => Promise<T>,
): Promise<T> {
  const user = userOf(context);
  const { users } = context;
  if (users === null) {
    throw new RequestError('unavailable', 'the rows of users are in the database, and this server has none');
  }
  return ask(users.as(user.id, (connection) => work(connection, user)));
}

/** Leaves out what is undefined. */
export function given<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

/** Gives what is to be changed. @throws RequestError `invalid_params` if that is nothing */
export function changesOf<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const changes = given(values);
  if (Object.keys(changes).length > 0) return changes;
  throw new RequestError(
    'invalid_params',
    'nothing to change: give at least one param besides those that name it',
  );
}

/** Gives a number of the database, which comes as decimal text; null stays null. */
export function toNumber(text: string): number;
export function toNumber(text: string | null): number | null;
export function toNumber(text: string | null): number | null {
  return text === null ? null : Number(text);
}

/** Says who did something, and from where, for `recordActivities`. */
export function actor({ caller }: MethodContext): {
  readonly sessionId: number | null;
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
} {
  return {
    sessionId: caller.user?.sessionId ?? null,
    ipAddress: caller.address === '' ? null : caller.address,
    userAgent: caller.agent,
  };
}
