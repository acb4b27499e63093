import type { MethodSpecs } from './method.js';

export const TRADES_METHODS = {} as const satisfies MethodSpecs;
