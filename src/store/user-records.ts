import type { PageRequest } from './keyset.js';

export type UserRole = 'admin' | 'public' | 'guest';
export type SubscriptionPlan = 'free' | 'basic' | 'pro' | 'enterprise';
/** What a jsonb column holds that is an object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** A user as the user sees it: no secret, none of the admins' notes. */
export interface UserRecord {
  readonly id: number;
  readonly email: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly role: UserRole;
  readonly isActive: boolean;
  readonly isVerified: boolean;
  readonly preferences: JsonObject;
  readonly timezone: string;
  readonly language: string;
  readonly bio: string | null;
  readonly profilePictureUrl: string | null;
  readonly subscriptionPlan: SubscriptionPlan;
  /** ms; null: does not end. */
  readonly subscriptionExpiresAt: number | null;
  readonly loginCount: number;
  readonly lastLogin: number | null;
  readonly createdAt: number;
}

export interface NewUser {
  readonly email: string;
  /** `$<algorithm>$…`, never the password. */
  readonly passwordHash: string;
  readonly firstName?: string | null;
  readonly lastName?: string | null;
  readonly timezone?: string;
  readonly language?: string;
}

/** What users may change of themselves. */
export interface ProfileChanges {
  readonly firstName?: string | null;
  readonly lastName?: string | null;
  readonly timezone?: string;
  readonly language?: string;
  readonly preferences?: JsonObject;
  readonly bio?: string | null;
  readonly profilePictureUrl?: string | null;
}

/** What admins may change of users. */
export interface UserChanges {
  readonly role?: UserRole;
  readonly isActive?: boolean;
  readonly isVerified?: boolean;
  /** Nobody logs in and the address stays taken; false brings the user back, switched off. */
  readonly isDeleted?: boolean;
  readonly subscriptionPlan?: SubscriptionPlan;
  /** ms; null: does not end. */
  readonly subscriptionExpiresAt?: number | null;
  readonly notes?: string | null;
}

/** A user as admins see it. */
export interface UserOverview extends UserRecord {
  readonly deletedAt: number | null;
  readonly personalWatchlists: number;
  /** Assets in them, each list's for itself. */
  readonly watchedAssets: number;
  /** Mean of the user's predictions whose time has come, percent as decimal text; null: there are none. */
  readonly predictionAccuracy: string | null;
}

export interface UserFilter extends PageRequest {
  readonly role?: UserRole;
  readonly isActive?: boolean;
  /** Those who were deleted. Default: those who were not. */
  readonly isDeleted?: boolean;
  /** Case-insensitive part of the address or the name. */
  readonly q?: string;
}

/** How many attempts to log in are given before the account is locked, and for how long it is. */
export interface LockoutPolicy {
  /** At least 1. */
  readonly maxAttempts: number;
  readonly lockoutMs: number;
}

/** An attempt to log in, which is counted already. */
export interface LoginAttempt {
  readonly userId: number;
  readonly role: UserRole;
  readonly isVerified: boolean;
  readonly passwordHash: string;
  /** ms; not null: the account is locked, and the password is not to be looked at. */
  readonly lockedUntil: number | null;
}

/** One log-in on one device, over all rotations of its tokens. */
export interface SessionRecord {
  readonly id: number;
  readonly userId: number;
  /** Shared by all pairs of tokens of one log-in. */
  readonly familyId: string;
  readonly deviceInfo: JsonObject | null;
  readonly ipAddress: string | null;
  /** ms; of the session token and of the refresh token. */
  readonly expiresAt: number;
  readonly refreshExpiresAt: number | null;
  readonly lastUsedAt: number;
  readonly createdAt: number;
}

/** A new pair of tokens: SHA-256 in hex, never the tokens. */
export interface TokenPair {
  readonly sessionTokenHash: string;
  readonly refreshTokenHash: string;
  readonly sessionTtlMs: number;
  readonly refreshTtlMs: number;
}

export interface NewSession extends TokenPair {
  readonly userId: number;
  readonly deviceInfo?: JsonObject | null;
  readonly ipAddress?: string | null;
}

/** Who a session token speaks for. */
export interface SessionUser {
  readonly sessionId: number;
  readonly userId: number;
  readonly role: UserRole;
  readonly isVerified: boolean;
  /** ms */
  readonly expiresAt: number;
}

/** What became of a refresh token. `reused`: it came a second time, and all tokens of its log-in were revoked. */
export type Rotation =
  | { readonly outcome: 'rotated'; readonly session: SessionRecord }
  | { readonly outcome: 'reused'; readonly userId: number }
  | { readonly outcome: 'unknown' };

/** A row of `user_activities`. Types, entities and actions are words of lower case, such as `admin_action`. */
export interface ActivityRecord {
  readonly id: number;
  readonly userId: number | null;
  readonly sessionId: number | null;
  readonly activityType: string;
  readonly entityType: string | null;
  readonly entityId: number | null;
  readonly action: string;
  readonly details: JsonObject | null;
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
  readonly createdAt: number;
}

/** Where something was done from. */
export interface ActivityOrigin {
  readonly sessionId?: number | null;
  readonly ipAddress?: string | null;
  readonly userAgent?: string | null;
}

export interface NewActivity extends ActivityOrigin {
  readonly userId: number | null;
  readonly activityType: string;
  readonly entityType?: string | null;
  readonly entityId?: number | null;
  readonly action: string;
  readonly details?: JsonObject | null;
}

export interface ActivityFilter extends PageRequest {
  readonly userId?: number;
  readonly activityType?: string;
  /** Only those of the last so many days. */
  readonly days?: number;
}
