import type { ADMIN_METHODS } from '../../api/admin.js';
import type { Handlers } from './handler.js';

export const adminHandlers: Handlers<typeof ADMIN_METHODS> = {};
