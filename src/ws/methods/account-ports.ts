import { RequestError } from '../../errors.js';
import type { UserStore } from '../ports.js';
import type { SignIn } from '../sign-in.js';
import type { MethodContext } from './handler.js';

/** Gives how users log in. @throws RequestError `unavailable` if there is no database */
export function signInOf({ signIn }: MethodContext): SignIn {
  if (signIn !== null) return signIn;
  throw new RequestError('unavailable', 'nobody can log in here: this server has no database');
}

/** Gives the rows of users. @throws RequestError `unavailable` if there is no database */
export function usersOf({ users }: MethodContext): UserStore {
  if (users !== null) return users;
  throw new RequestError('unavailable', 'what is asked for is in the database, and this server has none');
}
