import type { MethodSpecs } from './method.js';

export const RECOMMENDATIONS_METHODS = {} as const satisfies MethodSpecs;
