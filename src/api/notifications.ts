import type { MethodSpecs } from './method.js';

export const NOTIFICATIONS_METHODS = {} as const satisfies MethodSpecs;
