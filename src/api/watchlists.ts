import type { MethodSpecs } from './method.js';

export const WATCHLISTS_METHODS = {} as const satisfies MethodSpecs;
