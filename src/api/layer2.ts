import type { MethodSpecs } from './method.js';

export const LAYER2_METHODS = {} as const satisfies MethodSpecs;
