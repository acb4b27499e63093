import type { MethodSpecs } from './method.js';

export const AUTH_METHODS = {} as const satisfies MethodSpecs;
