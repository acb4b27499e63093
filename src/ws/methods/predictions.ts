import type { PREDICTIONS_METHODS } from '../../api/predictions.js';
import type { Handlers } from './handler.js';

export const predictionHandlers: Handlers<typeof PREDICTIONS_METHODS> = {};
