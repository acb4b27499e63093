import type { MethodSpecs } from './method.js';

export const ASSETS_METHODS = {} as const satisfies MethodSpecs;
