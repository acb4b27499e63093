import type { MethodSpecs } from './method.js';

export const SIGNALS_METHODS = {} as const satisfies MethodSpecs;
