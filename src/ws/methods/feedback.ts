import type { FEEDBACK_METHODS } from '../../api/feedback.js';
import type { Handlers } from './handler.js';

export const feedbackHandlers: Handlers<typeof FEEDBACK_METHODS> = {};
