import type { SessionRecord, UserRecord } from '../store/user-records.js';
import type { Caller, User } from './caller.js';

/** What a client tells of the device that somebody logs in on. */
export type DeviceInfo = Readonly<Record<string, string>>;

/** A new account. */
export interface Registration {
  readonly email: string;
  readonly password: string;
  readonly firstName?: string | null;
  readonly lastName?: string | null;
  readonly timezone?: string;
  readonly language?: string;
  readonly deviceInfo?: DeviceInfo;
}

/** Address and password of who logs in. */
export interface Credentials {
  readonly email: string;
  readonly password: string;
  readonly deviceInfo?: DeviceInfo;
}

/** A session that has begun, with the only copy of its tokens. */
export interface LoggedIn {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly session: SessionRecord;
  readonly user: UserRecord;
}

/** Where somebody asks from. */
export type Origin = Pick<Caller, 'address' | 'agent'>;

/**
 * How users log in and out and change what they log in with. All of it refuses with a RequestError: `rate_limited` too
 * many attempts of an address or at once, `unavailable` the database is away, and what each says.
 */
export interface SignIn {
  /**
   * Makes an account. Null: the address is to be verified first, by a mail that is under way.
   * @throws RequestError `forbidden` (registration is closed), `conflict` (taken), `invalid_params` (the password)
   */
  register(account: Registration, origin: Origin): Promise<LoggedIn | null>;
  /** @throws RequestError `unauthenticated`; `forbidden`: the address is to be verified first */
  login(credentials: Credentials, origin: Origin): Promise<LoggedIn>;
  /** Takes a refresh token for new tokens. @throws RequestError `unauthenticated` */
  refresh(token: string, origin: Origin): Promise<LoggedIn>;
  /** Ends the caller's own log-in. */
  logout(user: User, origin: Origin): Promise<void>;
  /**
   * Ends another log-in of the user by the id of one of its sessions, or all others; gives how many ended.
   * @throws RequestError `not_found`
   */
  revoke(user: User, sessionId: number | 'others', origin: Origin): Promise<number>;
  /** @throws RequestError `invalid_params`: the token is none, or used, or its time is over */
  verifyEmail(token: string, origin: Origin): Promise<void>;
  /** Sends another mail to verify the user's address. @throws RequestError `conflict`: it is verified */
  resendVerification(user: User, origin: Origin): Promise<void>;
  /** Sends a mail by which the password can be set anew, if there is such a user; who asks is not told. */
  requestPasswordReset(email: string, origin: Origin): Promise<void>;
  /** Sets the password by a token and ends all sessions. @throws RequestError `invalid_params` */
  resetPassword(token: string, password: string, origin: Origin): Promise<void>;
  /**
   * Changes the password and ends all other log-ins; gives how many ended.
   * @throws RequestError `invalid_params`: the current password is wrong, or the new one is not allowed
   */
  changePassword(user: User, current: string, next: string, origin: Origin): Promise<number>;
  /** Makes the first admin, by the token that the server printed at its start. @throws RequestError `forbidden` */
  claimAdmin(token: string, credentials: Credentials, origin: Origin): Promise<LoggedIn>;
  /** Notes what an admin has changed of a user, so that the user's connections are looked at anew. */
  changedByAdmin(admin: User, userId: number, changes: readonly string[], origin: Origin): void;
}
