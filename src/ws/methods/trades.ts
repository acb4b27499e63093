import type { TRADES_METHODS } from '../../api/trades.js';
import type { Handlers } from './handler.js';

export const tradeHandlers: Handlers<typeof TRADES_METHODS> = {};
