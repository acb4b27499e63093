import type { ALERTS_METHODS } from '../../api/alerts.js';
import type { Handlers } from './handler.js';

export const alertHandlers: Handlers<typeof ALERTS_METHODS> = {};
