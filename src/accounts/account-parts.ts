import { isIP } from 'node:net';
import { RequestError } from '../errors.js';
import type { Logger } from '../logger.js';
import { type Connection, type Pool, transaction } from '../store/pool.js';
import { createSession } from '../store/repositories/sessions.js';
import { findUser } from '../store/repositories/users.js';
import type { LockoutPolicy, NewActivity, TokenPair, UserRecord } from '../store/user-records.js';
import type { DeviceInfo, LoggedIn, Origin } from '../ws/sign-in.js';
import type { AddressLimiter } from './address-limiter.js';
import type { AdminClaim } from './admin-claim.js';
import type { BackgroundWork } from './background-work.js';
import type { MailQueue } from './mail-queue.js';
import type { Mails } from './mails.js';
import type { Passwords } from './passwords.js';
import type { Revocations } from './revocations.js';
import { newToken, tokenHash } from './tokens.js';

/** What operators decide about accounts. */
export interface AccountSettings {
  readonly isOpen: boolean;
  /** Nobody logs in before the address is verified. */
  readonly mustVerify: boolean;
  readonly sessionTtlMs: number;
  readonly refreshTtlMs: number;
  readonly lockout: LockoutPolicy;
}

/** What signing in is made of. */
export interface AccountParts {
  /** Of the role `cryptopredict_engine`. */
  readonly pool: Pool;
  readonly settings: AccountSettings;
  readonly passwords: Passwords;
  /** Attempts of client addresses. */
  readonly attempts: AddressLimiter;
  /** Mails to one address: nobody's mailbox is filled by others. */
  readonly mailings: AddressLimiter;
  readonly queue: MailQueue;
  readonly mails: Mails;
  readonly background: BackgroundWork;
  readonly revocations: Revocations;
  readonly claim: AdminClaim;
  /** Takes a row of what users did, O(1). */
  readonly record: (activity: NewActivity) => void;
  readonly logger: Logger;
}

/** What an attempt takes of its address: what sends mail or makes rows takes more. */
export const COST = { attempt: 1, mailing: 4 } as const;

/** How long tokens that come by mail hold, hours. */
export const VERIFY_HOURS = 24;
export const RESET_HOURS = 1;
export const HOUR_MS = 3_600_000;

const MAX_AGENT = 1_000;

/** Notes what somebody did, from where. `details` hold no secret. */
export function note(
  parts: Pick<AccountParts, 'record'>,
  activity: Omit<NewActivity, 'ipAddress' | 'userAgent'>,
  { address, agent }: Origin,
): void {
  parts.record({ ...activity, ipAddress: addressOf(address), userAgent: textOf(agent) });
}

/** Gives an address as the database takes it; what is none is null. */
export function addressOf(address: string): string | null {
  const bare = address.replace(/%.*$/, '');
  return isIP(bare) === 0 ? null : bare;
}

/** U+0000, which the database refuses, is in no header; a proxy of a test may say anything. */
function textOf(agent: string | null): string | null {
  return agent === null ? null : agent.replaceAll('\0', '').slice(0, MAX_AGENT);
}

/** A pair of tokens, and what is stored of it. */
export interface MadeTokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly pair: TokenPair;
}

/** Makes the tokens of a session. */
export function makeTokens({ sessionTtlMs, refreshTtlMs }: AccountSettings): MadeTokens {
  const accessToken = newToken();
  const refreshToken = newToken();
  return {
    accessToken,
    refreshToken,
    pair: {
      sessionTokenHash: tokenHash(accessToken),
      refreshTokenHash: tokenHash(refreshToken),
      sessionTtlMs,
      refreshTtlMs,
    },
  };
}

/**
 * Begins a session. Null: the user has been switched off meanwhile.
 *
 * @param connection in a transaction
 */
export async function beginSession(
  { settings }: AccountParts,
  connection: Connection,
  userId: number,
  deviceInfo: DeviceInfo | undefined,
  origin: Origin,
): Promise<LoggedIn | null> {
  const { pair, ...tokens } = makeTokens(settings);
  const session = await createSession(connection, {
    ...pair,
    userId,
    deviceInfo: deviceInfo ?? null,
    ipAddress: addressOf(origin.address),
  });
  const user = await findUser(connection, userId);
  return session === null || user === null ? null : { ...tokens, session, user };
}

/** Runs work of the server's own in a transaction. */
export function inTransaction<T>(
  { pool }: Pick<AccountParts, 'pool'>,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  return transaction(pool, work);
}

/** Gives a user who has just been seen. @throws RequestError `unauthenticated` if switched off since */
export function present(user: UserRecord | null): UserRecord {
  if (user !== null) return user;
  throw new RequestError('unauthenticated', 'the account is switched off');
}
