import type { PORTFOLIOS_METHODS } from '../../api/portfolios.js';
import type { Handlers } from './handler.js';

export const portfolioHandlers: Handlers<typeof PORTFOLIOS_METHODS> = {};
