import type { MethodSpecs } from './method.js';

export const ALERTS_METHODS = {} as const satisfies MethodSpecs;
