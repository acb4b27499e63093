import type { MODELS_METHODS } from '../../api/models.js';
import type { Handlers } from './handler.js';

export const modelHandlers: Handlers<typeof MODELS_METHODS> = {};
