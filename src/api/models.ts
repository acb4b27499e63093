import type { MethodSpecs } from './method.js';

export const MODELS_METHODS = {} as const satisfies MethodSpecs;
