import type { RECOMMENDATIONS_METHODS } from '../../api/recommendations.js';
import type { Handlers } from './handler.js';

export const recommendationHandlers: Handlers<typeof RECOMMENDATIONS_METHODS> = {};
