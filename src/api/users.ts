import type { MethodSpecs } from './method.js';

export const USERS_METHODS = {} as const satisfies MethodSpecs;
