import type { AUTH_METHODS } from '../../api/auth.js';
import type { Handlers } from './handler.js';

export const authHandlers: Handlers<typeof AUTH_METHODS> = {};
