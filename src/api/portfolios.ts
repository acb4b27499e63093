import type { MethodSpecs } from './method.js';

export const PORTFOLIOS_METHODS = {} as const satisfies MethodSpecs;
