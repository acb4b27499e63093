import type { MethodSpecs } from './method.js';

export const ADMIN_METHODS = {} as const satisfies MethodSpecs;
