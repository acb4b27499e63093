import type { MethodSpecs } from './method.js';

export const FEEDBACK_METHODS = {} as const satisfies MethodSpecs;
