import type { MethodSpecs } from './method.js';

export const PREDICTIONS_METHODS = {} as const satisfies MethodSpecs;
