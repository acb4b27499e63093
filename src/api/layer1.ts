import type { MethodSpecs } from './method.js';

export const LAYER1_METHODS = {} as const satisfies MethodSpecs;
