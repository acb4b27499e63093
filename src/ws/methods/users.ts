import type { USERS_METHODS } from '../../api/users.js';
import type { Handlers } from './handler.js';

export const userHandlers: Handlers<typeof USERS_METHODS> = {};
