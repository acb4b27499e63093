import type { UI_METHODS } from '../../api/ui.js';
import type { Handlers } from './handler.js';

export const uiHandlers: Handlers<typeof UI_METHODS> = {};
