import type { z } from 'zod';
import type { profile, USERS_METHODS } from '../../api/users.js';
import { RequestError } from '../../errors.js';
import { findUser, listUsers, updateProfile, updateUser } from '../../store/repositories/users.js';
import type { ProfileChanges, UserChanges, UserRecord } from '../../store/user-records.js';
import { userOf } from '../caller.js';
import { signInOf, usersOf } from './account-ports.js';
import { ask } from './analyses.js';
import type { Handlers } from './handler.js';

export const userHandlers: Handlers<typeof USERS_METHODS> = {
  'users.profile': async (_params, context) => {
    const { id } = userOf(context);
    return ownProfile(await usersOf(context).as(id, (connection) => findUser(connection, id)));
  },

  'users.updateProfile': async (params, context) => {
    const { id } = userOf(context);
    const changes = given<ProfileChanges>({
      firstName: params.first_name,
      lastName: params.last_name,
      timezone: params.timezone,
      language: params.language,
      preferences: params.preferences,
      bio: params.bio,
      profilePictureUrl: params.profile_picture_url,
    });
    return ownProfile(await usersOf(context).as(id, (connection) => updateProfile(connection, id, changes)));
  },

  'users.changePassword': async ({ current_password, new_password }, context) => ({
    sessions_ended: await signInOf(context).changePassword(
      userOf(context),
      current_password,
      new_password,
      context.caller,
    ),
  }),

  'users.list': async ({ role, is_active, is_deleted, q, limit, cursor }, context) => {
    const filter = {
      ...{ isDeleted: is_deleted, limit },
      ...(role === undefined ? {} : { role }),
      ...(is_active === undefined ? {} : { isActive: is_active }),
      ...(q === undefined ? {} : { q }),
      ...(cursor === undefined ? {} : { cursor }),
    };
    const users = await ask(
      usersOf(context).as(userOf(context).id, (connection) => listUsers(connection, filter)),
    );
    return {
      items: users.items.map((user) => ({
        ...profileOf(user),
        deleted_at: user.deletedAt,
        personal_watchlists_count: user.personalWatchlists,
        total_assets_count: user.watchedAssets,
        avg_prediction_accuracy: user.predictionAccuracy === null ? null : Number(user.predictionAccuracy),
      })),
      next_cursor: users.nextCursor,
    };
  },

  'users.update': async ({ id, ...params }, context) => {
    const admin = userOf(context);
    // The database refuses it too; here it is said in words.
    if (id === admin.id)
      throw new RequestError('forbidden', 'an admin does not change their own account', 'id');
    const changes = given<UserChanges>({
      role: params.role,
      isActive: params.is_active,
      isVerified: params.is_verified,
      isDeleted: params.is_deleted,
      subscriptionPlan: params.subscription_plan,
      subscriptionExpiresAt: params.subscription_expires_at,
      notes: params.notes,
    });
    const user = await usersOf(context).as(admin.id, (connection) => updateUser(connection, id, changes));
    if (user === null) throw new RequestError('not_found', `id: there is no user ${id}`, 'id');
    const names = Object.entries(params).flatMap(([name, value]) => (value === undefined ? [] : [name]));
    signInOf(context).changedByAdmin(admin, id, names, context.caller);
    return profileOf(user);
  },
};

/** Leaves out what is undefined. */
function given<T extends object>(changes: { readonly [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)) as T;
}

/** @throws RequestError `unauthenticated` if the caller's account was switched off meanwhile */
function ownProfile(user: UserRecord | null): z.input<typeof profile> {
  if (user !== null) return profileOf(user);
  throw new RequestError('unauthenticated', 'the account is switched off');
}

/** Gives a user as the user sees it. */
export function profileOf(user: UserRecord): z.input<typeof profile> {
  return {
    id: user.id,
    email: user.email,
    first_name: user.firstName,
    last_name: user.lastName,
    role: user.role,
    is_active: user.isActive,
    is_verified: user.isVerified,
    preferences: { ...user.preferences },
    timezone: user.timezone,
    language: user.language,
    bio: user.bio,
    profile_picture_url: user.profilePictureUrl,
    subscription_plan: user.subscriptionPlan,
    subscription_expires_at: user.subscriptionExpiresAt,
    login_count: user.loginCount,
    last_login: user.lastLogin,
    created_at: user.createdAt,
  };
}
