import type { MethodSpecs } from './method.js';

export const UI_METHODS = {} as const satisfies MethodSpecs;
